#ifndef ORCHESTRATOR_CLI_STATUS_TEXT_H_
#define ORCHESTRATOR_CLI_STATUS_TEXT_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/cli/home.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// How `status` is to look.
struct StatusStyle {
  bool color = false;
  int columns = kAnyWidth;      // no line is longer
  int most_trials = kAnyWidth;  // the urgent ones are shown where there are more
};

// The style of `console`, which has to hold everything on one screen where `all` is not set.
StatusStyle StatusStyleOf(const Console& console, bool all);

// `status ID`: the summary, a table of trials, what happened to them, their processes.
std::vector<std::string> ExperimentLines(const v1::Experiment& experiment, absl::Time now,
                                         const StatusStyle& style);

// `status`: the service, then its newest experiments.
std::vector<std::string> OverviewLines(const v1::ServiceInfo& service, const ServiceRecord& record,
                                       const v1::ListExperimentsResponse& experiments,
                                       absl::Time now, const StatusStyle& style);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_STATUS_TEXT_H_

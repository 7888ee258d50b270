#ifndef ORCHESTRATOR_CLI_FORMAT_H_
#define ORCHESTRATOR_CLI_FORMAT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// Values as people read them. "-" stands for what is not known.

// 45s, 2m05s, 1h02m, 3d04h.   "-": negative or not finite.
std::string FormatSeconds(double seconds);

// 12:30:05 of today, 2024-05-06 12:30 of another day, in local time.   "-": unset.
std::string FormatTime(const google::protobuf::Timestamp& time, absl::Time now);

// 3s ago.   "-": unset.
std::string FormatAgo(const google::protobuf::Timestamp& time, absl::Time now);

// -152.3.   "-": NaN.
std::string FormatReturn(double value);

// 1500/4000, or 1500 where the end is not known.   "-": neither.
std::string FormatSteps(int64_t step, int64_t num_steps);

// How long the trial has run, or ran: from its start to its end or `now`.   "-": not started.
std::string FormatTrialTime(const v1::Trial& trial, absl::Time now);

// queued, starting, running, succeeded, failed, cancelled.
std::string StateName(v1::TrialState state);
std::string StateName(v1::ExperimentState state);

// actor, learner, model_server.
std::string RoleName(v1::Role role);

// Whether nothing will change any more.
bool HasEnded(v1::TrialState state);
bool HasEnded(v1::ExperimentState state);

// "1 trial", "2 trials".
std::string Count(int64_t number, absl::string_view noun);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_FORMAT_H_

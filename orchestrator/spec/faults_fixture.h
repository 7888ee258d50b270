#ifndef ORCHESTRATOR_SPEC_FAULTS_FIXTURE_H_
#define ORCHESTRATOR_SPEC_FAULTS_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "core/rpc/status.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/experiment.h"

namespace vagram::testing {

// A wrong experiment file and what it is told, word for word.
struct FaultCase {
  std::string name;
  std::string yaml;
  std::vector<std::string> faults;  // PLACE: KEY: DESCRIPTION
  std::vector<std::string> overrides;
};

inline std::vector<std::string> FaultLines(const absl::Status& status) {
  std::vector<std::string> lines;
  for (const FieldFault& fault : FieldFaults(status)) {
    lines.push_back(absl::StrCat(fault.field, ": ", fault.description));
  }
  return lines;
}

inline void ExpectTold(const FaultCase& wrong) {
  const absl::Status status = ResolveExperiment(wrong.yaml, "x.yaml", wrong.overrides).status();
  EXPECT_EQ(absl::StrJoin(FaultLines(status), "\n"), absl::StrJoin(wrong.faults, "\n"));
}

inline constexpr char kTask[] = "base: {env: {id: Pendulum-v1}}\n";

// A base with the task and further lines.
inline std::string Base(absl::string_view lines) {
  return absl::StrCat("base:\n  env: {id: Pendulum-v1}\n", lines);
}

}  // namespace vagram::testing

#endif  // ORCHESTRATOR_SPEC_FAULTS_FIXTURE_H_

#ifndef ORCHESTRATOR_STORE_TRIAL_ID_H_
#define ORCHESTRATOR_STORE_TRIAL_ID_H_

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// Names one trial: `EXPERIMENT/INDEX`, such as 3/0. Ids order by time of submission.
struct TrialId {
  int64_t experiment = 0;
  int64_t index = 0;

  std::string ToString() const;

  friend bool operator==(const TrialId& a, const TrialId& b) {
    return a.experiment == b.experiment && a.index == b.index;
  }
  friend bool operator<(const TrialId& a, const TrialId& b) {
    return std::tie(a.experiment, a.index) < std::tie(b.experiment, b.index);
  }
};

// What users name: a whole experiment (`3`) or one of its trials (`3/0`).
struct ExperimentOrTrial {
  int64_t experiment = 0;
  std::optional<int64_t> index;

  bool Covers(const TrialId& id) const {
    return id.experiment == experiment && (!index.has_value() || *index == id.index);
  }
};

// INVALID_ARGUMENT: the text is no id of that kind.
absl::StatusOr<TrialId> ParseTrialId(absl::string_view text);
absl::StatusOr<ExperimentOrTrial> ParseExperimentOrTrial(absl::string_view text);

}  // namespace vagram

#endif  // ORCHESTRATOR_STORE_TRIAL_ID_H_

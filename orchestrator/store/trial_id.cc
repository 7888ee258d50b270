#include "orchestrator/store/trial_id.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace vagram {
namespace {

// SimpleAtoi also takes signs and blanks; an id has one spelling only.
bool ParseNumber(absl::string_view text, int64_t* number) {
  for (char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return absl::SimpleAtoi(text, number);
}

}  // namespace

std::string TrialId::ToString() const { return absl::StrCat(experiment, "/", index); }

absl::StatusOr<TrialId> ParseTrialId(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, '/');
  TrialId id;
  if (absl::StrCat(parts.first, "/", parts.second) != text ||
      !ParseNumber(parts.first, &id.experiment) || !ParseNumber(parts.second, &id.index)) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a trial's id such as 3/0 (experiment/index), got '", text, "'"));
  }
  return id;
}

absl::StatusOr<ExperimentOrTrial> ParseExperimentOrTrial(absl::string_view text) {
  ExperimentOrTrial id;
  if (ParseNumber(text, &id.experiment)) return id;
  const absl::StatusOr<TrialId> trial = ParseTrialId(text);
  if (!trial.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected the id of an experiment such as 3 or of a trial such as 3/0, got '", text, "'"));
  }
  return ExperimentOrTrial{trial->experiment, trial->index};
}

}  // namespace vagram

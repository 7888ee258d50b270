#include "orchestrator/cli/format.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

namespace vagram::cli {
namespace {

constexpr char kUnknown[] = "-";

bool IsSet(const google::protobuf::Timestamp& time) { return time.seconds() > 0; }

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace

std::string FormatSeconds(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return kUnknown;
  if (seconds > 1e9) return kUnknown;  // 30 years: no estimate at all
  const int64_t whole = std::llround(seconds);
  if (whole < 60) return absl::StrFormat("%ds", whole);
  if (whole < 3600) return absl::StrFormat("%dm%02ds", whole / 60, whole % 60);
  if (whole < 86400) return absl::StrFormat("%dh%02dm", whole / 3600, whole % 3600 / 60);
  return absl::StrFormat("%dd%02dh", whole / 86400, whole % 86400 / 3600);
}

std::string FormatTime(const google::protobuf::Timestamp& time, absl::Time now) {
  if (!IsSet(time)) return kUnknown;
  const absl::TimeZone zone = absl::LocalTimeZone();
  const absl::Time then = ToTime(time);
  const bool today = absl::ToCivilDay(then, zone) == absl::ToCivilDay(now, zone);
  return absl::FormatTime(today ? "%H:%M:%S" : "%Y-%m-%d %H:%M", then, zone);
}

std::string FormatAgo(const google::protobuf::Timestamp& time, absl::Time now) {
  if (!IsSet(time)) return kUnknown;
  // Clocks of two machines differ a little: the future is now.
  const double seconds = absl::ToDoubleSeconds(now - ToTime(time));
  return absl::StrCat(FormatSeconds(seconds < 0 ? 0 : seconds), " ago");
}

std::string FormatReturn(double value) {
  if (std::isnan(value)) return kUnknown;
  return absl::StrFormat(std::abs(value) < 1e6 ? "%.1f" : "%.3g", value);
}

std::string FormatSteps(int64_t step, int64_t num_steps) {
  if (num_steps > 0) return absl::StrCat(step, "/", num_steps);
  return step > 0 ? absl::StrCat(step) : kUnknown;
}

std::string FormatTrialTime(const v1::Trial& trial, absl::Time now) {
  if (!IsSet(trial.started_at())) return kUnknown;
  const absl::Time end = IsSet(trial.ended_at()) ? ToTime(trial.ended_at()) : now;
  return FormatSeconds(absl::ToDoubleSeconds(end - ToTime(trial.started_at())));
}

std::string StateName(v1::TrialState state) {
  if (state == v1::TRIAL_STATE_UNSPECIFIED) return "unknown";
  return absl::AsciiStrToLower(v1::TrialState_Name(state));
}

std::string StateName(v1::ExperimentState state) {
  if (state == v1::EXPERIMENT_STATE_UNSPECIFIED) return "unknown";
  return absl::AsciiStrToLower(absl::StripPrefix(v1::ExperimentState_Name(state), "EXPERIMENT_"));
}

std::string RoleName(v1::Role role) {
  if (role == v1::ROLE_UNSPECIFIED) return "unknown";
  return absl::AsciiStrToLower(v1::Role_Name(role));
}

bool HasEnded(v1::TrialState state) {
  return state == v1::SUCCEEDED || state == v1::STOPPED || state == v1::FAILED ||
         state == v1::CANCELLED;
}

bool HasEnded(v1::ExperimentState state) {
  return state == v1::EXPERIMENT_SUCCEEDED || state == v1::EXPERIMENT_FAILED ||
         state == v1::EXPERIMENT_CANCELLED;
}

std::string Count(int64_t number, absl::string_view noun) {
  return absl::StrCat(number, " ", noun, number == 1 ? "" : "s");
}

}  // namespace vagram::cli

#include "orchestrator/cli/remaining_time.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "orchestrator/cli/format.h"

namespace vagram::cli {
namespace {

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

bool HasProcesses(const v1::Trial& trial) {
  return trial.state() == v1::STARTING || trial.state() == v1::RUNNING ||
         trial.state() == v1::STALLED;
}

absl::optional<absl::Duration> EtaOf(const v1::Trial& trial) {
  const double eta = trial.progress().eta_seconds();
  if (trial.state() != v1::RUNNING || !std::isfinite(eta) || eta <= 0) return absl::nullopt;
  return absl::Seconds(eta);
}

// From the start to the end, known or foreseen. Trials that failed or were stopped early say
// nothing of how long one takes.
absl::optional<absl::Duration> WholeTime(const v1::Trial& trial, absl::Time now) {
  if (trial.started_at().seconds() == 0) return absl::nullopt;
  const absl::Time start = ToTime(trial.started_at());
  if (trial.state() == v1::SUCCEEDED) return ToTime(trial.ended_at()) - start;
  const absl::optional<absl::Duration> eta = EtaOf(trial);
  if (!eta.has_value()) return absl::nullopt;
  return std::max(now - start, absl::ZeroDuration()) + *eta;
}

// Two digits at most: 40s, 12m, 3h20m, 2d05h.
std::string Rounded(absl::Duration time) {
  const double seconds = absl::ToDoubleSeconds(time);
  if (seconds < 90)
    return absl::StrCat(std::max<int64_t>(10, std::llround(seconds / 10) * 10), "s");
  const int64_t minutes = std::llround(seconds / 60);
  if (minutes < 60) return absl::StrCat(minutes, "m");
  const int64_t tens = std::llround(seconds / 600);
  if (tens < 24 * 6) return absl::StrFormat("%dh%02dm", tens / 6, tens % 6 * 10);
  const int64_t hours = std::llround(seconds / 3600);
  return absl::StrFormat("%dd%02dh", hours / 24, hours % 24);
}

}  // namespace

absl::optional<absl::Duration> EstimateRemainingTime(const v1::Experiment& experiment,
                                                     absl::Time now) {
  absl::Duration sum;
  int known = 0;
  for (const v1::Trial& trial : experiment.trials()) {
    if (const auto time = WholeTime(trial, now); time.has_value()) {
      sum += *time;
      ++known;
    }
  }
  if (known == 0) return absl::nullopt;
  const absl::Duration typical = sum / known;

  std::vector<absl::Duration> places;  // when each is free
  int queued = 0;
  for (const v1::Trial& trial : experiment.trials()) {
    queued += trial.state() == v1::QUEUED;
    if (!HasProcesses(trial)) continue;
    const absl::Duration elapsed =
        trial.started_at().seconds() == 0 ? absl::ZeroDuration() : now - ToTime(trial.started_at());
    places.push_back(EtaOf(trial).value_or(std::max(typical - elapsed, absl::ZeroDuration())));
  }
  if (places.empty()) return absl::nullopt;
  for (; queued > 0; --queued) *std::min_element(places.begin(), places.end()) += typical;
  return *std::max_element(places.begin(), places.end());
}

std::string RemainingTimeText(const v1::Experiment& experiment, absl::Time now) {
  const absl::optional<absl::Duration> time = EstimateRemainingTime(experiment, now);
  return time.has_value() ? absl::StrCat("about ", Rounded(*time), " left") : "";
}

}  // namespace vagram::cli

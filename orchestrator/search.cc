#include "orchestrator/search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vagram {
namespace {

// The metric's value. NaN becomes the worst of all, and stays so in a database that has no NaN.
std::optional<double> ValueIn(const v1::MetricRow& row, const std::string& metric) {
  for (const v1::Metric& candidate : row.metrics()) {
    if (candidate.name() != metric) continue;
    return std::isnan(candidate.value()) ? -std::numeric_limits<double>::infinity()
                                         : candidate.value();
  }
  return std::nullopt;
}

std::string Format(double value) { return absl::StrFormat("%.4g", value); }

}  // namespace

Search::Search(int64_t experiment, const EarlyStopping& early_stopping,
               const std::vector<int64_t>& num_steps)
    : experiment_(experiment), options_(early_stopping) {
  options_.seeds = std::max<int64_t>(options_.seeds, 1);
  options_.reduction = std::max<int64_t>(options_.reduction, 2);
  for (size_t trial = 0; trial < num_steps.size(); ++trial) {
    const size_t arm = ArmOf(static_cast<int64_t>(trial));
    if (arm == arms_.size()) arms_.emplace_back();
    arms_[arm].seeds.emplace_back();
    rungs_.push_back(RungSteps(options_, num_steps[trial]));
  }
}

const asha::Seed& Search::SeedOf(int64_t trial) const {
  return arms_[ArmOf(trial)].seeds[static_cast<size_t>(trial % options_.seeds)];
}

asha::Seed& Search::SeedOf(int64_t trial) {
  return arms_[ArmOf(trial)].seeds[static_cast<size_t>(trial % options_.seeds)];
}

std::vector<RungResult> Search::NewResults(int64_t trial,
                                           absl::Span<const v1::MetricRow> rows) const {
  std::vector<RungResult> results;
  const std::vector<int64_t>& steps = rungs_[static_cast<size_t>(trial)];
  size_t reached = SeedOf(trial).values.size();
  for (const v1::MetricRow& row : rows) {
    if (reached == steps.size()) break;
    if (row.step() < steps[reached]) continue;
    const std::optional<double> value = ValueIn(row, options_.metric);
    if (!value.has_value()) continue;
    for (; reached < steps.size() && row.step() >= steps[reached]; ++reached) {
      results.push_back({{experiment_, trial}, static_cast<int>(reached) + 1, *value});
    }
  }
  return results;
}

void Search::Add(const EarlyStoppingUpdate& update) {
  for (const RungResult& result : update.results) {
    if (result.trial.experiment != experiment_) continue;
    std::vector<double>& values = SeedOf(result.trial.index).values;
    if (static_cast<int>(values.size()) + 1 == result.rung) values.push_back(result.value);
  }
  for (const Promotion& promotion : update.promotions) {
    if (promotion.experiment != experiment_) continue;
    arms_[static_cast<size_t>(promotion.arm)].promoted = promotion.rung;
  }
}

void Search::SetFate(int64_t trial, asha::Fate fate) { SeedOf(trial).fate = fate; }

int Search::NumReached(int64_t trial) const {
  return static_cast<int>(SeedOf(trial).values.size());
}

bool Search::MustWait(int64_t trial) const {
  return NumReached(trial) > arms_[ArmOf(trial)].promoted;
}

int Search::RungOf(int64_t trial) const {
  return std::min(NumReached(trial), arms_[ArmOf(trial)].promoted + 1);
}

std::string Search::RungName(int64_t trial) const {
  const std::vector<int64_t>& steps = rungs_[static_cast<size_t>(trial)];
  const int rung = RungOf(trial);
  return absl::StrCat("rung ", rung, " of ", steps.size(), " (",
                      rung == 0 ? 0 : steps[static_cast<size_t>(rung) - 1], " steps)");
}

std::string Search::WaitReason(int64_t trial) const {
  return absl::StrCat("waits at ", RungName(trial));
}

std::string Search::WaitDetail(int64_t trial) const {
  const size_t arm = ArmOf(trial);
  const int rung = RungOf(trial);
  int there = 0, wanted = 0;
  for (const asha::Seed& seed : arms_[arm].seeds) {
    if (seed.fate == asha::Fate::kLost) continue;
    ++wanted;
    there += static_cast<int>(seed.values.size()) >= rung;
  }
  const std::optional<double> result = asha::ResultAt(arms_[arm], rung);
  if (!result.has_value()) {
    return absl::StrCat(WaitReason(trial), ": ", there, " of ", wanted, " seeds are there");
  }
  const asha::Standing standing = asha::StandingOf(arms_, arm, rung, options_.reduction);
  return absl::StrCat(WaitReason(trial), ": ", Format(*result), " is number ", standing.rank,
                      " of the ", standing.arms, " arms there, of which ", standing.places,
                      standing.places == 1 ? " goes on" : " go on");
}

std::string Search::StopReason(int64_t trial) const {
  const size_t arm = ArmOf(trial);
  const int rung = RungOf(trial);
  const std::optional<double> result = asha::ResultAt(arms_[arm], rung);
  const asha::Standing standing = asha::StandingOf(arms_, arm, rung, options_.reduction);
  std::string reason = RungName(trial);
  if (result.has_value()) absl::StrAppend(&reason, ": ", options_.metric, " ", Format(*result));
  if (standing.worst.has_value()) {
    absl::StrAppend(&reason, "; the arms that went on have ", Format(*standing.worst), " or more");
  }
  return reason;
}

asha::Fate FateOf(v1::TrialState state, bool at_rung) {
  switch (state) {
    case v1::SUCCEEDED:
      return asha::Fate::kSucceeded;
    case v1::STOPPED:
      return asha::Fate::kStopped;
    case v1::FAILED:
    case v1::CANCELLED:
      return asha::Fate::kLost;
    default:
      return state == v1::PAUSED && at_rung ? asha::Fate::kWaits : asha::Fate::kComing;
  }
}

}  // namespace vagram

#include "orchestrator/early_stopping.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vagram {

std::vector<int64_t> RungSteps(const EarlyStopping& early_stopping, int64_t num_steps) {
  std::vector<int64_t> steps;
  for (int64_t step = early_stopping.first_rung; step < num_steps;) {
    steps.push_back(step);
    if (step > num_steps / early_stopping.reduction) break;  // the product might overflow
    step *= early_stopping.reduction;
  }
  return steps;
}

namespace asha {
namespace {

constexpr double kWorst = -std::numeric_limits<double>::infinity();

bool HasShown(const Seed& seed, int rung) { return static_cast<int>(seed.values.size()) >= rung; }

bool MayCome(const Seed& seed) { return seed.fate == Fate::kComing || seed.fate == Fate::kWaits; }

// Whether a seed rests that its arm's promotion lets go on.
bool MayGoOn(const Arm& arm) {
  return std::any_of(arm.seeds.begin(), arm.seeds.end(), [&](const Seed& seed) {
    return seed.fate == Fate::kWaits && !HasShown(seed, arm.promoted + 1);
  });
}

bool Waits(const Arm& arm) {
  return std::any_of(arm.seeds.begin(), arm.seeds.end(),
                     [](const Seed& seed) { return seed.fate == Fate::kWaits; });
}

bool HasSeed(const std::vector<Arm>& arms, Fate fate) {
  return std::any_of(arms.begin(), arms.end(), [fate](const Arm& arm) {
    return std::any_of(arm.seeds.begin(), arm.seeds.end(),
                       [fate](const Seed& seed) { return seed.fate == fate; });
  });
}

int HighestRung(const std::vector<Arm>& arms) {
  size_t highest = 0;
  for (const Arm& arm : arms) {
    for (const Seed& seed : arm.seeds) highest = std::max(highest, seed.values.size());
  }
  return static_cast<int>(highest);
}

struct Ranked {
  size_t arm;
  double result;
};

// The arm's result if it stands at the rung: it is complete at it, and was promoted from the one
// below, also where one row of metrics was beyond both.
std::optional<double> StandsAt(const Arm& arm, int rung) {
  return arm.promoted + 1 < rung ? std::nullopt : ResultAt(arm, rung);
}

// The arms that stand at the rung, the best first.
std::vector<Ranked> Rank(const std::vector<Arm>& arms, int rung) {
  std::vector<Ranked> ranked;
  for (size_t i = 0; i < arms.size(); ++i) {
    const std::optional<double> result = StandsAt(arms[i], rung);
    if (result.has_value()) ranked.push_back({i, *result});
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Ranked& a, const Ranked& b) { return a.result > b.result; });
  return ranked;
}

size_t Places(size_t arms, int64_t reduction) { return arms / static_cast<size_t>(reduction); }

// Promotes one arm or more; false when there is none to promote.
bool PromoteBest(std::vector<Arm>& arms, int64_t reduction) {
  for (int rung = HighestRung(arms); rung > 0; --rung) {
    const std::vector<Ranked> ranked = Rank(arms, rung);
    bool promoted = false;
    for (size_t place = 0; place < Places(ranked.size(), reduction); ++place) {
      Arm& arm = arms[ranked[place].arm];
      if (arm.promoted >= rung) continue;
      arm.promoted = rung;
      promoted = true;
    }
    if (promoted) return true;
  }
  return false;
}

// Promotes the best arm that waits at the highest rung; false when none waits.
bool PromoteLast(std::vector<Arm>& arms) {
  for (int rung = HighestRung(arms); rung > 0; --rung) {
    for (const Ranked& ranked : Rank(arms, rung)) {
      Arm& arm = arms[ranked.arm];
      if (arm.promoted >= rung || !Waits(arm)) continue;
      arm.promoted = rung;
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<double> ResultAt(const Arm& arm, int rung) {
  double sum = 0;
  int seeds = 0;
  for (const Seed& seed : arm.seeds) {
    if (seed.fate == Fate::kLost) continue;
    if (HasShown(seed, rung)) {
      sum += seed.values[static_cast<size_t>(rung) - 1];
      ++seeds;
    } else if (MayCome(seed)) {
      return std::nullopt;
    }
  }
  if (seeds == 0) return std::nullopt;
  return std::isnan(sum) ? kWorst : sum / seeds;
}

Standing StandingOf(const std::vector<Arm>& arms, size_t arm, int rung, int64_t reduction) {
  // Counted and not sorted, for it is asked for every trial that waits.
  Standing standing;
  const std::optional<double> own = StandsAt(arms[arm], rung);
  if (own.has_value()) standing.rank = 1;
  for (size_t i = 0; i < arms.size(); ++i) {
    const std::optional<double> result = StandsAt(arms[i], rung);
    if (!result.has_value()) continue;
    ++standing.arms;
    if (own.has_value() && (*result > *own || (*result == *own && i < arm))) ++standing.rank;
    if (arms[i].promoted >= rung)
      standing.worst = std::min(*result, standing.worst.value_or(*result));
  }
  standing.places = Places(standing.arms, reduction);
  return standing;
}

Decision Decide(std::vector<Arm> arms, int64_t reduction) {
  const std::vector<Arm> before = arms;
  Decision decision;
  while (PromoteBest(arms, reduction)) {
  }
  while (!HasSeed(arms, Fate::kComing) && std::none_of(arms.begin(), arms.end(), MayGoOn)) {
    if (HasSeed(arms, Fate::kSucceeded)) {
      for (size_t i = 0; i < arms.size(); ++i) {
        if (Waits(arms[i])) decision.stopped.push_back(i);
      }
      break;
    }
    if (!PromoteLast(arms)) break;
    while (PromoteBest(arms, reduction)) {
    }
  }
  for (size_t i = 0; i < arms.size(); ++i) {
    if (arms[i].promoted == before[i].promoted) continue;
    decision.promoted.emplace_back(i, arms[i].promoted);
  }
  return decision;
}

}  // namespace asha
}  // namespace vagram

#include "orchestrator/analysis/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace vagram::analysis {
namespace {

// What is known of one run at the end of its stratum's range.
struct Measured {
  double value = 0;
  double auc = 0;
  double steps_to_threshold = 0;  // infinite: not reached
};

Measured Measure(const Run& run, StepRange range, const std::optional<double>& threshold) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Measured measured;
  measured.value = ValueAt(run.curve, range.last).value_or(kNan);
  measured.auc = AreaUnderCurve(run.curve, range.first, range.last).value_or(kNan);
  if (threshold.has_value()) {
    measured.steps_to_threshold =
        StepsToThreshold(run.curve, *threshold, range.last).value_or(kInfinity);
  }
  return measured;
}

std::vector<double> Pooled(const Strata& strata) {
  std::vector<double> pooled;
  for (const std::vector<double>& stratum : strata) {
    pooled.insert(pooled.end(), stratum.begin(), stratum.end());
  }
  return pooled;
}

Summary Summarize(const std::vector<std::vector<Measured>>& strata,
                  const ComparisonOptions& options) {
  Strata values, areas;
  std::vector<double> steps;
  for (const std::vector<Measured>& stratum : strata) {
    if (stratum.empty()) continue;  // an interval is about the strata that there are
    values.emplace_back();
    areas.emplace_back();
    for (const Measured& measured : stratum) {
      values.back().push_back(measured.value);
      areas.back().push_back(measured.auc);
      steps.push_back(measured.steps_to_threshold);
    }
  }
  const std::vector<double> pooled = Pooled(values);
  const BootstrapOptions bootstrap{options.seed, options.resamples};
  Summary summary;
  summary.num_seeds = static_cast<int>(pooled.size());
  summary.mean = Mean(pooled);
  summary.median = Median(pooled);
  summary.iqm = InterquartileMean(pooled);
  // Student's interval knows nothing of strata: together, the mean is bootstrapped too.
  summary.mean_interval =
      values.size() > 1 ? BootstrapInterval(values, Mean, bootstrap) : MeanInterval(pooled);
  summary.iqm_interval = BootstrapInterval(values, InterquartileMean, bootstrap);
  summary.auc = InterquartileMean(Pooled(areas));
  summary.auc_interval = BootstrapInterval(areas, InterquartileMean, bootstrap);
  if (options.threshold.has_value()) {
    summary.num_reached = static_cast<int>(
        std::count_if(steps.begin(), steps.end(), [](double step) { return std::isfinite(step); }));
    const double median = Median(steps);
    if (std::isfinite(median)) summary.median_steps = median;
  }
  return summary;
}

PairComparison ComparePair(size_t first, size_t second,
                           const std::vector<std::vector<std::vector<Measured>>>& measured,
                           bool* share_a_stratum) {
  PairComparison pair;
  pair.first = first;
  pair.second = second;
  Strata sides[2];
  for (const auto& groups : measured) {
    const int fewest = static_cast<int>(std::min(groups[first].size(), groups[second].size()));
    if (fewest > 0) {
      pair.fewest_seeds = pair.num_strata == 0 ? fewest : std::min(pair.fewest_seeds, fewest);
      ++pair.num_strata;
    }
    for (int side = 0; side < 2; ++side) {
      sides[side].emplace_back();
      for (const Measured& run : groups[side == 0 ? first : second]) {
        sides[side].back().push_back(run.value);
      }
    }
  }
  const std::optional<Improvement> improvement = ProbabilityOfImprovement(sides[0], sides[1]);
  *share_a_stratum = improvement.has_value();
  if (improvement.has_value()) pair.improvement = *improvement;
  return pair;
}

std::string OfGroups(const std::vector<std::string>& labels) {
  constexpr size_t kMostNamed = 3;
  const size_t named = std::min(labels.size(), kMostNamed);
  return absl::StrCat(
      " of ", absl::StrJoin(labels.begin(), labels.begin() + named, "; "),
      labels.size() > named ? absl::StrCat(" and ", labels.size() - named, " more") : "");
}

}  // namespace

Comparison Compare(const GroupedTrials& trials, const ComparisonOptions& options) {
  Comparison comparison;
  std::vector<std::vector<std::vector<Measured>>> measured;  // [stratum][group][seed]
  bool together = trials.strata.size() > 1;
  for (const Stratum& stratum : trials.strata) {
    measured.emplace_back();
    StratumComparison summary;
    summary.label = stratum.label;
    summary.range = stratum.range;
    for (const std::vector<Run>& runs : stratum.runs) {
      measured.back().emplace_back();
      for (const Run& run : runs) {
        measured.back().back().push_back(Measure(run, stratum.range, options.threshold));
      }
      summary.groups.push_back(Summarize({measured.back().back()}, options));
    }
    comparison.strata.push_back(std::move(summary));
    // A group that lacks a stratum would be set against others on easier or harder ground.
    together &= stratum.task == trials.strata[0].task &&
                std::none_of(stratum.runs.begin(), stratum.runs.end(),
                             [](const std::vector<Run>& runs) { return runs.empty(); });
  }
  for (size_t group = 0; together && group < trials.groups.size(); ++group) {
    std::vector<std::vector<Measured>> strata;
    for (const auto& groups : measured) strata.push_back(groups[group]);
    comparison.together.push_back(Summarize(strata, options));
  }
  if (trials.groups.size() > kMostPaired) return comparison;
  for (size_t first = 0; first < trials.groups.size(); ++first) {
    for (size_t second = first + 1; second < trials.groups.size(); ++second) {
      bool share_a_stratum = false;
      PairComparison pair = ComparePair(first, second, measured, &share_a_stratum);
      if (share_a_stratum) comparison.pairs.push_back(pair);
    }
  }
  return comparison;
}

bool ToldApart(const PairComparison& pair) {
  const std::optional<Interval>& interval = pair.improvement.interval;
  return interval.has_value() && (interval->low > 0.5 || interval->high < 0.5);
}

double DetectableDifference(int num_seeds) {
  const int degrees = 2 * num_seeds - 2;
  return (StudentTQuantile(0.975, degrees) + StudentTQuantile(0.8, degrees)) *
         std::sqrt(2.0 / num_seeds);
}

std::vector<std::string> Caveats(const GroupedTrials& trials, const Comparison& comparison) {
  std::vector<std::string> caveats;
  // Groups by what their fewest seeds in a stratum can show.
  std::map<int, std::vector<std::string>> groups_with;
  for (size_t group = 0; group < trials.groups.size(); ++group) {
    int fewest = std::numeric_limits<int>::max();
    for (const StratumComparison& stratum : comparison.strata) {
      const int seeds = stratum.groups[group].num_seeds;
      if (seeds > 0) fewest = std::min(fewest, seeds);
    }
    fewest = std::min(fewest, kMinSeedsOfBootstrapInterval);
    groups_with[fewest].push_back(trials.groups[group].label);
  }
  for (const auto& [seeds, labels] : groups_with) {
    const std::string of = groups_with.size() > 1 ? OfGroups(labels) : "";
    if (seeds == 1) {
      caveats.push_back(absl::StrCat("One seed", of,
                                     " shows one draw: what differs may be the "
                                     "seed, and nothing here can tell."));
    } else if (seeds < kMinSeedsOfMeanInterval) {
      caveats.push_back(absl::StrCat("With 2 seeds", of,
                                     " no interval is meaningful: they cannot "
                                     "show how much seeds differ, so neither whether groups do."));
    } else if (seeds < kMinSeedsOfBootstrapInterval) {
      caveats.push_back(absl::StrCat("With ", seeds, " seeds", of,
                                     " there is an interval of the "
                                     "mean alone, and it holds only where seeds are about normal; "
                                     "give 5 or more for the others."));
    }
  }
  int fewest = std::numeric_limits<int>::max();  // of pairs that have enough
  for (const PairComparison& pair : comparison.pairs) {
    if (pair.fewest_seeds >= kMinSeedsOfMeanInterval) fewest = std::min(fewest, pair.fewest_seeds);
  }
  if (fewest < std::numeric_limits<int>::max()) {
    caveats.push_back(absl::StrFormat(
        "With %d seeds a side, a difference of means below about %.1f standard deviations between "
        "seeds is found in fewer than 4 of 5 such comparisons: \"not told apart\" does not say "
        "equal.",
        fewest, DetectableDifference(fewest)));
  }
  if (comparison.pairs.size() > 2) {
    caveats.push_back(absl::StrFormat(
        "Among %d pairs about %.1f would look told apart by chance alone if all groups were equal.",
        static_cast<int>(comparison.pairs.size()), 0.05 * comparison.pairs.size()));
  }
  if (trials.groups.size() > kMostPaired) {
    caveats.push_back(absl::StrCat("The pairs of ", trials.groups.size(),
                                   " groups are not compared; group by fewer keys, or choose "
                                   "trials, until there are at most ",
                                   kMostPaired, "."));
  }
  if (std::any_of(trials.left_out.begin(), trials.left_out.end(),
                  [](const LeftOut& left_out) { return left_out.failed; })) {
    caveats.emplace_back(
        "Failed trials are left out: if a setting makes trials fail, the numbers flatter it.");
  }
  return caveats;
}

}  // namespace vagram::analysis

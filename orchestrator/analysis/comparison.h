#ifndef ORCHESTRATOR_ANALYSIS_COMPARISON_H_
#define ORCHESTRATOR_ANALYSIS_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics/statistics.h"
#include "orchestrator/analysis/grouping.h"

namespace vagram::analysis {

struct ComparisonOptions {
  std::optional<double> threshold;
  uint64_t seed = 0;  // of the bootstrap
  int resamples = 10000;
};

// A group's seeds in one stratum, or in several of one task together. Numbers are NaN without
// seeds.
struct Summary {
  int num_seeds = 0;
  double mean = 0, median = 0, iqm = 0;
  std::optional<Interval> mean_interval, iqm_interval;
  double auc = 0;  // interquartile mean of the seeds' areas
  std::optional<Interval> auc_interval;
  // With a threshold: how many seeds reached it, and the median of the steps that it took them. A
  // seed that did not took longer than anybody; nothing where that leaves the median open.
  int num_reached = 0;
  std::optional<double> median_steps;
};

struct StratumComparison {
  std::string label;
  StepRange range;
  std::vector<Summary> groups;
};

struct PairComparison {
  size_t first = 0, second = 0;  // groups
  Improvement improvement;       // that a seed of the first has a higher value
  int fewest_seeds = 0;          // on a side of a stratum that counts
  size_t num_strata = 0;         // that both have seeds in
};

struct Comparison {
  std::vector<StratumComparison> strata;
  // All strata together, each seed counting the same: only where there are several, all of one task
  // (returns of two tasks have no common unit), and every group has seeds in each. Else empty.
  std::vector<Summary> together;
  std::vector<PairComparison>
      pairs;  // of groups that share a stratum; none of more than kMostPaired
};

// Beyond as many groups nobody reads the pairs, whose number grows with the square.
constexpr size_t kMostPaired = 50;

Comparison Compare(const GroupedTrials& trials, const ComparisonOptions& options);

// Whether the interval leaves out 1/2, where neither side is better.
bool ToldApart(const PairComparison& pair);

// What these numbers do not show, in plain sentences, one each.
std::vector<std::string> Caveats(const GroupedTrials& trials, const Comparison& comparison);

// The difference of two means, in standard deviations between seeds, that a t test of 5 % with as
// many seeds on either side (2 at least) finds four times of five; to a few percent.
double DetectableDifference(int num_seeds);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_COMPARISON_H_

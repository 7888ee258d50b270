#include "orchestrator/analysis/comparison.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/analysis/trial_fixtures.h"
#include "testing/status_matchers.h"

namespace vagram::analysis {
namespace {

using ::testing::Contains;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

// Groups "a", "b", ... whose seeds end at these returns, having risen by 100 per 1000 steps.
GroupedTrials Grouped(const std::vector<std::vector<double>>& groups,
                      const std::vector<std::string>& tasks = {"Pendulum-v1"}) {
  std::vector<RecordedTrial> trials;
  for (const std::string& task : tasks) {
    for (size_t group = 0; group < groups.size(); ++group) {
      for (size_t seed = 0; seed < groups[group].size(); ++seed) {
        const std::string loss =
            std::string(1, 'a' + group % 26) + (group < 26 ? "" : std::to_string(group / 26));
        trials.push_back(SucceededTrial("1/" + std::to_string(trials.size()), seed,
                                        {{"env.id", task}, {"model.loss", loss}},
                                        RiseTo(groups[group][seed])));
      }
    }
  }
  auto grouped = GroupTrials(trials, {});
  EXPECT_OK(grouped);
  return *std::move(grouped);
}

TEST(Comparison, SummarizesTheSeedsOfEachGroup) {
  const Comparison comparison = Compare(Grouped({{1, 2, 3, 4, 100}, {5, 7}}), {});
  ASSERT_THAT(comparison.strata, SizeIs(1));
  EXPECT_EQ(comparison.strata[0].label, "Pendulum-v1");
  const Summary& first = comparison.strata[0].groups[0];
  EXPECT_EQ(first.num_seeds, 5);
  EXPECT_EQ(first.mean, 22);
  EXPECT_EQ(first.median, 3);
  EXPECT_EQ(first.iqm, 3);
  ASSERT_TRUE(first.iqm_interval.has_value());
  EXPECT_LE(first.iqm_interval->low, 3);
  EXPECT_GE(first.iqm_interval->high, 3);
  EXPECT_EQ(first.auc, -97) << "the mean height of a straight rise by 200";
  const Summary& second = comparison.strata[0].groups[1];
  EXPECT_EQ(second.mean, 6);
  EXPECT_FALSE(second.mean_interval.has_value());
  EXPECT_FALSE(second.iqm_interval.has_value());
  EXPECT_THAT(comparison.together, IsEmpty());
}

TEST(Comparison, RepeatsItselfWithTheSameSeed) {
  const GroupedTrials trials = Grouped({{1.5, 2, 3.25, 4, 5, 9, 11}});
  const auto low = [&](uint64_t seed) {
    ComparisonOptions options;
    options.seed = seed;
    options.resamples = 500;
    return Compare(trials, options).strata[0].groups[0].iqm_interval->low;
  };
  EXPECT_EQ(low(1), low(1));
  EXPECT_NE(low(1), low(2));
}

TEST(Comparison, CountsSeedsThatReachAThresholdAndThoseThatDoNot) {
  ComparisonOptions options;
  options.threshold = 0;
  // At 100, 50 and -10 in the end: 0 is reached at 2000, at 2500, and not at all.
  const GroupedTrials trials = Grouped({{100, 50, -10}, {-1, -2, 100}});
  const Comparison comparison = Compare(trials, options);
  EXPECT_EQ(comparison.strata[0].groups[0].num_reached, 2);
  EXPECT_THAT(comparison.strata[0].groups[0].median_steps, Optional(DoubleEq(2500)));
  EXPECT_EQ(comparison.strata[0].groups[1].num_reached, 1);
  EXPECT_FALSE(comparison.strata[0].groups[1].median_steps.has_value()) << "censored";
}

TEST(Comparison, ComparesEveryPairAcrossTasks) {
  const Comparison comparison =
      Compare(Grouped({{10, 11, 12, 13, 14}, {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5}}, {"A", "B"}), {});
  ASSERT_THAT(comparison.pairs, SizeIs(3));
  EXPECT_EQ(comparison.pairs[0].improvement.probability, 1);
  EXPECT_TRUE(ToldApart(comparison.pairs[0]));
  EXPECT_EQ(comparison.pairs[2].first, 1u);
  EXPECT_EQ(comparison.pairs[2].second, 2u);
  EXPECT_EQ(comparison.pairs[2].improvement.probability, 0.5);
  EXPECT_FALSE(ToldApart(comparison.pairs[2]));
  EXPECT_THAT(comparison.together, IsEmpty()) << "returns of two tasks have no common unit";
}

TEST(Comparison, TakesSettingsOfOneTaskTogether) {
  std::vector<RecordedTrial> trials;
  for (const auto& [dims, shift] : {std::pair("5", 0.0), std::pair("10", 1000.0)}) {
    for (int seed = 0; seed < 5; ++seed) {
      trials.push_back(SucceededTrial("1/" + std::to_string(trials.size()), seed,
                                      {{"model.loss", "a"}, {"env.distractors.dims", dims}},
                                      RiseTo(shift + seed)));
    }
  }
  GroupingOptions options;
  options.by = {"model.loss"};
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, options));
  const Comparison comparison = Compare(grouped, {});
  ASSERT_THAT(comparison.together, SizeIs(1));
  EXPECT_EQ(comparison.together[0].num_seeds, 10);
  EXPECT_EQ(comparison.together[0].mean, 502);
  // Drawn within strata, so that a thousand between them is no uncertainty.
  EXPECT_LT(comparison.together[0].mean_interval->high - 502, 5);
}

TEST(Comparison, SaysWhatFewSeedsCannotShow) {
  const auto caveats = [](const std::vector<std::vector<double>>& groups) {
    const GroupedTrials trials = Grouped(groups);
    return Caveats(trials, Compare(trials, {}));
  };
  EXPECT_THAT(caveats({{1}, {2}}), ElementsAre(HasSubstr("One seed shows one draw")));
  EXPECT_THAT(caveats({{1, 2}, {2, 3}}),
              ElementsAre(HasSubstr("With 2 seeds no interval is meaningful")));
  // What some lack is not said of all.
  EXPECT_THAT(caveats({{1, 2}, {2, 3, 4}}),
              ElementsAre(HasSubstr("With 2 seeds of a no interval is meaningful"),
                          HasSubstr("With 3 seeds of b there is an interval")));
  EXPECT_THAT(caveats({{1, 2, 3, 4, 5}, {2, 3, 4, 5, 6}, {3}, {4}}),
              ElementsAre(HasSubstr("One seed of c; d shows one draw"),
                          HasSubstr("With 5 seeds a side"), HasSubstr("Among 6 pairs")));
  EXPECT_THAT(caveats({{1, 2, 3}, {2, 3, 4}}),
              ElementsAre(HasSubstr("With 3 seeds there is an interval of the mean alone"),
                          HasSubstr("3.0 standard deviations")));
  EXPECT_THAT(caveats({{1, 2, 3, 4, 5}, {2, 3, 4, 5, 6}}),
              ElementsAre(HasSubstr("below about 2.0 standard deviations")));
  EXPECT_THAT(caveats({{1, 2, 3, 4, 5}}), IsEmpty());
  EXPECT_THAT(caveats({{1, 2}, {1, 2}, {1, 2}}), Contains(HasSubstr("Among 3 pairs")));
}

TEST(Comparison, WarnsThatFailedTrialsFlatter) {
  GroupedTrials trials = Grouped({{1, 2, 3, 4, 5}});
  const Comparison comparison = Compare(trials, {});
  trials.left_out = {{"1/9", "running at step 5"}};
  EXPECT_THAT(Caveats(trials, comparison), Not(Contains(HasSubstr("Failed trials"))));
  trials.left_out = {{"1/9", "has values from step 1000 to 2000 only", /*failed=*/true}};
  EXPECT_THAT(Caveats(trials, comparison), Contains(HasSubstr("Failed trials")));
}

TEST(Comparison, CountsTheTasksThatAPairShares) {
  GroupedTrials trials = Grouped({{1, 2, 3}, {4, 5, 6}}, {"A", "B"});
  EXPECT_EQ(Compare(trials, {}).pairs[0].num_strata, 2u);
  trials.strata[1].runs[0].clear();
  EXPECT_EQ(Compare(trials, {}).pairs[0].num_strata, 1u);
  trials.strata[0].runs[0].clear();
  EXPECT_THAT(Compare(trials, {}).pairs, IsEmpty());
}

TEST(Comparison, LeavesOutThePairsOfManyGroups) {
  const std::vector<std::vector<double>> groups(kMostPaired, {1});
  EXPECT_THAT(Compare(Grouped(groups), {}).pairs, SizeIs(kMostPaired * (kMostPaired - 1) / 2));
  std::vector<std::vector<double>> more = groups;
  more.push_back({2});
  const GroupedTrials trials = Grouped(more);
  const Comparison comparison = Compare(trials, {});
  EXPECT_THAT(comparison.pairs, IsEmpty());
  EXPECT_THAT(Caveats(trials, comparison),
              Contains(HasSubstr("The pairs of 51 groups are not compared")));
}

TEST(Comparison, KnowsWhatSoManySeedsDetect) {
  // Cohen's d for a power of 80 % at 5 %, from the noncentral t distribution: 2.02 for five a side,
  // 1.32 for ten, 0.91 for twenty.
  EXPECT_NEAR(DetectableDifference(5), 2.02, 0.03);
  EXPECT_NEAR(DetectableDifference(10), 1.32, 0.03);
  EXPECT_NEAR(DetectableDifference(20), 0.91, 0.02);
}

}  // namespace
}  // namespace vagram::analysis

#include "orchestrator/dashboard/trial_groups.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Two losses times two seeds.
v1::Experiment Sweep() {
  v1::Experiment experiment;
  for (const char* loss : {"vagram", "mle"}) {
    for (int seed = 0; seed < 2; ++seed) {
      v1::Trial& trial = *experiment.add_trials();
      trial.set_id(absl::StrCat("1/", experiment.trials_size() - 1));
      trial.set_seed(seed);
      (*trial.mutable_overrides())["model.loss"] = loss;
      (*trial.mutable_overrides())["seed"] = absl::StrCat(seed);
    }
  }
  return experiment;
}

// An experiment of these items of a sweep, a seed each.
v1::Experiment Items(const std::vector<std::map<std::string, std::string>>& items) {
  v1::Experiment experiment;
  for (const auto& item : items) {
    v1::Trial& trial = *experiment.add_trials();
    trial.set_id(absl::StrCat("1/", experiment.trials_size() - 1));
    for (const auto& [key, value] : item) (*trial.mutable_overrides())[key] = value;
  }
  return experiment;
}

std::vector<std::string> NamesOf(const std::vector<TrialGroup>& groups) {
  std::vector<std::string> names;
  for (const TrialGroup& group : groups) {
    names.push_back(absl::StrCat(group.task, ": ", group.name));
  }
  return names;
}

Band Of(const std::vector<MetricSeries>& trials, size_t max_points = 100) {
  std::vector<const MetricSeries*> pointers;
  for (const MetricSeries& trial : trials) pointers.push_back(&trial);
  return BandOf(pointers, max_points);
}

TEST(GroupTrialsTest, GroupsSeedsOfTheSameValues) {
  const v1::Experiment experiment = Sweep();
  EXPECT_THAT(SweptKeysOf(experiment).group, ElementsAre("model.loss"));
  EXPECT_THAT(SweptKeysOf(experiment).task, IsEmpty());
  const std::vector<TrialGroup> groups = GroupTrials(experiment, {}, {"model.loss"});
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0].name, "model.loss=vagram");
  EXPECT_THAT(groups[0].trials, SizeIs(2));
  EXPECT_EQ(groups[1].trials[0]->id(), "1/2");
}

TEST(GroupTrialsTest, TakesChosenTrialsOnlyAndNoKeyAsOneGroup) {
  const std::vector<TrialGroup> groups = GroupTrials(Sweep(), {0, 3}, {});
  ASSERT_THAT(groups, SizeIs(1));
  EXPECT_EQ(groups[0].name, "all trials");
  EXPECT_THAT(groups[0].trials, SizeIs(2));
}

TEST(GroupTrialsTest, TellsEveryTrialApartByItsSeed) {
  EXPECT_THAT(GroupTrials(Sweep(), {}, {"model.loss", "seed"}), SizeIs(4));
}

TEST(GroupTrialsTest, PoolsNoTasksAndGroupsByNothingThatGoesWithThem) {
  std::vector<std::map<std::string, std::string>> items;
  const std::vector<std::pair<std::string, std::string>> tasks = {{"Pendulum-v1", "-1"},
                                                                  {"Hopper-v4", "-3"}};
  for (const auto& [task, entropy] : tasks) {
    for (const char* loss : {"vagram", "mle"}) {
      items.push_back({{"env.id", task}, {"sac.target_entropy", entropy}, {"model.loss", loss}});
    }
  }
  const v1::Experiment experiment = Items(items);
  EXPECT_THAT(SweptKeysOf(experiment).task, ElementsAre("env.id"));
  EXPECT_THAT(SweptKeysOf(experiment).group, ElementsAre("model.loss"));
  EXPECT_THAT(NamesOf(GroupTrials(experiment, {}, SweptKeysOf(experiment).group)),
              ElementsAre("Pendulum-v1: model.loss=vagram", "Pendulum-v1: model.loss=mle",
                          "Hopper-v4: model.loss=vagram", "Hopper-v4: model.loss=mle"));
  EXPECT_THAT(NamesOf(GroupTrials(experiment, {}, {})),
              ElementsAre("Pendulum-v1: all trials", "Hopper-v4: all trials"));
}

TEST(GroupTrialsTest, NamesWhatTheItemOfAListSets) {
  const v1::Experiment experiment = Items({
      {{"model.loss", "mle"}},
      {{"model.loss", "itervaml"}, {"model.itervaml_mse_weight", "0.01"}},
      {{"algorithm", "sac"}},
      {},
  });
  EXPECT_THAT(
      NamesOf(GroupTrials(experiment, {}, SweptKeysOf(experiment).group)),
      ElementsAre(": model.loss=mle", ": model.itervaml_mse_weight=0.01, model.loss=itervaml",
                  ": algorithm=sac", ": base"));
}

TEST(ParseIndicesTest, ReadsRangesAndRefusesTheRest) {
  EXPECT_THAT(ParseIndices("0-2,7", 9), IsOkAndHolds(ElementsAre(0, 1, 2, 7)));
  EXPECT_THAT(ParseIndices("", 9), IsOkAndHolds(IsEmpty()));
  for (const char* text :
       {"x", "-1", "3-1", "0-10", "5,5", "1-", "0-99999999999999999999", "2,1"}) {
    EXPECT_THAT(ParseIndices(text, 9), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(BandTest, SummarisesTrialsAtTheirSteps) {
  const Band band = Of({{{0, 10}, {1, 2}}, {{0, 10}, {3, 6}}, {{0}, {8}}});
  EXPECT_THAT(band.steps, ElementsAre(0, 10));
  EXPECT_THAT(band.count, ElementsAre(3, 2));
  EXPECT_THAT(band.mean, ElementsAre(4, 4));
  EXPECT_THAT(band.median, ElementsAre(3, 4));
  EXPECT_THAT(band.lowest, ElementsAre(1, 2));
  EXPECT_THAT(band.highest, ElementsAre(8, 6));
  EXPECT_THAT(band.lower_quartile, ElementsAre(2, 3));
  EXPECT_THAT(band.upper_quartile, ElementsAre(5.5, 5));
  // Deviations -3, -1, 4 and -2, 2.
  EXPECT_THAT(band.standard_error, ElementsAre(DoubleNear(std::sqrt(26.0 / 2 / 3), 1e-12), 2));
}

TEST(BandTest, InterpolatesWithinATrialAndNeverBeyondIt) {
  const Band band = Of({{{0, 20}, {0, 2}}, {{10, 30}, {5, 7}}});
  EXPECT_THAT(band.steps, ElementsAre(0, 10, 20, 30));
  EXPECT_THAT(band.count, ElementsAre(1, 2, 2, 1));
  EXPECT_THAT(band.mean, ElementsAre(0, 3, 4, 7));
}

TEST(BandTest, AveragesWhatIsNearestToEachStepOfALongSeries) {
  MetricSeries series;
  for (int i = 0; i <= 10000; ++i) {
    series.steps.push_back(i);
    series.values.push_back(i % 2 == 0 ? i : i + 2);
  }
  const Band band = Of({series}, 101);
  ASSERT_THAT(band.steps, SizeIs(101));
  EXPECT_EQ(band.steps[50], 5000);
  EXPECT_NEAR(band.mean[50], 5000.5, 1);
}

TEST(BandTest, IsEmptyWithoutPoints) {
  EXPECT_THAT(Of({}).steps, IsEmpty());
  EXPECT_THAT(Of({MetricSeries()}).steps, IsEmpty());
}

}  // namespace
}  // namespace vagram

#include "orchestrator/analysis/grouping.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/analysis/trial_fixtures.h"
#include "testing/status_matchers.h"

namespace vagram::analysis {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<std::string> Labels(const GroupedTrials& grouped) {
  std::vector<std::string> labels;
  for (const Group& group : grouped.groups) labels.push_back(group.label);
  return labels;
}

std::vector<std::string> StratumLabels(const GroupedTrials& grouped) {
  std::vector<std::string> labels;
  for (const Stratum& stratum : grouped.strata) labels.push_back(stratum.label);
  return labels;
}

std::vector<RecordedTrial> TwoLosses() {
  return {SucceededTrial("1/0", 0, {{"model.loss", "vagram"}}, RiseTo(10)),
          SucceededTrial("1/1", 1, {{"model.loss", "vagram"}}, RiseTo(20)),
          SucceededTrial("1/2", 0, {{"model.loss", "mle"}}, RiseTo(30)),
          SucceededTrial("1/3", 1, {{"model.loss", "mle"}}, RiseTo(40))};
}

TEST(Grouping, TakesTheSweptKeysInTheOrderOfTheTrials) {
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(TwoLosses(), {}));
  EXPECT_THAT(grouped.keys, ElementsAre("model.loss"));
  EXPECT_THAT(Labels(grouped), ElementsAre("vagram", "mle"));
  ASSERT_THAT(grouped.strata, SizeIs(1));
  EXPECT_EQ(grouped.strata[0].label, "Pendulum-v1");
  EXPECT_THAT(grouped.strata[0].runs, ElementsAre(SizeIs(2), SizeIs(2)));
  EXPECT_EQ(grouped.strata[0].range.first, 1000);
  EXPECT_EQ(grouped.strata[0].range.last, 3000);
  EXPECT_THAT(grouped.left_out, IsEmpty());
  EXPECT_THAT(grouped.warnings, IsEmpty());
}

TEST(Grouping, MakesAStratumOfEachTaskAndOfKeysThatAreNotGroupedBy) {
  std::vector<RecordedTrial> trials;
  for (const char* task : {"Hopper-v4", "Ant-v4"}) {
    for (const char* dims : {"5", "10"}) {
      for (const char* loss : {"vagram", "mle"}) {
        trials.push_back(SucceededTrial(
            "1/" + std::to_string(trials.size()), 0,
            {{"env.id", task}, {"env.distractors.dims", dims}, {"model.loss", loss}}, RiseTo(1)));
      }
    }
  }
  ASSERT_OK_AND_ASSIGN(const GroupedTrials all, GroupTrials(trials, {}));
  EXPECT_THAT(Labels(all), ElementsAre("dims=5, loss=vagram", "dims=5, loss=mle",
                                       "dims=10, loss=vagram", "dims=10, loss=mle"));
  EXPECT_THAT(StratumLabels(all), ElementsAre("Hopper-v4", "Ant-v4"));
  GroupingOptions options;
  options.by = {"model.loss"};
  ASSERT_OK_AND_ASSIGN(const GroupedTrials by_loss, GroupTrials(trials, options));
  EXPECT_THAT(Labels(by_loss), ElementsAre("vagram", "mle"));
  EXPECT_THAT(StratumLabels(by_loss),
              ElementsAre("Hopper-v4, env.distractors.dims=5", "Hopper-v4, env.distractors.dims=10",
                          "Ant-v4, env.distractors.dims=5", "Ant-v4, env.distractors.dims=10"));
  EXPECT_THAT(by_loss.warnings, IsEmpty()) << "strata keep configurations apart";
}

TEST(Grouping, TakesWhatIsZippedWithTheTaskAsTheTasks) {
  std::vector<RecordedTrial> trials;
  for (const char* task : {"Pendulum-v1", "CartPoleContinuous"}) {
    const std::string entropy = task[0] == 'P' ? "-1" : "-0.05";
    for (const char* loss : {"vagram", "mle"}) {
      trials.push_back(SucceededTrial(
          "1/" + std::to_string(trials.size()), 0,
          {{"env.id", task}, {"sac.target_entropy", entropy}, {"model.loss", loss}}, RiseTo(1)));
    }
  }
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  EXPECT_THAT(Labels(grouped), ElementsAre("vagram", "mle"));
  EXPECT_THAT(StratumLabels(grouped), ElementsAre("Pendulum-v1", "CartPoleContinuous"));
  EXPECT_THAT(grouped.warnings, IsEmpty());

  trials.push_back(SucceededTrial(
      "1/4", 0, {{"env.id", "Pendulum-v1"}, {"sac.target_entropy", "-2"}, {"model.loss", "mle"}},
      RiseTo(1)));
  ASSERT_OK_AND_ASSIGN(const GroupedTrials apart, GroupTrials(trials, {}));
  EXPECT_THAT(Labels(apart),
              ElementsAre("loss=vagram, target_entropy=-1", "loss=mle, target_entropy=-1",
                          "loss=vagram, target_entropy=-0.05", "loss=mle, target_entropy=-0.05",
                          "loss=mle, target_entropy=-2"));
}

TEST(Grouping, LabelsAGroupWithTheKeysOfItsItemInAList) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials.push_back(SucceededTrial(
      "1/4", 0, {{"model.loss", "itervaml"}, {"model.itervaml_mse_weight", "0"}}, RiseTo(1)));
  trials.push_back(SucceededTrial("1/5", 0, {{"algorithm", "sac"}}, RiseTo(1)));
  for (RecordedTrial& recorded : trials) {
    v1::TrialConfig& config = *recorded.trial.mutable_config();
    if (config.algorithm().empty()) config.set_algorithm("mbpo");
    if (config.model().loss().empty()) config.mutable_model()->set_loss("vagram");
    if (config.model().loss() != "itervaml") config.mutable_model()->set_itervaml_mse_weight(0.01);
  }
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  EXPECT_THAT(Labels(grouped),
              ElementsAre("loss=vagram", "loss=mle", "itervaml_mse_weight=0, loss=itervaml",
                          "algorithm=sac"));
  EXPECT_THAT(grouped.groups[0].values, ElementsAre("mbpo", "0.01", "vagram"));
  EXPECT_THAT(grouped.groups[3].values, ElementsAre("sac", "-", "-")) << "it has no model";

  // The same label of two groups.
  trials.push_back(SucceededTrial("2/0", 1, {{"model.loss", "vagram"}}, RiseTo(1)));
  trials.back().trial.mutable_config()->set_algorithm("mbpo");
  trials.back().trial.mutable_config()->mutable_model()->set_itervaml_mse_weight(0.5);
  ASSERT_OK_AND_ASSIGN(const GroupedTrials both, GroupTrials(trials, {}));
  EXPECT_THAT(Labels(both), ElementsAre("algorithm=mbpo, itervaml_mse_weight=0.01, loss=vagram",
                                        "algorithm=mbpo, itervaml_mse_weight=0.01, loss=mle",
                                        "algorithm=mbpo, itervaml_mse_weight=0, loss=itervaml",
                                        "algorithm=sac, itervaml_mse_weight=-, loss=-",
                                        "algorithm=mbpo, itervaml_mse_weight=0.5, loss=vagram"));
}

TEST(Grouping, CountsARunWithoutAModelOnceWhateverItsLoss) {
  std::vector<RecordedTrial> trials = TwoLosses();
  for (const char* loss : {"vagram", "mle"}) {
    trials.push_back(SucceededTrial("1/" + std::to_string(trials.size()), 0,
                                    {{"algorithm", "sac"}, {"model.loss", loss}}, RiseTo(1)));
  }
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  EXPECT_THAT(grouped.groups, SizeIs(3));
  ASSERT_THAT(grouped.left_out, SizeIs(1));
  EXPECT_EQ(grouped.left_out[0].why, "repeats 1/4, seed and all");
}

TEST(Grouping, KnowsEqualSettingsHoweverTheyAreWritten) {
  std::vector<RecordedTrial> trials = {
      SucceededTrial("1/0", 0, {{"model.learning_rate", "1.0e-3"}, {"env.id", "Hopper"}},
                     RiseTo(1)),
      SucceededTrial("1/1", 0, {{"model.learning_rate", "1.0e-4"}, {"env.id", "Hopper"}},
                     RiseTo(2)),
      SucceededTrial("2/0", 1, {}, RiseTo(3)), SucceededTrial("2/1", 0, {}, RiseTo(4))};
  for (RecordedTrial& recorded : trials) {
    v1::TrialConfig& config = *recorded.trial.mutable_config();
    config.mutable_model()->set_learning_rate(0.001);
    config.mutable_env()->set_id("Hopper-v4");
  }
  trials[1].trial.mutable_config()->mutable_model()->set_learning_rate(0.0001);
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  EXPECT_THAT(Labels(grouped), ElementsAre("0.001", "0.0001"));
  EXPECT_THAT(StratumLabels(grouped), ElementsAre("Hopper-v4"));
  EXPECT_THAT(grouped.strata[0].runs, ElementsAre(SizeIs(2), SizeIs(1)));
  ASSERT_THAT(grouped.left_out, SizeIs(1));
  EXPECT_EQ(grouped.left_out[0].why, "repeats 1/0, seed and all");
}

TEST(Grouping, TakesTheKeysWithinASweptGroupThatDiffer) {
  std::vector<RecordedTrial> trials;
  for (const int length : {1, 5}) {
    trials.push_back(SucceededTrial("1/" + std::to_string(trials.size()), 0,
                                    {{"imagine.length", std::to_string(length)}}, RiseTo(1)));
    v1::LinearSchedule& schedule =
        *trials.back().trial.mutable_config()->mutable_imagine()->mutable_length();
    schedule.set_from(length);
    schedule.set_to(length);
    schedule.set_last_epoch(7);
  }
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  EXPECT_THAT(grouped.keys, ElementsAre("imagine.length.from", "imagine.length.to"));
  EXPECT_THAT(Labels(grouped), ElementsAre("from=1, to=1", "from=5, to=5"));
  GroupingOptions options;
  options.by = {"imagine.length"};
  ASSERT_OK_AND_ASSIGN(const GroupedTrials by, GroupTrials(trials, options));
  EXPECT_EQ(by.keys, grouped.keys);
}

TEST(Grouping, NeverPoolsPluginsAndSuspectsFilesThatMayHaveChanged) {
  std::vector<RecordedTrial> trials;
  for (const char* plugin : {"/a.so", "/b.so"}) {
    trials.push_back(SucceededTrial("1/" + std::to_string(trials.size()), 0,
                                    {{"env.plugin", plugin}, {"model.loss", "mle"}}, RiseTo(1)));
    trials.back().trial.mutable_config()->mutable_env()->set_id("");
    trials.back().trial.mutable_config()->mutable_env()->set_plugin(plugin);
  }
  ASSERT_OK_AND_ASSIGN(const GroupedTrials plugins, GroupTrials(trials, {}));
  EXPECT_THAT(StratumLabels(plugins), ElementsAre("/a.so", "/b.so"));
  EXPECT_THAT(plugins.warnings, IsEmpty());

  trials.push_back(trials[0]);
  trials.back().trial.set_id("2/0");
  trials.back().experiment = "2";
  ASSERT_OK_AND_ASSIGN(const GroupedTrials again, GroupTrials(trials, {}));
  EXPECT_THAT(again.left_out, IsEmpty()) << "no repeat: the library may be another by now";
  EXPECT_THAT(
      again.warnings,
      ElementsAre(HasSubstr("also differ in (maybe) the files of /a.so, so they are kept")));
  EXPECT_THAT(again.groups, SizeIs(2));
}

TEST(Grouping, TakesTheRepeatThatCameTheFurthest) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials.push_back(trials[0]);
  trials[0].trial.set_state(v1::CANCELLED);
  trials[0].rows.resize(1);
  trials.back().trial.set_id("2/0");
  GroupingOptions options;
  options.unfinished = true;
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, options));
  ASSERT_THAT(grouped.left_out, SizeIs(1));
  EXPECT_EQ(grouped.left_out[0].trial, "1/0");
  EXPECT_EQ(grouped.left_out[0].why, "repeats 2/0, seed and all");
  EXPECT_EQ(grouped.strata[0].range.last, 3000);
}

TEST(Grouping, MakesOneGroupOfAnExperimentWithoutASweep) {
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped,
                       GroupTrials({SucceededTrial("1/0", 0, {}, RiseTo(1))}, {}));
  EXPECT_THAT(Labels(grouped), ElementsAre("all trials"));
}

TEST(Grouping, NamesEveryTrialThatDoesNotCount) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials[1].trial.set_state(v1::FAILED);
  trials[1].trial.set_reason("learner.0 exited with 1");
  trials[2].trial.set_state(v1::RUNNING);
  trials[2].trial.mutable_progress()->set_step(1500);
  trials.push_back(SucceededTrial("1/4", 2, {{"model.loss", "mle"}}, {{1000, kNan}, {2000, kNan}}));
  trials.push_back(SucceededTrial("1/5", 3, {{"model.loss", "mle"}}, {}));
  trials.back().trial.set_state(v1::FAILED);
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  std::vector<std::string> left_out;
  for (const LeftOut& trial : grouped.left_out) left_out.push_back(trial.trial + " " + trial.why);
  EXPECT_THAT(left_out,
              ElementsAre("1/1 failed: learner.0 exited with 1", "1/2 running at step 1500",
                          "1/4 has no value of evaluate/return_mean yet", "1/5 failed"));
  GroupingOptions options;
  options.unfinished = true;
  ASSERT_OK_AND_ASSIGN(const GroupedTrials unfinished, GroupTrials(trials, options));
  ASSERT_THAT(unfinished.left_out, SizeIs(2));
  EXPECT_FALSE(unfinished.left_out[0].failed);
  EXPECT_EQ(unfinished.left_out[1].why, "does not report evaluate/return_mean");
  EXPECT_TRUE(unfinished.left_out[1].failed);
}

TEST(Grouping, LooksUpToTheShortestRunOrWhereItIsTold) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials[0].rows.pop_back();
  ASSERT_OK_AND_ASSIGN(const GroupedTrials shortest, GroupTrials(trials, {}));
  EXPECT_EQ(shortest.strata[0].range.last, 2000);
  GroupingOptions options;
  options.at = 2500;
  ASSERT_OK_AND_ASSIGN(const GroupedTrials at, GroupTrials(trials, options));
  EXPECT_EQ(at.strata[0].range.last, 2500);
  ASSERT_THAT(at.left_out, SizeIs(1));
  EXPECT_EQ(at.left_out[0].why, "has values from step 1000 to 2000 only");
}

TEST(Grouping, CountsEqualConfigurationsWithEqualSeedsOnce) {
  std::vector<RecordedTrial> trials = TwoLosses();
  for (const RecordedTrial& again : TwoLosses()) {
    trials.push_back(again);
    trials.back().experiment = "2";
    trials.back().trial.set_id("2" + again.trial.id().substr(1));
  }
  trials.back().trial.set_seed(7);
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  EXPECT_THAT(grouped.left_out, SizeIs(3));
  EXPECT_EQ(grouped.left_out[0].why, "repeats 1/0, seed and all");
  EXPECT_THAT(grouped.strata[0].runs, ElementsAre(SizeIs(2), SizeIs(3)));
}

TEST(Grouping, KeepsExperimentsOfDifferentConfigurationsApart) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials.push_back(SucceededTrial("2/0", 0, {{"model.loss", "vagram"}}, RiseTo(5)));
  trials.back().trial.mutable_config()->set_num_steps(9000);
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, {}));
  EXPECT_THAT(grouped.keys, ElementsAre("model.loss", kExperimentKey));
  EXPECT_THAT(Labels(grouped),
              ElementsAre("loss=vagram, experiment=1 demo", "loss=mle, experiment=1 demo",
                          "loss=vagram, experiment=2 demo"));
  EXPECT_THAT(grouped.warnings, ElementsAre(HasSubstr("differ in num_steps")));
  GroupingOptions options;
  options.by = {"model.loss"};
  ASSERT_OK_AND_ASSIGN(const GroupedTrials pooled, GroupTrials(trials, options));
  EXPECT_THAT(pooled.warnings, ElementsAre("the seeds of vagram are not of one configuration: "
                                           "they differ in num_steps"));
}

TEST(Grouping, GroupsByAKeyThatOnlyTheConfigurationsHave) {
  std::vector<RecordedTrial> trials = {SucceededTrial("1/0", 0, {}, RiseTo(1)),
                                       SucceededTrial("2/0", 0, {}, RiseTo(2))};
  trials[0].trial.mutable_config()->mutable_model()->set_loss("vagram");
  trials[1].trial.mutable_config()->mutable_model()->set_loss("mle");
  GroupingOptions options;
  options.by = {"model.loss"};
  ASSERT_OK_AND_ASSIGN(const GroupedTrials grouped, GroupTrials(trials, options));
  EXPECT_THAT(Labels(grouped), ElementsAre("vagram", "mle"));
}

TEST(Grouping, NamesTheNearestKeyAndMetric) {
  GroupingOptions options;
  options.by = {"model.los"};
  EXPECT_THAT(GroupTrials(TwoLosses(), options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("no key 'model.los'"), HasSubstr("mean 'model.loss'?"),
                             HasSubstr("swept are: model.loss"))));
  options = {};
  options.metric = "evaluate/return";
  EXPECT_THAT(GroupTrials(TwoLosses(), options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("no trial reports 'evaluate/return'"),
                             HasSubstr("did you mean 'evaluate/return_mean'?"))));
}

TEST(Grouping, SaysWhyNothingCounts) {
  EXPECT_THAT(GroupTrials({}, {}), StatusIs(absl::StatusCode::kFailedPrecondition,
                                            HasSubstr("no trial has reported metrics yet")));
  std::vector<RecordedTrial> trials = TwoLosses();
  for (RecordedTrial& trial : trials) trial.trial.set_state(v1::CANCELLED);
  EXPECT_THAT(GroupTrials(trials, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("no trial counts: 1/0 cancelled; 1/1 cancelled"),
                             HasSubstr("--unfinished"))));
  GroupingOptions options;
  options.at = 5000;
  EXPECT_THAT(GroupTrials(TwoLosses(), options),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("to 3000 only")));
  EXPECT_THAT(GroupTrials({SucceededTrial("1/0", 0, {}, {{1, 1}, {2, 1}}),
                           SucceededTrial("1/1", 1, {}, {{3, 1}, {4, 1}})},
                          {}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no step in common")));
}

TEST(Grouping, SaysOnceWhyTrialsAreLeftOut) {
  GroupedTrials grouped;
  EXPECT_THAT(LeftOutSentences(grouped), IsEmpty());
  for (int i = 0; i < 8; ++i) grouped.left_out.push_back({"1/" + std::to_string(i), "is queued"});
  grouped.left_out.push_back({"1/8", "is failed"});
  grouped.left_out.push_back({"1/9", "is paused"});
  grouped.left_out.push_back({"2/0", "is paused"});
  EXPECT_THAT(LeftOutSentences(grouped),
              ElementsAre("1/0 is queued; so with 1/1, 1/2, 1/3, 1/4, 1/5 and 2 more",
                          "1/8 is failed", "1/9 is paused; so with 2/0"));
}

}  // namespace
}  // namespace vagram::analysis

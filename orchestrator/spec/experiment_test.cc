#include "orchestrator/spec/experiment.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::vector<std::string> Labels(const ResolvedExperiment& experiment) {
  std::vector<std::string> labels;
  for (const ResolvedTrial& trial : experiment.trials) labels.push_back(trial.label);
  return labels;
}

absl::StatusOr<ResolvedExperiment> Resolve(absl::string_view yaml,
                                           const std::vector<std::string>& overrides = {}) {
  return ResolveExperiment(yaml, "x.yaml", overrides);
}

// The one trial of a `base`.
v1::TrialConfig Config(absl::string_view yaml, const std::vector<std::string>& overrides = {}) {
  absl::StatusOr<ResolvedExperiment> experiment = Resolve(yaml, overrides);
  EXPECT_OK(experiment);
  if (!experiment.ok() || experiment->trials.size() != 1) {
    ADD_FAILURE() << "expected one trial";
    return {};
  }
  return experiment->trials[0].config;
}

TEST(Experiment, TakesNameFromFileAndOneSeedWhenNotTold) {
  ASSERT_OK_AND_ASSIGN(
      const ResolvedExperiment experiment,
      ResolveExperiment("base: {env: {id: Pendulum-v1}}", "some/where/my-task.yaml", {}));
  EXPECT_EQ(experiment.name, "my-task");
  EXPECT_EQ(experiment.restarts, 3);
  EXPECT_EQ(experiment.priority, 0);
  EXPECT_FALSE(experiment.fail_fast);
  EXPECT_THAT(Labels(experiment), ElementsAre("seed=0"));
  EXPECT_THAT(experiment.trials[0].overrides, IsEmpty());
}

TEST(Experiment, LaysPresetBaseSweepAndOverridesOverTheDefaults) {
  const char* yaml =
      "preset: mbpo/hopper\n"
      "base: {model: {members: 9, elites: 2}}\n"
      "sweep: {grid: {model.elites: [3]}}\n";
  const v1::TrialConfig config = Config(yaml, {"model.patience=4"});
  EXPECT_EQ(config.sac().batch_size(), 256);  // defaults
  EXPECT_EQ(config.env().id(), "Hopper-v4");  // preset
  EXPECT_EQ(config.model().members(), 9);     // base over preset
  EXPECT_EQ(config.model().elites(), 3);      // sweep over base
  EXPECT_EQ(config.model().patience(), 4);    // override over preset
  EXPECT_EQ(config.imagine().length().to(), 15);
}

TEST(Experiment, ReadsDottedAndNestedKeysAlike) {
  const v1::TrialConfig nested = Config(
      "base: {env: {id: Pendulum-v1}, imagine: {length: {to: 5, last_epoch: 9}}}\n"
      "resources: {threads: {actor: 2}, slots: 2}");
  const v1::TrialConfig dotted = Config(
      "base.env.id: Pendulum-v1\n"
      "base: {imagine.length: {to: 5}, imagine.length.last_epoch: 9}\n"
      "resources.threads.actor: 2\n"
      "resources: {slots: 2}");
  EXPECT_THAT(dotted, EqualsProto(nested));
  EXPECT_EQ(nested.imagine().length().to(), 5);
  EXPECT_EQ(nested.resources().threads().actor(), 2);
}

TEST(Experiment, VariesTheLastSweptKeyFasterAndSeedsInnermost) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment, Resolve(R"(
base: {env: {id: Pendulum-v1}}
sweep:
  grid: {model.loss: [vagram, mle], model: {members: [6, 5]}}
seeds: [4, 1]
)"));
  EXPECT_THAT(
      Labels(experiment),
      ElementsAre(
          "model.loss=vagram model.members=6 seed=4", "model.loss=vagram model.members=6 seed=1",
          "model.loss=vagram model.members=5 seed=4", "model.loss=vagram model.members=5 seed=1",
          "model.loss=mle model.members=6 seed=4", "model.loss=mle model.members=6 seed=1",
          "model.loss=mle model.members=5 seed=4", "model.loss=mle model.members=5 seed=1"));
  EXPECT_THAT(experiment.trials[3].overrides,
              UnorderedElementsAre(Pair("model.loss", "vagram"), Pair("model.members", "5")));
  EXPECT_EQ(experiment.trials[3].config.model().members(), 5);
  EXPECT_EQ(experiment.trials[3].config.seed(), 1);
}

TEST(Experiment, ReadsZipInParallelAndListAsItStands) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment, Resolve(R"(
base: {env: {id: Pendulum-v1}}
sweep:
  zip: {model.members: [6, 5], model.elites: [3, 2]}
  list:
    - {model.loss: mse}
    - {model: {loss: mle}, sac.hidden_sizes: [32, 16]}
    - imagine.length: 2
)"));
  EXPECT_THAT(Labels(experiment),
              ElementsAre("model.members=6 model.elites=3 model.loss=mse seed=0",
                          "model.members=6 model.elites=3 model.loss=mle "
                          "sac.hidden_sizes=[32,16] seed=0",
                          "model.members=6 model.elites=3 imagine.length=2 seed=0",
                          "model.members=5 model.elites=2 model.loss=mse seed=0",
                          "model.members=5 model.elites=2 model.loss=mle "
                          "sac.hidden_sizes=[32,16] seed=0",
                          "model.members=5 model.elites=2 imagine.length=2 seed=0"));
  EXPECT_THAT(experiment.trials[1].config.sac().hidden_sizes(), ElementsAre(32, 16));
  EXPECT_EQ(experiment.trials[5].config.imagine().length().from(), 2);
  EXPECT_EQ(experiment.trials[5].config.imagine().length().to(), 2);
}

TEST(Experiment, ReadsFormsInsideOfLists) {
  const char* yaml = R"(
base: {env: {id: Pendulum-v1}}
sweep:
  list:
    - grid: {model.loss: [vagram, mle], model.members: [6, 5]}
    - {algorithm: sac}
    - model.loss: mse
      list:
        - zip: {sac.batch_size: [8, 16], model.batch_size: [16, 8]}
        - {sac: {critics: 3}}
)";
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment, Resolve(yaml));
  EXPECT_THAT(Labels(experiment),
              ElementsAre("model.loss=vagram model.members=6 seed=0",
                          "model.loss=vagram model.members=5 seed=0",
                          "model.loss=mle model.members=6 seed=0",
                          "model.loss=mle model.members=5 seed=0", "algorithm=sac seed=0",
                          "model.loss=mse sac.batch_size=8 model.batch_size=16 seed=0",
                          "model.loss=mse sac.batch_size=16 model.batch_size=8 seed=0",
                          "model.loss=mse sac.critics=3 seed=0"));
  EXPECT_EQ(experiment.trials[6].config.model().batch_size(), 8);
  // What the command line decides is no part of the sweep, however deep it stands.
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment overridden,
                       Resolve(yaml, {"model.members=7", "sac.batch_size=32", "sac.critics=2"}));
  EXPECT_THAT(Labels(overridden),
              ElementsAre("model.loss=vagram seed=0", "model.loss=mle seed=0",
                          "algorithm=sac seed=0", "model.loss=mse model.batch_size=16 seed=0",
                          "model.loss=mse model.batch_size=8 seed=0", "model.loss=mse seed=0"));
}

TEST(Experiment, RunsWithTuningSeedsOnlyWhereAskedTo) {
  const std::string yaml = "base: {env: {id: Pendulum-v1}}\nseeds: 2\ntuning_seeds: [30, 20]\n";
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment reported, Resolve(yaml));
  EXPECT_THAT(Labels(reported), ElementsAre("seed=0", "seed=1"));
  EXPECT_FALSE(reported.tuning);
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment tuning,
                       ResolveExperiment(yaml, "x.yaml", {}, {}, /*tuning=*/true));
  EXPECT_THAT(Labels(tuning), ElementsAre("seed=30", "seed=20"));
  EXPECT_TRUE(tuning.tuning);
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment counted,
                       ResolveExperiment(yaml, "x.yaml", {"tuning_seeds=2"}, {}, /*tuning=*/true));
  EXPECT_THAT(Labels(counted), ElementsAre("seed=1000000", "seed=1000001"));
}

TEST(Experiment, RefusesToTuneWithoutTuningSeeds) {
  EXPECT_THAT(ResolveExperiment("base: {env: {id: Pendulum-v1}}", "x.yaml", {}, {}, true),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::HasSubstr("tuning_seeds: is missing, which --tuning asks for")));
}

TEST(Experiment, ReadsEarlyStopping) {
  const std::string yaml =
      "base: {env: {id: Pendulum-v1}}\nseeds: 4\ntuning_seeds: 3\n"
      "early_stopping: {method: asha, first_rung: 5000, reduction: 4, metric: model/holdout_mse}\n";
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment, Resolve(yaml));
  ASSERT_TRUE(experiment.early_stopping.has_value());
  EXPECT_EQ(experiment.early_stopping->first_rung, 5000);
  EXPECT_EQ(experiment.early_stopping->reduction, 4);
  EXPECT_EQ(experiment.early_stopping->metric, "model/holdout_mse");
  EXPECT_EQ(experiment.early_stopping->seeds, 4);
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment tuning,
                       ResolveExperiment(yaml, "x.yaml", {}, {}, /*tuning=*/true));
  EXPECT_EQ(tuning.early_stopping->seeds, 3);
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment defaults,
                       Resolve(yaml, {"early_stopping={first_rung: 100}"}));
  EXPECT_EQ(defaults.early_stopping->metric, "evaluate/return_mean");
  EXPECT_EQ(defaults.early_stopping->reduction, 3);
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment none, Resolve(yaml, {"early_stopping=null"}));
  EXPECT_FALSE(none.early_stopping.has_value());
}

// How many numbers it observes is known where it runs.
TEST(Experiment, TakesAnyGradientWeightOfATaskOfTheUsersForEarlyStopping) {
  for (const char* metric : {"gradient_weight_31", "gradient_weight_top1", "model_error_h5"}) {
    EXPECT_OK(
        Resolve(absl::StrCat("base: {env: {plugin: /lib/mine.so}}\n"
                             "early_stopping: {first_rung: 6000, metric: diagnose/",
                             metric, "}\n")))
        << metric;
  }
}

TEST(Experiment, HoldsTenThousandTrials) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment, Resolve(R"(
base: {env: {id: Pendulum-v1}}
sweep:
  grid:
    sac.batch_size: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    model.batch_size: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    model.patience: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    evaluate.episodes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
)"));
  ASSERT_EQ(experiment.trials.size(), 10000);
  EXPECT_EQ(experiment.trials[1234].label,
            "sac.batch_size=2 model.batch_size=3 model.patience=4 evaluate.episodes=5 seed=0");
}

TEST(Experiment, CountsSeedsFromZero) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       Resolve("base: {env: {id: Pendulum-v1}}\nseeds: 3"));
  EXPECT_THAT(Labels(experiment), ElementsAre("seed=0", "seed=1", "seed=2"));
}

TEST(Experiment, TakesOverriddenKeysOutOfTheSweep) {
  const char* yaml =
      "base: {env: {id: Pendulum-v1}}\n"
      "sweep: {grid: {model.loss: [vagram, mle], model.members: [6, 5]}}\n";
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment, Resolve(yaml, {"model.loss=mse"}));
  EXPECT_THAT(Labels(experiment), ElementsAre("model.members=6 seed=0", "model.members=5 seed=0"));
  EXPECT_EQ(experiment.trials[0].config.model().loss(), "mse");
}

TEST(Experiment, OverridesTheFilesOwnKeysToo) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       Resolve("seeds: 4\nrestarts: 9",
                               {"preset=pendulum", "seeds=[7]", "name=other", "restarts=0"}));
  EXPECT_EQ(experiment.name, "other");
  EXPECT_EQ(experiment.restarts, 0);
  EXPECT_THAT(Labels(experiment), ElementsAre("seed=7"));
  EXPECT_EQ(experiment.trials[0].config.env().id(), "Pendulum-v1");
}

TEST(Experiment, ReadsPriorityAndWhatAFailureMeans) {
  const char* yaml = "preset: pendulum\npriority: -100\non_failure: fail-fast\n";
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment low, Resolve(yaml));
  EXPECT_EQ(low.priority, -100);
  EXPECT_TRUE(low.fail_fast);
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment set,
                       Resolve(yaml, {"priority=100", "on_failure=keep-going"}));
  EXPECT_EQ(set.priority, 100);
  EXPECT_FALSE(set.fail_fast);
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment empty, Resolve(yaml, {"priority=", "on_failure="}));
  EXPECT_EQ(empty.priority, 0);
  EXPECT_FALSE(empty.fail_fast);
}

TEST(Experiment, KeepsPriorityOutOfTheConfigurationOfItsTrials) {
  EXPECT_THAT(Config("preset: pendulum\npriority: 7\non_failure: fail-fast\n"),
              EqualsProto(Config("preset: pendulum")));
}

TEST(Experiment, LetsTheLastOverrideOfAKeyWin) {
  EXPECT_EQ(Config("preset: pendulum", {"num_steps=900", "num_steps=800"}).num_steps(), 800);
}

TEST(Experiment, CompletesTaskNamesWithTheirVersion) {
  EXPECT_EQ(Config("base: {env: {id: Hopper}}").env().id(), "Hopper-v4");
}

TEST(Experiment, UnsetsOptionalFieldsWithNull) {
  const char* yaml = "preset: mbpo/hopper\nbase: {sac: {target_entropy: null}}";
  EXPECT_FALSE(Config(yaml).sac().has_target_entropy());
  EXPECT_TRUE(Config("preset: mbpo/hopper").sac().has_target_entropy());
  EXPECT_FALSE(Config("preset: mbpo/hopper", {"sac.target_entropy="}).sac().has_target_entropy());
}

TEST(Experiment, ExpandsAliases) {
  const v1::TrialConfig config = Config(
      "base: {env: {id: Pendulum-v1}, sac: {hidden_sizes: &sizes [16, 8]},\n"
      "       model: {hidden_sizes: *sizes}}");
  EXPECT_THAT(config.model().hidden_sizes(), ElementsAre(16, 8));
}

absl::StatusOr<v1::UserTask> ReadAnything(const std::string& path) {
  v1::UserTask task;
  task.set_path(path);
  task.add_files()->set_path("task.yaml");
  return task;
}

absl::StatusOr<ResolvedExperiment> ResolveIn(absl::string_view yaml,
                                             const SpecSurroundings& surroundings,
                                             const std::vector<std::string>& overrides = {}) {
  return ResolveExperiment(yaml, "x.yaml", overrides, surroundings);
}

TEST(UserTask, ReplacesTheTaskOfAPreset) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveIn("preset: mbpo/hopper\nbase: {env: {task: a/b.yaml}}\nseeds: 2\n",
                                 {"/somewhere", ReadAnything}));
  ASSERT_EQ(experiment.trials.size(), 2u);
  EXPECT_EQ(experiment.trials[0].config.env().id(), "");
  EXPECT_EQ(experiment.trials[0].config.env().task(), "a/b.yaml");
  ASSERT_EQ(experiment.tasks.size(), 1u) << "read once";
  EXPECT_EQ(experiment.tasks[0].path(), "a/b.yaml");
}

TEST(UserTask, GivesWayToALaterLayersBuiltInOne) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveIn("base: {env: {task: b.yaml}}\n", {"/somewhere", ReadAnything},
                                 {"env.id=Pendulum"}));
  EXPECT_EQ(experiment.trials[0].config.env().id(), "Pendulum-v1");
  EXPECT_EQ(experiment.trials[0].config.env().task(), "");
}

TEST(UserTask, CanBeSwept) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveIn("sweep: {grid: {env.task: [a.yaml, b.yaml], "
                                 "model.members: [5, 7]}}\nseeds: 3\n",
                                 {"/somewhere", ReadAnything}));
  EXPECT_EQ(experiment.trials.size(), 12u);
  EXPECT_EQ(experiment.tasks.size(), 2u);
}

TEST(UserTask, ReadsAsItsResolvedConfigurationSays) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveIn("base: {env: {task: a b.yaml, distractors: {dims: 5}}}\n",
                                 {"/somewhere", ReadAnything}));
  const v1::TrialConfig& config = experiment.trials[0].config;
  const std::string yaml = TrialConfigToYaml(config);
  std::string base = "base:\n";
  for (absl::string_view line : absl::StrSplit(absl::StripSuffix(yaml, "\n"), '\n')) {
    if (!absl::StartsWith(line, "seed:")) absl::StrAppend(&base, "  ", line, "\n");
  }
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment again,
                       ResolveIn(base, {"/somewhere", ReadAnything}));
  EXPECT_THAT(again.trials[0].config, EqualsProto(config));
}

TEST(Plugin, IsFoundFromTheExperimentFile) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveIn("preset: mbpo/hopper\nbase: {env: {plugin: lib/mine.so}}\n",
                                 {"/somewhere", nullptr}));
  EXPECT_EQ(experiment.trials[0].config.env().plugin(), "/somewhere/lib/mine.so");
  EXPECT_EQ(experiment.trials[0].config.env().id(), "") << "the preset's task is not in it";
}

TEST(Plugin, KeepsTheIdOfOneOfItsTasks) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveIn("base: {env: {plugin: /lib/mine.so, id: lander}}\n", {}));
  EXPECT_EQ(experiment.trials[0].config.env().plugin(), "/lib/mine.so");
  EXPECT_EQ(experiment.trials[0].config.env().id(), "lander");
}

}  // namespace
}  // namespace vagram

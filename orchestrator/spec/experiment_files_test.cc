// What ships with the program is right: the defaults, the presets and the example experiments.
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/dynamics/loss_catalog.h"
#include "core/env/task.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/experiment.h"
#include "orchestrator/spec/schema.h"
#include "orchestrator/spec/settings.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The paths of the example experiments and of the paper's, below the root of the project.
std::vector<std::string> ExperimentFiles() {
  std::vector<std::string> paths;
  for (const char* folder : {"experiments", "experiments/paper"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
    }
  }
  return paths;
}

// The comment that a file begins with, as one line.
std::string Header(absl::string_view text) {
  std::string header;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "#")) break;
    absl::StrAppend(&header, line);
  }
  return header;
}

std::string ReadText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// GiB that a trial's processes hold together at its end, while the model is trained.
double MemoryNeeded(const v1::TrialConfig& config) {
  constexpr double kProcesses = 0.6 * (1 << 30);  // three of a small task, replay left out
  const Task& task = **FindTask(config.env().id());
  const double obs_dim = task.obs_dim + config.env().distractors().dims();
  const double row = 4 * (2 * obs_dim + task.act_dim + 1) + 2;  // of a TransitionBatch
  const double rows =
      std::min<double>(config.num_steps(), static_cast<double>(config.sac().replay_capacity()));
  double bytes = kProcesses + rows * row;
  if (config.algorithm() == "mbpo") {
    // ModelReplayCapacity of learner/trial_loop.cc.
    const v1::ImagineConfig& imagine = config.imagine();
    const double length =
        std::floor(std::max({1.0, imagine.length().from(), imagine.length().to()}));
    bytes += row * length * imagine.rollouts_per_step() * config.model().train_every() *
             imagine.retain_trainings();
    // The model server: a mirror of the replay and the training set made of it; beside these first
    // a copy of the mirror and raw value gradients, then these gradients raw and clipped.
    const int stacks = config.model().value_functions() == "all" ? 2 : 1;  // critics and targets
    const double gradients = (*FindLoss(config.model().loss()))->uses_value_gradients
                                 ? rows * 4 * obs_dim * stacks * config.sac().critics()
                                 : 0;
    bytes += 2 * rows * row + std::max(rows * row + gradients, 2 * gradients);
  }
  return bytes / (1 << 30);
}

// Expects that the written configuration, as the `base` of a file, resolves to itself.
void ExpectRoundTrip(const v1::TrialConfig& config) {
  const std::string yaml = TrialConfigToYaml(config);
  const std::string base =
      absl::StrCat("base:\n  ", absl::StrReplaceAll(yaml, {{"\n", "\n  "}}), "\n");
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment again, ResolveExperiment(base, "x.yaml", {}));
  ASSERT_EQ(again.trials.size(), 1);
  EXPECT_THAT(again.trials[0].config, EqualsProto(config));
  EXPECT_EQ(TrialConfigToYaml(again.trials[0].config), yaml);
}

TEST(Defaults, SetEveryFieldButTheTask) {
  Faults faults;
  Settings settings;
  const absl::optional<YamlNode> root = ParseYaml(DefaultsText(), "defaults", true, &faults);
  ASSERT_TRUE(root.has_value());
  AssignEntries("", *root, Layer::kDefaults, &settings, &faults);
  EXPECT_TRUE(faults.empty()) << faults.ToStatus("defaults");
  std::vector<std::string> missing;
  for (const std::string& key : AllKeys()) {
    if (!IsGroup(*FindField(key)) && settings.origins.count(key) == 0) missing.push_back(key);
  }
  EXPECT_THAT(missing, ::testing::ElementsAre("env.id"));
}

TEST(Presets, AreSummarizedAndComplete) {
  EXPECT_THAT(AllPresets(), Contains(Field(&PresetInfo::name, "mbpo/hopper")));
  for (const PresetInfo& preset : AllPresets()) {
    SCOPED_TRACE(preset.name);
    EXPECT_THAT(preset.summary, AllOf(Not(IsEmpty()), Not(HasSubstr("\n"))));
    ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                         ResolveExperiment(absl::StrCat("preset: ", preset.name), "x.yaml", {}));
    ExpectRoundTrip(experiment.trials[0].config);
  }
}

// "ours", too, is a source; the header then says what it was derived from, or why.
TEST(Presets, BeginWithTheSourceOfTheirFigures) {
  for (const PresetInfo& preset : AllPresets()) {
    const std::string header = Header(*PresetText(preset.name));
    EXPECT_THAT(header, ::testing::StartsWith(" Figures: ")) << preset.name;
    EXPECT_THAT(header, AnyOf(HasSubstr("arXiv"), HasSubstr("facebookresearch/mbrl-lib at "),
                              HasSubstr("pairlab/vagram at "), HasSubstr(" ours")))
        << preset.name;
  }
}

// The service starts as many trials as fit what they declare.
TEST(Presets, DeclareTheMemoryThatTheyTake) {
  for (const PresetInfo& preset : AllPresets()) {
    ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                         ResolveExperiment(absl::StrCat("preset: ", preset.name), "x.yaml", {}));
    const v1::TrialConfig& config = experiment.trials[0].config;
    EXPECT_LE(MemoryNeeded(config), config.resources().memory_gib()) << preset.name;
  }
}

TEST(Presets, CoverEveryTaskWithMbpoAndWithVagram) {
  std::set<std::string> mbpo, vagram, tasks;
  for (const PresetInfo& preset : AllPresets()) {
    ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                         ResolveExperiment(absl::StrCat("preset: ", preset.name), "x.yaml", {}));
    const v1::TrialConfig& config = experiment.trials[0].config;
    if (absl::StartsWith(preset.name, "mbpo/")) {
      mbpo.insert(config.env().id());
      EXPECT_EQ(config.model().loss(), "mle") << preset.name;
    } else if (absl::StartsWith(preset.name, "vagram/")) {
      vagram.insert(config.env().id());
      EXPECT_EQ(config.model().loss(), "vagram") << preset.name;
      EXPECT_TRUE(config.sac().feature_normalization()) << preset.name;
    }
  }
  for (const Task& task : AllTasks()) {
    if (task.id != "Ant-v4-contact") tasks.insert(task.id);  // nobody trains with MBPO on it
  }
  EXPECT_EQ(mbpo, tasks);
  EXPECT_EQ(vagram, tasks);
}

TEST(Presets, HoldNothingButSummaryAndBase) {
  for (const PresetInfo& preset : AllPresets()) {
    Faults faults;
    const absl::optional<YamlNode> root =
        ParseYaml(*PresetText(preset.name), preset.name, true, &faults);
    ASSERT_TRUE(root.has_value());
    std::vector<std::string> keys;
    for (const YamlNode::Entry& entry : root->entries) keys.push_back(entry.key);
    EXPECT_THAT(keys, ::testing::ElementsAre("summary", "base")) << preset.name;
  }
}

TEST(Experiments, ResolveAndSurviveTheRoundTrip) {
  const std::vector<std::string> paths = ExperimentFiles();
  ASSERT_THAT(paths, Contains("experiments/quickstart.yaml"));
  ASSERT_THAT(paths, Contains("experiments/paper/figure_5_ablations_small.yaml"));
  for (const std::string& path : paths) {
    SCOPED_TRACE(path);
    EXPECT_THAT(Header(ReadText(path)), Not(IsEmpty()));
    ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                         ResolveExperiment(ReadText(path), path, {}));
    for (const ResolvedTrial& trial : experiment.trials) ExpectRoundTrip(trial.config);
  }
}

TEST(Experiments, DeclareTheMemoryThatTheirTrialsTake) {
  for (const std::string& path : ExperimentFiles()) {
    ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                         ResolveExperiment(ReadText(path), path, {"seeds=1"}));
    for (const ResolvedTrial& trial : experiment.trials) {
      EXPECT_LE(MemoryNeeded(trial.config), trial.config.resources().memory_gib())
          << path << " " << trial.label;
    }
  }
}

TEST(Experiments, QuickstartComparesTwoLossesOnTwoSeeds) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveExperiment(ReadText("experiments/quickstart.yaml"), "q.yaml", {}));
  std::vector<std::string> labels;
  for (const ResolvedTrial& trial : experiment.trials) labels.push_back(trial.label);
  EXPECT_THAT(labels, ::testing::ElementsAre("model.loss=vagram seed=0", "model.loss=vagram seed=1",
                                             "model.loss=mle seed=0", "model.loss=mle seed=1"));
}

TEST(Experiments, TuningComparesEightArmsByTwoSeedsThatAreNotReported) {
  const std::string text = ReadText("experiments/tuning.yaml");
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment tuning,
                       ResolveExperiment(text, "t.yaml", {}, {}, /*tuning=*/true));
  EXPECT_EQ(tuning.trials.size(), 8 * 2);
  EXPECT_EQ(tuning.trials[0].config.seed(), 1000000);
  ASSERT_TRUE(tuning.early_stopping.has_value());
  EXPECT_THAT(RungSteps(*tuning.early_stopping, tuning.trials[0].config.num_steps()),
              ::testing::ElementsAre(800, 1600));
  // What its first comment says of the winner.
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment reported,
                       ResolveExperiment(text, "t.yaml",
                                         {"early_stopping=null", "model.loss=vagram",
                                          "model.learning_rate=1.0e-3"}));
  EXPECT_EQ(reported.trials.size(), 4);
  EXPECT_FALSE(reported.early_stopping.has_value());
}

TEST(Experiments, OfTheAblationsRunSixAlgorithmsOnTwoTasks) {
  const std::string text = ReadText("experiments/paper/figure_5_ablations_small.yaml");
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment, ResolveExperiment(text, "f.yaml", {}));
  std::set<std::string> cells;
  int model_free = 0;
  for (const ResolvedTrial& trial : experiment.trials) {
    cells.insert(absl::StrCat(trial.config.env().id(), trial.config.algorithm(),
                              trial.config.model().loss(),
                              trial.config.model().itervaml_mse_weight()));
    if (trial.config.algorithm() == "sac") ++model_free;
  }
  EXPECT_EQ(cells.size(), 2 * 6);
  EXPECT_EQ(model_free * 6, experiment.trials.size());
}

TEST(Experiments, OfTheAblationsRunOneLossAloneWhereAskedTo) {
  const std::string text = ReadText("experiments/paper/figure_5_ablations_small.yaml");
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveExperiment(text, "f.yaml", {"model.loss=vagram", "seeds=1"}));
  ASSERT_EQ(experiment.trials.size(), 2);  // tasks
  for (const ResolvedTrial& trial : experiment.trials) {
    EXPECT_EQ(trial.config.algorithm(), "mbpo");
    EXPECT_EQ(trial.config.model().loss(), "vagram");
  }
}

TEST(Experiments, TheDocumentationsExampleResolves) {
  const std::string page = ReadText("docs/experiment_file.md");
  const std::string open = "```yaml\n";
  const size_t begin = page.find(open);
  ASSERT_NE(begin, std::string::npos);
  const size_t end = page.find("```\n", begin + open.size());
  const std::string example = page.substr(begin + open.size(), end - begin - open.size());
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveExperiment(example, "d.yaml", {}));
  EXPECT_EQ(experiment.name, "hopper-losses");
  EXPECT_EQ(experiment.trials.size(), 16);
}

TEST(TrialConfigToYaml, WritesEveryFieldInTheOrderOfTheSchema) {
  ASSERT_OK_AND_ASSIGN(const ResolvedExperiment experiment,
                       ResolveExperiment("preset: pendulum", "x.yaml", {}));
  const std::string yaml = TrialConfigToYaml(experiment.trials[0].config);
  EXPECT_THAT(yaml, ::testing::StartsWith("algorithm: mbpo\n"
                                          "seed: 0\n"
                                          "num_steps: 10000\n"
                                          "env:\n"
                                          "  id: Pendulum-v1\n"
                                          "  max_episode_steps: null\n"
                                          "  task: \"\"\n"
                                          "  plugin: \"\"\n"
                                          "  distractors:\n"
                                          "    dims: 0\n"
                                          "    kind: paper\n"
                                          "    seed: null\n"
                                          "sac:\n"
                                          "  hidden_sizes: [128, 128]\n"));
  EXPECT_THAT(yaml, HasSubstr("  weight_decay: 2e-05\n"));
  Faults faults;
  Settings settings;
  AssignEntries("", *ParseYaml(yaml, "yaml", true, &faults), Layer::kBase, &settings, &faults);
  for (const std::string& key : AllKeys()) {
    EXPECT_TRUE(IsGroup(*FindField(key)) || settings.origins.count(key) > 0) << key;
  }
}

TEST(TrialConfigToYaml, KeepsEveryBitOfADouble) {
  ASSERT_OK_AND_ASSIGN(ResolvedExperiment experiment,
                       ResolveExperiment("preset: pendulum", "x.yaml", {}));
  v1::TrialConfig config = experiment.trials[0].config;
  config.mutable_sac()->set_discount(1.0 / 3);
  config.mutable_sac()->set_actor_learning_rate(5e-324);
  config.mutable_sac()->set_target_entropy(-0.1 - 0.2);
  config.mutable_model()->mutable_hidden_sizes()->Truncate(1);
  config.mutable_model()->add_layer_weight_decay(2.5e-5);
  config.mutable_model()->add_layer_weight_decay(1.0 / 3);
  config.set_seed(9223372036854775807);
  ExpectRoundTrip(config);
}

}  // namespace
}  // namespace vagram

// What a wrong experiment file is told: the exact text, because it is what a user reads.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/experiment.h"
#include "orchestrator/spec/faults_fixture.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

using testing::Base;
using testing::ExpectTold;
using testing::FaultCase;
using testing::kTask;

class ExperimentFaults : public ::testing::TestWithParam<FaultCase> {};

TEST_P(ExperimentFaults, AreToldWithPlaceAndRemedy) { ExpectTold(GetParam()); }

const std::vector<FaultCase>& Cases() {
  static const auto* const cases = new std::vector<FaultCase>{
      {"EmptyFile",
       "",
       {"x.yaml: expected a mapping with the keys name, preset, base, sweep, seeds, tuning_seeds, "
        "resources, restarts, priority, on_failure, early_stopping, got nothing"}},
      {"TaskFileAndBuiltIn",
       "base: {env: {id: Pendulum-v1, task: a.yaml}}\n",
       {"x.yaml:1:37: env.task: expected the id of a built-in task or a task file, got both; "
        "remove "
        "one"}},
      {"TaskFileAndPlugin",
       "base: {env: {task: a.yaml, plugin: b.so}}\n",
       {"x.yaml:1:36: env.plugin: expected a task file or a plug-in, got both; remove one"}},
      {"TaskFileOutOfReach",
       "base: {env: {task: a.yaml}}\n",
       {"x.yaml:1:20: env.task: this client sends no task files; use `vagram submit`"}},
      {"PluginOutOfReach",
       "base: {env: {plugin: a.so}}\n",
       {"x.yaml:1:22: env.plugin: expected an absolute path, got a.so"}},
      {"TaskFilesAreNoKey",
       "base: {env: {id: Pendulum-v1, task_files: []}}\n",
       {"x.yaml:1:31: env.task_files: unknown key; docs/experiment_file.md lists all"}},
      {"Distractors",
       "base: {env: {id: Pendulum-v1, distractors: {dims: -1, kind: papr, seed: x}}}\n",
       {"x.yaml:1:51: env.distractors.dims: expected a whole number, at least 0 and at most 10000, "
        "got -1",
        "x.yaml:1:61: env.distractors.kind: expected one of paper, reference_2022, gaussian, got "
        "papr; did you mean paper?",
        "x.yaml:1:73: env.distractors.seed: expected a whole number, at least 0, got x"}},
      {"NotAMapping",
       "- a\n- b\n",
       {"x.yaml:1:1: expected a mapping with the keys name, preset, base, sweep, seeds, "
        "tuning_seeds, resources, restarts, priority, on_failure, early_stopping, got a list"}},
      {"Scalar",
       "hello",
       {"x.yaml:1:1: expected a mapping with the keys name, preset, base, sweep, seeds, "
        "tuning_seeds, resources, restarts, priority, on_failure, early_stopping, got hello"}},
      {"SyntaxError",
       "base:\n  env: {id: Hopper\nseeds: 1\n",
       {"x.yaml:3:6: not readable as YAML: end of map flow not found"}},
      {"BadIndent",
       "base:\n  env: {id: Hopper}\n sac: {}\n",
       {"x.yaml:3:2: not readable as YAML: end of map not found"}},
      {"Tab",
       "base:\n\tenv: {id: Hopper}\n",
       {"x.yaml:2:5: not readable as YAML: illegal map value; indent with spaces, not with tabs"}},
      {"SeveralDocuments",
       absl::StrCat(kTask, "---\nseeds: 1\n"),
       {"x.yaml:3:1: expected one document, got several; split the file at ---"}},
      {"DuplicateKey",
       Base("  num_steps: 6000\n  num_steps: 7000\n"),
       {"x.yaml:4:3: num_steps: stands twice in this mapping, first at x.yaml:3:3; remove one"}},
      {"SameKeyDottedAndNested",
       Base("  model.elites: 3\n  model: {elites: 4}\n"),
       {"x.yaml:4:11: model.elites: is set already at x.yaml:3:3; remove one"}},
      {"UnknownTopLevelKey",
       absl::StrCat(kTask, "seed: 3\nsweeps: {}\nmodel: {loss: mle}\nqqq: 1\n"),
       {"x.yaml:2:1: seed: unknown key; did you mean seeds?",
        "x.yaml:3:1: sweeps: unknown key; did you mean sweep?",
        "x.yaml:4:1: model: belongs under base; indent it below base:",
        "x.yaml:5:1: qqq: unknown key; expected name, preset, base, sweep, seeds, tuning_seeds, "
        "resources, restarts, priority, on_failure, early_stopping"}},
      {"UnknownKey",
       Base("  model: {los: mle}\n  sac.layers: 3\n  loss: mle\n  qqq: 1\n"),
       {"x.yaml:3:11: model.los: unknown key; did you mean model.loss?",
        "x.yaml:4:3: sac.layers: unknown key; did you mean sac.layer_norm?",
        "x.yaml:5:3: loss: unknown key; did you mean model.loss?",
        "x.yaml:6:3: qqq: unknown key; docs/experiment_file.md lists all"}},
      {"UnknownLoss",
       Base("  model: {loss: vagarm}\n"),
       {"x.yaml:3:17: model.loss: no model loss is called vagarm; did you mean vagram? `vagram "
        "losses` lists the losses"}},
      {"UnknownTask",
       "base: {env: {id: Hoper}}\n",
       {"x.yaml:1:18: env.id: no task is called Hoper; did you mean Hopper-v4? `vagram envs` lists "
        "the tasks"}},
      {"MissingTask",
       "seeds: 2\n",
       {"x.yaml: env.id: expected a task, got none; set env.id under base or choose a preset; "
        "`vagram envs` lists the tasks"}},
      {"UnknownPreset",
       "preset: mbpo/hoper\n",
       {"x.yaml:1:9: preset: no preset is called mbpo/hoper; did you mean mbpo/hopper? `vagram "
        "presets` lists them"}},
      {"PresetNotAName",
       "preset: [pendulum]\n",
       {"x.yaml:1:9: preset: expected a name, got a list"}},
      {"StringForNumber",
       Base("  num_steps: many\n  sac: {discount: \"0.9\", batch_size: \"64\"}\n"),
       {"x.yaml:3:14: num_steps: expected a whole number, at least 1, got many",
        "x.yaml:4:19: sac.discount: expected a number, at least 0 and at most 1, got the string "
        "\"0.9\"; remove the quotes",
        "x.yaml:4:38: sac.batch_size: expected a whole number, at least 1 and at most 1048576, got "
        "the string \"64\"; remove the quotes"}},
      {"FractionForInteger",
       Base("  num_steps: 6000.5\n  sac: {warmup_steps: 1e3}\n  model: {patience: 2.0}\n"),
       {"x.yaml:3:14: num_steps: expected a whole number, at least 1, got 6000.5",
        "x.yaml:4:23: sac.warmup_steps: expected a whole number, at least 1, got 1e3; write 1000",
        "x.yaml:5:21: model.patience: expected a whole number, at least 1, got 2.0; write 2"}},
      {"NotFinite",
       Base("  sac: {discount: .nan, initial_temperature: .inf}\n"),
       {"x.yaml:3:19: sac.discount: expected a number, at least 0 and at most 1, got .nan",
        "x.yaml:3:46: sac.initial_temperature: expected a number, above 0, got .inf"}},
      {"YesForBool",
       Base("  sac: {learn_temperature: yes}\n"),
       {"x.yaml:3:28: sac.learn_temperature: expected true or false, got yes; write true"}},
      {"OutOfRange",
       Base("  sac: {discount: 1.5, target_smoothing: 0, batch_size: 0}\n  model: {members: 65, "
            "holdout_ratio: 1}\n"),
       {"x.yaml:3:19: sac.discount: expected a number, at least 0 and at most 1, got 1.5",
        "x.yaml:3:42: sac.target_smoothing: expected a number, above 0 and at most 1, got 0",
        "x.yaml:3:57: sac.batch_size: expected a whole number, at least 1 and at most 1048576, got "
        "0",
        "x.yaml:4:20: model.members: expected a whole number, at least 1 and at most 64, got 65",
        "x.yaml:4:39: model.holdout_ratio: expected a number, above 0 and below 1, got 1"}},
      {"OutOf32Bits",
       Base("  model: {patience: 3000000000}\n  num_steps: 99999999999999999999\n"),
       {"x.yaml:3:21: model.patience: expected a whole number, at least 1, got 3000000000, which "
        "does not fit 32 bits",
        "x.yaml:4:14: num_steps: expected a whole number, at least 1, got 99999999999999999999"}},
      {"NotAmongNames",
       Base("  sac: {activation: Relu}\n  algorithm: ppo\n  schedule: {mode: asinc}\n"),
       {"x.yaml:3:21: sac.activation: expected one of relu, silu, tanh, got Relu; did you mean "
        "relu?",
        "x.yaml:4:14: algorithm: expected one of mbpo, sac, got ppo",
        "x.yaml:5:20: schedule.mode: expected one of lockstep, pipelined, async, got asinc; did "
        "you "
        "mean async?"}},
      {"NullForRequired",
       Base("  num_steps:\n"),
       {"x.yaml:4:1: num_steps: expected a whole number, at least 1, got nothing"}},
      {"ListForNumber",
       Base("  num_steps: [1, 2]\n"),
       {"x.yaml:3:14: num_steps: expected a whole number, at least 1, got a list"}},
      {"NumberForList",
       Base("  sac: {hidden_sizes: 64}\n"),
       {"x.yaml:3:23: sac.hidden_sizes: expected a list, got 64; write [64]"}},
      {"BadListItems",
       Base("  sac: {hidden_sizes: [64, x]}\n  model: {hidden_sizes: [0]}\n"),
       {"x.yaml:3:23: sac.hidden_sizes: item 2: expected a whole number, at least 1 and at most "
        "8192, got x",
        "x.yaml:4:25: model.hidden_sizes: item 1: expected a whole number, at least 1 and at most "
        "8192, got 0"}},
      {"EmptyList",
       Base("  sac: {hidden_sizes: []}\n"),
       {"x.yaml:3:23: sac.hidden_sizes: expected 1 to 16 items, got 0"}},
      {"NumberForGroup", Base("  model: 3\n"), {"x.yaml:3:10: model: expected a mapping, got 3"}},
      {"BaseNotAMapping",
       "base: [1]\nresources: 3\nsweep: 4\n",
       {"x.yaml:1:7: base: expected a mapping, got a list",
        "x.yaml:2:12: resources: expected a mapping, got 3",
        "x.yaml:3:8: sweep: expected a mapping with grid, zip or list, got 4"}},
      {"MoreElitesThanMembers",
       Base("  model: {members: 3}\n"),
       {"x.yaml:3:20: model.members: expected at most as many elites as members, got 5 elites of 3 "
        "members; lower model.elites or raise model.members"}},
      {"ProbabilisticAgainstLoss",
       Base("  model: {loss: mle, probabilistic: false}\n"),
       {"x.yaml:3:37: model.probabilistic: expected probabilistic: true for the loss mle, got "
        "false; leave model.probabilistic unset or choose another loss"}},
      {"ScheduleBackwards",
       Base("  imagine: {length: {first_epoch: 5, last_epoch: 2}}\n"),
       {"x.yaml:3:50: imagine.length.last_epoch: expected a ramp that ends no earlier than it "
        "begins, got first_epoch 5 and last_epoch 2"}},
      {"ScheduleOutOfRange",
       Base("  imagine: {length: 0.5, model_share: {to: 1.5}}\n"),
       {"x.yaml:3:21: imagine.length.from: expected a number, at least 1 and at most 1000, got 0.5",
        "x.yaml:3:21: imagine.length.to: expected a number, at least 1 and at most 1000, got 0.5",
        "x.yaml:3:44: imagine.model_share.to: expected a number, at least 0 and at most 1, got "
        "1.5"}},
      {"WarmupTooLong",
       Base("  num_steps: 5000\n"),
       {"x.yaml:3:14: num_steps: expected more steps than the warm-up takes, got num_steps 5000 "
        "and sac.warmup_steps 5000"}},
      {"HiddenReward",
       "base: {env: {id: Hopper-v4}, imagine: {reward: observed}}\n",
       {"x.yaml:1:48: imagine.reward: expected learned: the reward of Hopper-v4 does not follow "
        "from what is observed"}},
      {"TooMuchImagination",
       Base("  imagine: {rollouts_per_step: 100000, length: 10}\n"),
       {"x.yaml:3:48: imagine.length.to: expected at most 100 million imagined transitions kept, "
        "got 1e+09: rollouts_per_step 100000 x train_every 250 x length 10 x retain_trainings 4; "
        "lower one of them"}},
      {"BadRestarts",
       absl::StrCat(kTask, "restarts: -1\n"),
       {"x.yaml:2:11: restarts: expected a whole number, at least 0 and at most 1000, got -1"}},
      {"PriorityOutOfRange",
       absl::StrCat(kTask, "priority: 101\n"),
       {"x.yaml:2:11: priority: expected a whole number, at least -100 and at most 100, got 101"}},
      {"PriorityOfAnotherType",
       absl::StrCat(kTask, "priority: high\n"),
       {"x.yaml:2:11: priority: expected a whole number, at least -100 and at most 100, got high"}},
      {"QuotedPriority",
       absl::StrCat(kTask, "priority: \"5\"\n"),
       {"x.yaml:2:11: priority: expected a whole number, at least -100 and at most 100, got the "
        "string \"5\"; remove the quotes"}},
      {"FractionalPriority",
       absl::StrCat(kTask, "priority: 1.5\n"),
       {"x.yaml:2:11: priority: expected a whole number, at least -100 and at most 100, got 1.5"}},
      {"ListOfPriorities",
       absl::StrCat(kTask, "priority: [1, 2]\n"),
       {"x.yaml:2:11: priority: expected a whole number, at least -100 and at most 100, got a "
        "list"}},
      {"MisspeltOnFailure",
       absl::StrCat(kTask, "on_failure: fail_fast\n"),
       {"x.yaml:2:13: on_failure: expected one of keep-going, fail-fast, got fail_fast; did you "
        "mean fail-fast?"}},
      {"OnFailureOfAnotherType",
       absl::StrCat(kTask, "on_failure: true\n"),
       {"x.yaml:2:13: on_failure: expected one of keep-going, fail-fast, got true"}},
      {"OnFailureIsAMapping",
       absl::StrCat(kTask, "on_failure: {fail-fast: true}\n"),
       {"x.yaml:2:13: on_failure: expected one of keep-going, fail-fast, got a mapping"}},
      {"MisspeltFileKeys",
       absl::StrCat(kTask, "priorty: 1\nonfailure: fail-fast\n"),
       {"x.yaml:2:1: priorty: unknown key; did you mean priority?",
        "x.yaml:3:1: onfailure: unknown key; did you mean on_failure?"}},
      {"PriorityOfATrial",
       Base("  priority: 3\n"),
       {"x.yaml:3:3: priority: unknown key; docs/experiment_file.md lists all"}},
      {"OverridesOfFileKeys",
       kTask,
       {"--set priorty=1: priorty: unknown key; did you mean priority?",
        "--set priority=-101: priority: expected a whole number, at least -100 and at most 100, "
        "got -101",
        "--set on_failure=stop: on_failure: expected one of keep-going, fail-fast, got stop"},
       {"priority=-101", "on_failure=stop", "priorty=1"}},
      {"BadName",
       absl::StrCat(kTask, "name: a b\n"),
       {"x.yaml:2:7: name: expected at most 100 letters, digits, '-', '_' and '.', a letter or "
        "digit first, got a b"}},
      {"OverrideSyntax",
       kTask,
       {"--set model.loss: expected KEY=VALUE, such as --set model.loss=vagram",
        "--set =3: expected KEY=VALUE, such as --set model.loss=vagram"},
       {"model.loss", "=3"}},
      {"OverrideOfUnknownKey",
       kTask,
       {"--set model.los=mle: model.los: unknown key; did you mean model.loss?",
        "--set base.model.loss=mle: base.model.loss: unknown key; did you mean model.loss?",
        "--set qqq=1: qqq: unknown key; docs/experiment_file.md lists all"},
       {"model.los=mle", "base.model.loss=mle", "qqq=1"}},
      {"OverrideOfBadValue",
       kTask,
       {"--set model.members=[: not readable as YAML: end of sequence flow not found",
        "--set seed=3: seed: is given by seeds; write --set seeds=[SEED]",
        "--set num_steps=x: num_steps: expected a whole number, at least 1, got x"},
       {"num_steps=x", "model.members=[", "seed=3"}},
      {"OverridesAfterTheFile",
       Base("  num_steps: x\n  sac: {batch_size: 0}\n"),
       {"x.yaml:3:14: num_steps: expected a whole number, at least 1, got x",
        "x.yaml:4:21: sac.batch_size: expected a whole number, at least 1 and at most 1048576, got "
        "0",
        "--set model.members=0: model.members: expected a whole number, at least 1 and at most 64, "
        "got 0"},
       {"model.members=0"}},
      {"Tags",
       Base("  num_steps: !!int 6000\n"),
       {"x.yaml:3:14: not readable as YAML: tags are not supported here; remove the tag"}},
      {"RecursiveAlias",
       "base: &a {env: *a}\n",
       {"x.yaml:1:16: not readable as YAML: an alias stands inside the value it names"}},
      {"NullByte",
       std::string("base: \0", 7),
       {"x.yaml: expected UTF-8 text, got other bytes; save the file as UTF-8"}},
      {"NotUtf8",
       "base: \xff\n",
       {"x.yaml: expected UTF-8 text, got other bytes; save the file as UTF-8"}},
      {"ControlCharacters",
       Base("  num_steps: \"\\e[31m\\n\"\n"),
       {"x.yaml:3:14: num_steps: expected a whole number, at least 1, got the string "
        "\"\\x1b[31m\\n\""}},
      {"KeyIsAList",
       "[a, b]: 3\n",
       {"x.yaml:1:1: expected a key, got a list",
        "x.yaml: env.id: expected a task, got none; set env.id under base or choose a preset; "
        "`vagram envs` lists the tasks"}},
  };
  return *cases;
}

INSTANTIATE_TEST_SUITE_P(All, ExperimentFaults, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });

TEST(ExperimentFaults, AreAllToldAtOnceInTheOrderOfTheFile) {
  const absl::Status status =
      ResolveExperiment("seeds: x\nbase: {num_steps: 0}\n", "x.yaml", {"a=1"}).status();
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "x.yaml has 4 faults: "
                       "x.yaml:1:8: seeds: expected a whole number, at least 1 and at most "
                       "10000, got x; "
                       "x.yaml:2:19: num_steps: expected a whole number, at least 1, got 0; "
                       "x.yaml: env.id: expected a task, got none; set env.id under base or "
                       "choose a preset; `vagram envs` lists the tasks; "
                       "--set a=1: a: unknown key; docs/experiment_file.md lists all"));
}

TEST(ExperimentFaults, NameALongPathWhole) {
  const std::string file = "/home/" + std::string(300, 'x') + "/demo.yaml";
  const auto status = ResolveExperiment("base: {num_steps: many}", file, {}).status();
  ASSERT_FALSE(FieldFaults(status).empty());
  EXPECT_THAT(FieldFaults(status)[0].field, ::testing::HasSubstr(file + ":1:"));
}

TEST(ExperimentFaults, AreBounded) {
  std::string yaml = kTask;
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&yaml, "key", i, ": 1\n");
  const absl::Status status = ResolveExperiment(yaml, "x.yaml", {}).status();
  EXPECT_THAT(std::string(status.message()), StartsWith("x.yaml has at least 100 faults: "));
}

TEST(UserTaskFaults, StandBesideTheExperimentsOwn) {
  SpecSurroundings surroundings;
  surroundings.read_task = [](const std::string&) {
    return InvalidFields("task.yaml: 1 fault", {{"task.yaml:3:5: reward", "unknown term"}});
  };
  const absl::Status status =
      ResolveExperiment("base: {env: {task: a.yaml}, num_steps: -1}\n", "x.yaml", {}, surroundings)
          .status();
  EXPECT_THAT(testing::FaultLines(status),
              UnorderedElementsAre("task.yaml:3:5: reward: unknown term",
                                   StartsWith("x.yaml:1:40: num_steps: expected")));
}

}  // namespace
}  // namespace vagram

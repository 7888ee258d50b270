// What wrong sweeps, seeds and rules of early stopping are told: the exact text.
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/faults_fixture.h"

namespace vagram {
namespace {

using testing::Base;
using testing::ExpectTold;
using testing::FaultCase;
using testing::kTask;

class SweepFaults : public ::testing::TestWithParam<FaultCase> {};

TEST_P(SweepFaults, AreToldWithPlaceAndRemedy) { ExpectTold(GetParam()); }

const std::vector<FaultCase>& Cases() {
  static const auto* const cases = new std::vector<FaultCase>{
      {"BadSeeds",
       absl::StrCat(kTask, "seeds: [0, -1, 0, x, 1.5]\n"),
       {"x.yaml:2:12: seeds: expected a whole number, at least 0, got -1",
        "x.yaml:2:16: seeds: expected different seeds, got 0 twice; remove one",
        "x.yaml:2:19: seeds: expected a whole number, at least 0, got x",
        "x.yaml:2:22: seeds: expected a whole number, at least 0, got 1.5"}},
      {"NegativeSeedCount",
       absl::StrCat(kTask, "seeds: -4\n"),
       {"x.yaml:2:8: seeds: expected a whole number, at least 1 and at most 10000, got -4"}},
      {"NoSeeds",
       absl::StrCat(kTask, "seeds: []\n"),
       {"x.yaml:2:8: seeds: expected at least one seed, got an empty list"}},
      {"SeedTwice",
       Base("  seed: 3\nseeds: [3]\n"),
       {"x.yaml:3:9: seed: is given by seeds already; remove one of the two"}},
      {"SeedInSweep",
       absl::StrCat(kTask, "sweep: {grid: {seed: [1, 2]}}\n"),
       {"x.yaml:2:16: seed: cannot be swept; list the seeds under seeds"}},
      {"BadTuningSeeds",
       absl::StrCat(kTask, "tuning_seeds: [7, 7, x]\n"),
       {"x.yaml:2:19: tuning_seeds: expected different seeds, got 7 twice; remove one",
        "x.yaml:2:22: tuning_seeds: expected a whole number, at least 0, got x"}},
      {"TuningSeedsAmongTheOthers",
       absl::StrCat(kTask, "seeds: 4\ntuning_seeds: [9, 3]\n"),
       {"x.yaml:3:15: tuning_seeds: expected other seeds than those of seeds, got 3 in both; what "
        "chose a setting cannot report on it"}},
      {"TuningSeedsAmongTheDefaultOnes",
       absl::StrCat(kTask, "tuning_seeds: [0]\n"),
       {"x.yaml:2:15: tuning_seeds: expected other seeds than those of seeds, got 0 in both; what "
        "chose a setting cannot report on it"}},
      {"TooManyTuningSeeds",
       absl::StrCat(kTask, "tuning_seeds: 10001\n"),
       {"x.yaml:2:15: tuning_seeds: expected a whole number, at least 1 and at most 10000, got "
        "10001"}},
      {"EarlyStoppingOfAnotherType",
       absl::StrCat(kTask, "early_stopping: asha\n"),
       {"x.yaml:2:17: early_stopping: expected a mapping such as {method: asha, first_rung: "
        "10000}, got asha"}},
      {"EarlyStoppingKeys",
       absl::StrCat(kTask,
                    "early_stopping: {method: median, reductoin: 3, reduction: 1, metric: []}\n"),
       {"x.yaml:2:17: early_stopping.first_rung: is missing; say after how many environment steps "
        "trials are compared first",
        "x.yaml:2:26: early_stopping.method: expected asha, got median",
        "x.yaml:2:34: early_stopping.reductoin: unknown key; did you mean reduction?",
        "x.yaml:2:59: early_stopping.reduction: expected a whole number, at least 2 and at most "
        "1000, got 1",
        "x.yaml:2:70: early_stopping.metric: expected the name of a metric of at most 200 bytes, "
        "such as evaluate/return_mean, got an empty list"}},
      {"FirstRungBehindTheEnd",
       Base("  num_steps: 6000\nearly_stopping: {first_rung: 6000}\n"),
       {"x.yaml:4:17: early_stopping.first_rung: expected a rung before the end of every trial, "
        "got first_rung 6000 and num_steps 6000; lower first_rung"}},
      {"EarlyStoppingByAMetricThatNoTrialReports",
       Base("early_stopping: {first_rung: 6000, metric: evaluate/retun_mean}\n"),
       {"x.yaml:3:17: early_stopping.metric: expected a metric that every trial reports, got "
        "evaluate/retun_mean; did you mean evaluate/return_mean? docs/metrics.md says which trial "
        "reports what"}},
      {"EarlyStoppingByAMetricThatSomeTrialsReport",
       absl::StrCat(kTask,
                    "sweep: {list: [{model.loss: mle}, {algorithm: sac}]}\n"
                    "early_stopping: {first_rung: 6000, metric: model/holdout_mse}\n"),
       {"x.yaml:3:17: early_stopping.metric: expected a metric that every trial reports, got "
        "model/holdout_mse; docs/metrics.md says which trial reports what"}},
      {"EarlyStoppingByADimensionThatTheTaskHasNot",
       Base("  model.loss: mle\n"
            "early_stopping: {first_rung: 6000, metric: diagnose/gradient_weight_3}\n"),
       {"x.yaml:4:17: early_stopping.metric: expected a metric that every trial reports, got "
        "diagnose/gradient_weight_3; did you mean diagnose/gradient_weight_0? docs/metrics.md says "
        "which trial reports what"}},
      {"EarlyStoppingWithoutCheckpoints",
       Base("  checkpoint: {every_epochs: 0}\nearly_stopping: {first_rung: 6000}\n"),
       {"x.yaml:4:17: early_stopping: needs checkpoints, from which trials go on after a rung, got "
        "checkpoint.every_epochs 0; raise it"}},
      {"NestedSweepWithFaults",
       absl::StrCat(kTask,
                    "sweep:\n"
                    "  list:\n"
                    "    - grid: {model.loss: vagram}\n"
                    "    - {algorithm: sac, grid: [1], list: [3]}\n"
                    "    - grid: {model.los: [vagram]}\n"
                    "      zip: {model.members: [5, 6], model.elites: [5]}\n"),
       {"x.yaml:4:26: model.loss: expected a list of values to sweep over, got vagram; write "
        "sweep: "
        "{grid: {model.loss: [VALUE, VALUE]}}",
        "x.yaml:5:30: sweep.list.grid: expected a mapping of lists, got a list",
        "x.yaml:5:42: sweep.list.list: expected a mapping such as {model.loss: vagram}, got 3",
        "x.yaml:6:14: model.los: unknown key; did you mean model.loss?",
        "x.yaml:7:50: model.elites: expected 2 values as for model.members, got 1; the lists of a "
        "zip are read in parallel"}},
      {"KeySweptTwiceByNesting",
       absl::StrCat(kTask,
                    "sweep:\n"
                    "  list:\n"
                    "    - model.loss: mle\n"
                    "      grid: {model.loss: [vagram]}\n"),
       {"x.yaml:5:14: model.loss: is set already at x.yaml:4:7; remove one"}},
      {"SameTrialTwiceByNesting",
       absl::StrCat(kTask,
                    "sweep:\n"
                    "  list:\n"
                    "    - grid: {model.loss: [vagram, mle]}\n"
                    "    - model.loss: mle\n"),
       {"x.yaml:3:3: sweep: expected different trials, got the same one twice: model.loss=mle and "
        "model.loss=mle; remove one"}},
      {"SweepWithoutForm",
       absl::StrCat(kTask, "sweep: {model.loss: [mle, mse]}\n"),
       {"x.yaml:2:9: sweep.model.loss: unknown key; expected a mapping with grid, zip or list "
        "under sweep, such as grid: {model.loss: [VALUE, VALUE]}"}},
      {"SweepOfNoList",
       absl::StrCat(kTask, "sweep: {grid: {model.loss: mle, model.members: []}}\n"),
       {"x.yaml:2:28: model.loss: expected a list of values to sweep over, got mle; write sweep: "
        "{grid: {model.loss: [VALUE, VALUE]}}",
        "x.yaml:2:48: model.members: expected a list of values to sweep over, got an empty list; "
        "write sweep: {grid: {model.members: [VALUE, VALUE]}}"}},
      {"SweepOfUnknownKey",
       absl::StrCat(kTask, "sweep: {grid: {model.los: [mle, mse]}}\n"),
       {"x.yaml:2:16: model.los: unknown key; did you mean model.loss?"}},
      {"SweepOfBadValue",
       absl::StrCat(kTask,
                    "sweep:\n  grid:\n    model.loss: [mle, mes]\n    model.members: [7, x]\n    "
                    "model.elites: [6, 8]\n"),
       {"x.yaml:4:23: model.loss: no model loss is called mes; `vagram losses` lists the losses",
        "x.yaml:5:21: model.members: expected at most as many elites as members, got 8 elites of 7 "
        "members; lower model.elites or raise model.members",
        "x.yaml:5:24: model.members: expected a whole number, at least 1 and at most 64, got x"}},
      {"ZipOfUnequalLists",
       absl::StrCat(kTask, "sweep: {zip: {model.members: [5, 6], model.elites: [3]}}\n"),
       {"x.yaml:2:52: model.elites: expected 2 values as for model.members, got 1; the lists of a "
        "zip are read in parallel"}},
      {"ListOfScalars",
       absl::StrCat(kTask, "sweep: {list: [mle, {}]}\n"),
       {"x.yaml:2:16: sweep.list: expected a mapping such as {model.loss: vagram}, got mle",
        "x.yaml:2:21: sweep.list: expected a mapping such as {model.loss: vagram}, got an empty "
        "mapping"}},
      {"SweptTwice",
       absl::StrCat(kTask, "sweep:\n  grid: {model.elites: [3, 4]}\n  zip: {model.elites: [5]}\n"),
       {"x.yaml:4:9: model.elites: is set already at x.yaml:3:10; remove one"}},
      {"SameTrialTwice",
       absl::StrCat(kTask, "sweep: {grid: {sac.discount: [0.9, 0.90]}}\n"),
       {"x.yaml:2:8: sweep: expected different trials, got the same one twice: sac.discount=0.9 "
        "and sac.discount=0.90; remove one"}},
      {"SameTrialTwiceBesideASettingOfTheCommandLine",
       absl::StrCat(kTask, "sweep: {grid: {sac.discount: [0.9, 0.90]}}\n"),
       {"x.yaml:2:8: sweep: expected different trials, got the same one twice: sac.discount=0.9 "
        "and sac.discount=0.90; remove one"},
       {"model.loss=mle"}},
      {"TooManyTrials",
       absl::StrCat(kTask, "sweep: {grid: {model.members: [5, 6, 7]}}\nseeds: 5000\n"),
       {"x.yaml:2:8: sweep: expected at most 10000 trials, got 15000 (3 combinations x 5000 "
        "seeds); split the experiment"}},
  };
  return *cases;
}

INSTANTIATE_TEST_SUITE_P(All, SweepFaults, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace vagram

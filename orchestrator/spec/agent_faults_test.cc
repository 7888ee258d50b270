// Keys of agent and model that do not fit one another: what the user is told.
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

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The faults of a base with a task and `lines`, each as FIELD: DESCRIPTION.
std::vector<std::string> FaultsOf(absl::string_view lines) {
  return testing::FaultLines(ResolveExperiment(testing::Base(lines), "x.yaml", {}).status());
}

TEST(AgentFaults, TargetSubsetLargerThanTheCritics) {
  EXPECT_THAT(FaultsOf("  sac: {target_subset: 3}\n"),
              ElementsAre("x.yaml:3:24: sac.target_subset: expected a subset of at most all "
                          "critics, got target_subset 3 of critics 2"));
  EXPECT_THAT(FaultsOf("  sac: {critics: 10, target_subset: 11}\n"),
              ElementsAre("x.yaml:3:18: sac.critics: expected a subset of at most all critics, got "
                          "target_subset 11 of critics 10"));
}

TEST(AgentFaults, TargetSubsetMayBeAllCritics) {
  EXPECT_THAT(FaultsOf("  sac: {critics: 3, target_subset: 3}\n"), IsEmpty());
  EXPECT_THAT(FaultsOf("  sac: {critics: 10, target_subset: 1}\n"), IsEmpty());
}

TEST(AgentFaults, SeveralActorsWhereNobodyRunsAhead) {
  EXPECT_THAT(FaultsOf("  schedule: {mode: pipelined}\n  resources: {actors: 4}\n"),
              ElementsAre("x.yaml:3:20: schedule.mode: expected 1 actor in schedule.mode "
                          "pipelined, got 4; only async has use for more"));
  EXPECT_THAT(FaultsOf("  schedule: {mode: async}\n  resources: {actors: 4}\n"), IsEmpty());
}

TEST(AgentFaults, RestartBeforeTheTrialCountsAsStalled) {
  EXPECT_THAT(FaultsOf("  schedule: {stalled_after: 60, restart_stalled_after: 30}\n"),
              ElementsAre("x.yaml:3:56: schedule.restart_stalled_after: expected a restart no "
                          "earlier than the trial is called stalled, got restart_stalled_after 30 "
                          "and stalled_after 60"));
}

TEST(AgentFaults, ExpandedTargetsWithoutAModel) {
  for (const std::string target : {"mve", "steve"}) {
    EXPECT_THAT(FaultsOf(absl::StrCat("  sac: {target: ", target, "}\n  algorithm: sac\n")),
                ElementsAre(absl::StrCat(
                    "x.yaml:4:14: algorithm: expected one_step: the target ", target,
                    " imagines with a learned model, which algorithm sac has not; set algorithm to "
                    "mbpo, and imagine.model_share to 0 for real data alone")));
  }
}

TEST(AgentFaults, ExpandedTargetsMayTrainOnRealDataAlone) {
  EXPECT_THAT(FaultsOf("  sac: {target: steve}\n  imagine: {model_share: 0}\n"), IsEmpty());
}

TEST(AgentFaults, OneStepImaginationWithoutAModel) {
  EXPECT_THAT(FaultsOf("  algorithm: sac\n  imagine: {one_step_share: 0.05}\n"),
              ElementsAre("x.yaml:3:14: algorithm: expected 0: algorithm sac has no learned model; "
                          "set algorithm to mbpo"));
  EXPECT_THAT(FaultsOf("  imagine: {one_step_share: 0.05}\n"), IsEmpty());
}

TEST(AgentFaults, ModelFreeKeepsThePresetsModel) {
  EXPECT_OK(ResolveExperiment("preset: vagram/hopper\nbase: {algorithm: sac}\n", "x.yaml", {}));
}

TEST(ModelFaults, WeightDecayPerLayerForOtherThanAllLayers) {
  EXPECT_THAT(FaultsOf("  model: {layer_weight_decay: [0.1, 0.2]}\n"),
              ElementsAre("x.yaml:3:31: model.layer_weight_decay: expected one coefficient per "
                          "layer, 5 with 4 hidden ones, or none, got 2"));
  EXPECT_THAT(
      FaultsOf("  model: {layer_weight_decay: [0.1, 0.2, 0.3], hidden_sizes: [8]}\n"),
      ElementsAre("x.yaml:3:62: model.hidden_sizes: expected one coefficient per layer, 2 with 1 "
                  "hidden ones, or none, got 3"));
}

TEST(ModelFaults, WeightDecayPerLayerFitsTheLayers) {
  EXPECT_THAT(FaultsOf("  model: {hidden_sizes: [8], layer_weight_decay: [0.1, 0.2]}\n"),
              IsEmpty());
  EXPECT_THAT(FaultsOf("  model: {hidden_sizes: [], layer_weight_decay: [0.1]}\n"), IsEmpty());
  EXPECT_THAT(FaultsOf("  model: {layer_weight_decay: [2.5e-5, 5e-5, 7.5e-5, 7.5e-5, 1e-4]}\n"),
              IsEmpty());
}

}  // namespace
}  // namespace vagram

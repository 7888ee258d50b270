#include "orchestrator/spec/narrowing.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/experiment.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kLosses[] =
    "sweep: {list: [{model.loss: vagram}, {model.loss: mle}, {algorithm: sac}]}\n";

// The example of docs/experiment_file.md.
constexpr char kAblations[] =
    "sweep:\n"
    "  list:\n"
    "    - {model.loss: vagram}\n"
    "    - {model.loss: itervaml, model.itervaml_mse_weight: 0.01}\n"
    "    - {model.loss: itervaml, model.itervaml_mse_weight: 0}\n"
    "    - {algorithm: sac}\n";

ResolvedExperiment Resolve(const std::string& sweep, const std::vector<std::string>& overrides) {
  absl::StatusOr<ResolvedExperiment> experiment = ResolveExperiment(
      absl::StrCat("base: {env: {id: Pendulum-v1}}\n", sweep), "x.yaml", overrides);
  EXPECT_OK(experiment);
  return experiment.ok() ? *std::move(experiment) : ResolvedExperiment();
}

std::vector<std::string> Labels(const ResolvedExperiment& experiment) {
  std::vector<std::string> labels;
  for (const ResolvedTrial& trial : experiment.trials) labels.push_back(trial.label);
  return labels;
}

TEST(Narrowing, RunsTheItemThatHasTheValueAlone) {
  const ResolvedExperiment experiment = Resolve(kLosses, {"model.loss=vagram"});
  ASSERT_THAT(Labels(experiment), ElementsAre("seed=0"));
  EXPECT_EQ(experiment.trials[0].config.algorithm(), "mbpo");
  EXPECT_EQ(experiment.trials[0].config.model().loss(), "vagram");
  EXPECT_THAT(experiment.narrowing.chosen, ElementsAre("model.loss=vagram"));
  EXPECT_THAT(experiment.narrowing.replaced, IsEmpty());
}

TEST(Narrowing, KeepsWhatElseTheItemsSet) {
  const ResolvedExperiment experiment = Resolve(kAblations, {"model.loss=itervaml"});
  ASSERT_THAT(Labels(experiment), ElementsAre("model.itervaml_mse_weight=0.01 seed=0",
                                              "model.itervaml_mse_weight=0 seed=0"));
  EXPECT_EQ(experiment.trials[1].config.model().loss(), "itervaml");
}

TEST(Narrowing, ReplacesAValueThatNoItemHasAndKeepsTheOthers) {
  const ResolvedExperiment experiment = Resolve(kLosses, {"model.loss=mse"});
  ASSERT_THAT(Labels(experiment), ElementsAre("seed=0", "algorithm=sac seed=0"));
  EXPECT_EQ(experiment.trials[0].config.model().loss(), "mse");
  EXPECT_THAT(experiment.narrowing.chosen, IsEmpty());
  EXPECT_THAT(experiment.narrowing.replaced, ElementsAre("model.loss=mse"));
}

// The second item has the default of the weight, as the first.
TEST(Narrowing, RunsOnceWhatBecomesEqualByReplacing) {
  const ResolvedExperiment experiment = Resolve(kAblations, {"model.loss=mse"});
  EXPECT_THAT(Labels(experiment),
              ElementsAre("seed=0", "model.itervaml_mse_weight=0 seed=0", "algorithm=sac seed=0"));
}

TEST(Narrowing, ChoosesAmongTheLinesOfAZip) {
  const char zip[] = "sweep: {zip: {model.loss: [vagram, mle], sac.layer_norm: [true, false]}}\n";
  EXPECT_THAT(Labels(Resolve(zip, {"model.loss=mle"})), ElementsAre("sac.layer_norm=false seed=0"));
  EXPECT_THAT(Labels(Resolve(zip, {"model.loss=mse"})),
              ElementsAre("sac.layer_norm=true seed=0", "sac.layer_norm=false seed=0"));
}

TEST(Narrowing, TakesAKeyOutOfAGrid) {
  const char grid[] = "sweep: {grid: {model.loss: [vagram, mle], model.members: [6, 5]}}\n";
  const ResolvedExperiment chosen = Resolve(grid, {"model.loss=mle"});
  EXPECT_THAT(Labels(chosen), ElementsAre("model.members=6 seed=0", "model.members=5 seed=0"));
  EXPECT_THAT(chosen.narrowing.chosen, ElementsAre("model.loss=mle"));
  const ResolvedExperiment replaced = Resolve(grid, {"model.loss=mse"});
  EXPECT_THAT(Labels(replaced), ElementsAre("model.members=6 seed=0", "model.members=5 seed=0"));
  EXPECT_EQ(replaced.trials[0].config.model().loss(), "mse");
}

TEST(Narrowing, LooksIntoTheFormsOfItems) {
  const ResolvedExperiment experiment = Resolve(
      "sweep:\n"
      "  list:\n"
      "    - grid: {model.loss: [vagram, mle], model.members: [6, 5]}\n"
      "    - {algorithm: sac}\n"
      "    - {model.loss: vagram, sac.critics: 3}\n",
      {"model.loss=vagram"});
  EXPECT_THAT(Labels(experiment), ElementsAre("model.members=6 seed=0", "model.members=5 seed=0",
                                              "sac.critics=3 seed=0"));
}

TEST(Narrowing, LeavesWhatDoesNotNameTheKeyAlone) {
  const ResolvedExperiment experiment = Resolve(
      "sweep:\n"
      "  list: [{model.loss: vagram}, {algorithm: sac}]\n"
      "  zip: {sac.batch_size: [64, 128], sac.critics: [2, 3]}\n",
      {"model.loss=vagram", "num_steps=9000"});
  EXPECT_THAT(Labels(experiment), ElementsAre("sac.batch_size=64 sac.critics=2 seed=0",
                                              "sac.batch_size=128 sac.critics=3 seed=0"));
  EXPECT_THAT(experiment.narrowing.chosen, ElementsAre("model.loss=vagram"));
  EXPECT_THAT(experiment.narrowing.replaced, IsEmpty());
}

// The second key is none of the chosen items' values: it changes them and chooses nothing.
TEST(Narrowing, TakesOneKeyAfterTheOther) {
  const ResolvedExperiment experiment =
      Resolve(kAblations, {"model.loss=itervaml", "model.itervaml_mse_weight=0.5"});
  ASSERT_THAT(Labels(experiment), ElementsAre("seed=0"));
  EXPECT_EQ(experiment.trials[0].config.model().loss(), "itervaml");
  EXPECT_EQ(experiment.trials[0].config.model().itervaml_mse_weight(), 0.5);
}

TEST(Narrowing, FollowsTheLastOfTwoValuesOfAKey) {
  const ResolvedExperiment experiment = Resolve(kLosses, {"model.loss=mle", "model.loss=vagram"});
  ASSERT_THAT(Labels(experiment), ElementsAre("seed=0"));
  EXPECT_EQ(experiment.trials[0].config.model().loss(), "vagram");
}

TEST(Narrowing, ComparesValuesAndNotHowTheyAreWritten) {
  const char rates[] =
      "sweep: {list: [{model.learning_rate: 1.0e-3, sac.critics: 2},\n"
      "               {model.learning_rate: 3.0e-3, sac.critics: 3}]}\n";
  EXPECT_THAT(Labels(Resolve(rates, {"model.learning_rate=0.003"})),
              ElementsAre("sac.critics=3 seed=0"));
  const char sizes[] = "sweep: {zip: {model.hidden_sizes: [[8], [16, 16]], sac.critics: [2, 3]}}\n";
  EXPECT_THAT(Labels(Resolve(sizes, {"model.hidden_sizes=[ 16,16 ]"})),
              ElementsAre("sac.critics=3 seed=0"));
  const char tasks[] = "sweep: {zip: {env.id: [Hopper-v4, Walker2d], sac.critics: [2, 3]}}\n";
  EXPECT_THAT(Labels(Resolve(tasks, {"env.id=Hopper"})), ElementsAre("sac.critics=2 seed=0"));
  EXPECT_THAT(Labels(Resolve(tasks, {"env.id=Walker2d-v4"})), ElementsAre("sac.critics=3 seed=0"));
}

TEST(Narrowing, CountsAKeyAsNamedByTheGroupAboveIt) {
  EXPECT_THAT(Labels(Resolve(kLosses, {"model={loss: vagram}"})), ElementsAre("seed=0"));
  const ResolvedExperiment mse = Resolve(
      "sweep: {grid: {model.loss: [vagram, mle], model.members: [6, 5]}}\n", {"model={loss: mse}"});
  EXPECT_THAT(Labels(mse), ElementsAre("model.members=6 seed=0", "model.members=5 seed=0"));
  EXPECT_EQ(mse.trials[0].config.model().loss(), "mse");
  const ResolvedExperiment constant = Resolve(
      "sweep: {grid: {imagine.length.to: [1, 5], model.members: [6, 5]}}\n", {"imagine.length=3"});
  EXPECT_THAT(Labels(constant), ElementsAre("model.members=6 seed=0", "model.members=5 seed=0"));
  EXPECT_EQ(constant.trials[0].config.imagine().length().to(), 3);
  EXPECT_THAT(constant.narrowing.replaced, ElementsAre("imagine.length.to=3"));
}

// The other way round: the sweep's value says more than the command line.
TEST(Narrowing, LooksIntoTheGroupsThatTheSweepSets) {
  const char lengths[] = "sweep: {zip: {imagine.length: [1, 5], sac.critics: [2, 3]}}\n";
  EXPECT_THAT(Labels(Resolve(lengths, {"imagine.length=5"})), ElementsAre("sac.critics=3 seed=0"));
  EXPECT_THAT(Labels(Resolve(lengths, {"imagine.length.to=5"})),
              ElementsAre("imagine.length=5 sac.critics=3 seed=0"));
}

// Without a model's loss of its own the third item is the first, now that it is no SAC any more.
TEST(Narrowing, RunsOnceWhatTheCommandLineMakesEqual) {
  EXPECT_THAT(Labels(Resolve(kLosses, {"algorithm=mbpo"})),
              ElementsAre("model.loss=vagram seed=0", "model.loss=mle seed=0"));
}

TEST(Narrowing, SaysNothingOfASweepThatItLeavesAsItIs) {
  const ResolvedExperiment experiment =
      Resolve("sweep: {grid: {model.loss: [vagram]}}\n", {"model.loss=vagram", "num_steps=9000"});
  EXPECT_THAT(Labels(experiment), ElementsAre("seed=0"));
  EXPECT_THAT(experiment.narrowing.chosen, IsEmpty());
  EXPECT_THAT(experiment.narrowing.replaced, IsEmpty());
}

}  // namespace
}  // namespace vagram

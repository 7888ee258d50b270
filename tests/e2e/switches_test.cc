// Every target and switch of the spec on every task, through the real processes, each loss on half
// of them: none makes a number that is not finite. Every loss on every task takes twice the time:
//   bazel test --test_env=VAGRAM_WHOLE_SWEEP=1 //tests/e2e:switches_test
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/random.h"
#include "core/dynamics/loss_catalog.h"
#include "core/env/task.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "tests/e2e/cluster.h"

namespace vagram {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(20);  // they share the slots: of all together

// Small networks, one update per step, a model training before the end of each epoch.
constexpr char kBase[] = R"(
base:
  num_steps: 1200
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 1, warmup_steps: 600, expansion_horizon: 2}
  model: {members: 2, elites: 1, hidden_sizes: [16], batch_size: 64, max_epochs: 3, train_every: 300}
  imagine: {rollouts_per_step: 2, length: 2, model_share: 0.5}
  schedule: {epoch_length: 600}
  evaluate: {episodes: 1, every_epochs: 2}
  diagnose: {horizon: 3, states: 32}
)";

struct Switch {
  const char* key;
  std::vector<const char*> values;
};

// Each key with the values that the code tells apart.
std::vector<Switch> Switches(const Task& task) {
  std::vector<Switch> switches = {
      {"sac.target", {"one_step", "mve", "steve"}},
      {"sac.activation", {"relu", "silu", "tanh"}},
      {"sac.layer_norm", {"false", "true"}},
      {"sac.feature_normalization", {"false", "true"}},
      {"sac.dropout", {"0", "0.1"}},
      {"sac.critics", {"2", "5"}},
      {"sac.learn_temperature", {"true", "false"}},
      {"sac.actor_update_every", {"1", "2"}},
      {"sac.target_update_every", {"1", "4"}},
      {"model.activation", {"relu", "silu", "tanh"}},
      {"model.value_functions", {"all", "critics", "targets"}},
      {"model.value_action", {"mean", "sample"}},
      {"model.value_gradient_through_policy", {"false", "true"}},
      {"model.value_gradient_scale", {"raw", "unit"}},
      {"model.value_weighting", {"inverse", "reference_2022"}},
      {"model.gradient_clip_quantile", {"0.95", "1"}},
      {"model.predict", {"delta", "next_state"}},
      {"model.normalize_targets", {"false", "true"}},
      {"model.layer_weight_decay", {"[]", "[1.0e-4, 2.0e-4]"}},
      {"imagine.accept", {"all", "disagreement"}},
      {"imagine.one_step_share", {"0", "0.05"}},
      {"schedule.mode", {"lockstep", "pipelined"}},
  };
  if (task.observed_reward != nullptr) {
    switches.push_back({"imagine.reward", {"learned", "observed"}});
  }
  return switches;
}

// The values in turn, once around all `count` trials, in an order drawn for this task and switch:
// each value meets the task, and other losses and values with every task.
std::vector<const char*> Deal(const Switch& one, size_t count, const std::string& task) {
  std::vector<const char*> dealt;
  for (size_t i = 0; i < count; ++i) dealt.push_back(one.values[i % one.values.size()]);
  Rng rng(DeriveSeed(1, absl::StrCat(task, "/", one.key)));
  for (size_t i = count; i > 1; --i) std::swap(dealt[i - 1], dealt[rng.Below(i)]);
  return dealt;
}

// One trial per loss, of which every second is left out: those of even number for one task, of odd
// number for the next.
std::string SweepOfTask(const Task& task, bool skip_even) {
  static const bool whole = std::getenv("VAGRAM_WHOLE_SWEEP") != nullptr;
  std::vector<std::string> trials;
  bool even = false;
  for (const LossInfo& loss : AllLosses()) {
    even = !even;
    if (whole || even != skip_even) trials.push_back(absl::StrCat("model.loss: ", loss.name));
  }
  for (const Switch& one : Switches(task)) {
    const std::vector<const char*> dealt = Deal(one, trials.size(), task.id);
    for (size_t i = 0; i < trials.size(); ++i) {
      absl::StrAppend(&trials[i], ", ", one.key, ": ", dealt[i]);
    }
  }
  std::string spec = absl::StrCat("name: switches", kBase, "  env: {id: ", task.id,
                                  ", max_episode_steps: 200}\nsweep:\n  list:\n");
  for (const std::string& trial : trials) absl::StrAppend(&spec, "    - {", trial, "}\n");
  return spec;
}

// What is measured of training and policy; other columns may be empty, such as the return of
// episodes when none has ended.
bool MustBeFinite(const std::string& column) {
  return absl::StartsWith(column, "sac/") || absl::StartsWith(column, "model/") ||
         absl::StartsWith(column, "evaluate/");
}

TEST(SwitchesTest, EveryTargetAndSwitchRunsOnEveryTask) {
  auto cluster = Cluster::Start(/*slots=*/2);
  ASSERT_THAT(cluster.status(), IsOk());
  std::vector<std::string> experiments;
  for (const Task& task : AllTasks()) {
    const auto experiment = (*cluster)->Submit(SweepOfTask(task, experiments.size() % 2 == 1));
    ASSERT_THAT(experiment.status(), IsOk()) << task.id;
    experiments.push_back(*experiment);
  }
  for (const std::string& id : experiments) {
    const auto experiment = (*cluster)->WaitUntilEnded(id, kTimeout);
    ASSERT_THAT(experiment.status(), IsOk());
    for (const v1::Trial& trial : experiment->trials()) {
      SCOPED_TRACE(absl::StrCat(trial.id(), " ", trial.label()));
      EXPECT_EQ(trial.state(), v1::SUCCEEDED) << trial.DebugString();
      EXPECT_EQ(trial.attempt(), 1);
      const auto metrics = (*cluster)->Metrics(trial.id());
      ASSERT_THAT(metrics.status(), IsOk());
      ASSERT_EQ(metrics->rows_size(), 2);
      for (const v1::Metric& metric : metrics->rows(1).metrics()) {
        if (!MustBeFinite(metric.name())) continue;
        EXPECT_TRUE(std::isfinite(metric.value())) << metric.name() << " is " << metric.value();
      }
    }
  }
}

}  // namespace
}  // namespace vagram

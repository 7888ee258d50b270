// Whole trials through the real processes: they end well, twice the same, and survive kills.
#include <signal.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/dynamics/loss_catalog.h"
#include "core/wire/policy_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/reproducible_columns.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Minutes(4);

// Small enough for seconds, large enough that every role works several times.
constexpr char kTinySpec[] = R"(
name: tiny
base:
  num_steps: NUM_STEPS
  env: {id: Pendulum-v1}
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 1, warmup_steps: 100}
  model: {loss: LOSS, members: 2, elites: 1, hidden_sizes: [16], batch_size: 32, max_epochs: 3, train_every: 100}
  imagine: {rollouts_per_step: 2, length: {from: 1, to: 2, first_epoch: 0, last_epoch: 3}, model_share: {from: 0.5, to: 0.5, first_epoch: 0, last_epoch: 0}}
  schedule: {epoch_length: 100}
  evaluate: {episodes: 1}
seeds: SEEDS
)";

std::string TinySpec(const std::string& loss, const std::string& seeds, int num_steps = 400) {
  return absl::StrReplaceAll(
      kTinySpec, {{"LOSS", loss}, {"SEEDS", seeds}, {"NUM_STEPS", absl::StrCat(num_steps)}});
}

const v1::Worker* FindWorker(const v1::Experiment& experiment, v1::Role role) {
  for (const v1::Worker& worker : experiment.trials(0).workers()) {
    if (worker.role() == role) return &worker;
  }
  return nullptr;
}

class TrialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Cluster::Start(/*slots=*/2);
    ASSERT_THAT(cluster.status(), IsOk());
    cluster_ = *std::move(cluster);
  }

  std::string Submit(const std::string& spec) {
    const auto id = cluster_->Submit(spec);
    EXPECT_THAT(id.status(), IsOk());
    return id.value_or("");
  }

  v1::Experiment WaitUntilEnded(const std::string& id) {
    const auto experiment = cluster_->WaitUntilEnded(id, kTimeout);
    EXPECT_THAT(experiment.status(), IsOk());
    return experiment.value_or(v1::Experiment());
  }

  std::string Csv(const v1::Experiment& experiment, int trial) {
    return ReproducibleColumns(ReadFile(experiment.trials(trial).folder() + "/metrics.csv"));
  }

  // Waits until the trial has worked past its first epoch, then kills one process of it.
  void KillWhileTraining(const std::string& id, v1::Role role) {
    const auto running = cluster_->WaitUntil(id, kTimeout, [&](const v1::Experiment& experiment) {
      return experiment.trials(0).progress().step() >= 150 &&
             FindWorker(experiment, role) != nullptr;
    });
    ASSERT_THAT(running.status(), IsOk());
    ASSERT_EQ(kill(FindWorker(*running, role)->pid(), SIGKILL), 0);
  }

  std::unique_ptr<Cluster> cluster_;
};

TEST_F(TrialTest, IsReproducibleBitForBitAndSeedsDiffer) {
  // Seeds 1 and 2 in one experiment, seed 1 again in another; vagram uses every part there is.
  const std::string first = Submit(TinySpec("vagram", "[1, 2]"));
  const std::string second = Submit(TinySpec("vagram", "[1]"));
  const v1::Experiment a = WaitUntilEnded(first), b = WaitUntilEnded(second);
  ASSERT_EQ(a.state(), v1::EXPERIMENT_SUCCEEDED) << a.DebugString();
  ASSERT_EQ(b.state(), v1::EXPERIMENT_SUCCEEDED) << b.DebugString();
  EXPECT_THAT(Csv(a, 0), HasSubstr("sac/checksum"));
  EXPECT_THAT(Csv(a, 0), HasSubstr("model/checksum"));
  EXPECT_EQ(Csv(a, 0), Csv(b, 0));
  EXPECT_NE(Csv(a, 0), Csv(a, 1));
  const auto metrics = cluster_->Metrics(a.trials(0).id());
  ASSERT_THAT(metrics.status(), IsOk());
  EXPECT_EQ(metrics->rows_size(), 4);
  const auto policy = ReadPolicyFile(a.trials(0).folder() + "/policies/final.policy");
  ASSERT_THAT(policy.status(), IsOk());
  EXPECT_EQ(policy->trial_id(), a.trials(0).id());
  EXPECT_TRUE(policy->has_return_mean());
}

TEST_F(TrialTest, TrainsWithEveryLossAndModelFree) {
  std::vector<std::string> losses;
  for (const LossInfo& loss : AllLosses()) losses.push_back(loss.name);
  const std::string spec = absl::StrCat(TinySpec("mse", "[1]"), "sweep: {grid: {model.loss: [",
                                        absl::StrJoin(losses, ", "), "]}}\n");
  const v1::Experiment all = WaitUntilEnded(Submit(spec));
  EXPECT_EQ(all.state(), v1::EXPERIMENT_SUCCEEDED) << all.DebugString();
  EXPECT_EQ(all.trials_size(), static_cast<int>(losses.size()));
  const v1::Experiment sac = WaitUntilEnded(
      Submit(absl::StrReplaceAll(TinySpec("mse", "[1]"), {{"base:", "base:\n  algorithm: sac"}})));
  EXPECT_EQ(sac.state(), v1::EXPERIMENT_SUCCEEDED) << sac.DebugString();
  EXPECT_THAT(Csv(sac, 0), ::testing::Not(HasSubstr("model/")));
}

class KillTest : public TrialTest, public ::testing::WithParamInterface<v1::Role> {};

TEST_P(KillTest, TheTrialIsRestartedWithItsReasonAndEndsTheSame) {
  // Progress is seen once a second: long enough that the end is seconds away when the kill comes.
  const std::string spec = TinySpec("vagram", "[1]", 6000);
  const std::string undisturbed_id = Submit(spec), id = Submit(spec);
  KillWhileTraining(id, GetParam());
  const v1::Experiment ended = WaitUntilEnded(id);
  const v1::Experiment undisturbed = WaitUntilEnded(undisturbed_id);
  EXPECT_EQ(ended.state(), v1::EXPERIMENT_SUCCEEDED) << ended.DebugString();
  ASSERT_EQ(ended.trials(0).attempts_size(), 1);
  EXPECT_THAT(ended.trials(0).attempts(0).reason(), HasSubstr("SIGKILL"));
  EXPECT_EQ(ended.trials(0).attempt(), 2);
  EXPECT_EQ(Csv(ended, 0), Csv(undisturbed, 0));
}

INSTANTIATE_TEST_SUITE_P(LearnerAndModelServer, KillTest,
                         ::testing::Values(v1::LEARNER, v1::MODEL_SERVER),
                         [](const auto& info) { return v1::Role_Name(info.param); });

TEST_F(TrialTest, ADeadActorIsReplacedWithoutARestart) {
  const std::string spec = TinySpec("vagram", "[1]", 6000);
  const std::string undisturbed_id = Submit(spec), id = Submit(spec);
  KillWhileTraining(id, v1::ACTOR);
  const v1::Experiment ended = WaitUntilEnded(id);
  const v1::Experiment undisturbed = WaitUntilEnded(undisturbed_id);
  EXPECT_EQ(ended.state(), v1::EXPERIMENT_SUCCEEDED) << ended.DebugString();
  EXPECT_EQ(ended.trials(0).attempt(), 1);
  EXPECT_EQ(ended.trials(0).replaced_actors(), 1);
  EXPECT_EQ(Csv(ended, 0), Csv(undisturbed, 0));
}

TEST_F(TrialTest, SurvivesTheDeathOfTheOrchestrator) {
  const std::string running = Submit(TinySpec("vagram", "[1, 2]", 6000));
  const std::string queued = Submit(TinySpec("mle", "[3]"));
  ASSERT_THAT(cluster_
                  ->WaitUntil(running, kTimeout,
                              [](const v1::Experiment& experiment) {
                                return experiment.trials(0).progress().step() >= 150;
                              })
                  .status(),
              IsOk());
  ASSERT_THAT(cluster_->KillAndRestart(), IsOk());
  const v1::Experiment a = WaitUntilEnded(running), b = WaitUntilEnded(queued);
  EXPECT_EQ(a.state(), v1::EXPERIMENT_SUCCEEDED) << a.DebugString();
  EXPECT_EQ(b.state(), v1::EXPERIMENT_SUCCEEDED) << b.DebugString();
  for (const v1::Trial& trial : a.trials()) {
    const auto metrics = cluster_->Metrics(trial.id());
    ASSERT_THAT(metrics.status(), IsOk());
    EXPECT_EQ(metrics->rows_size(), 60);
  }
}

}  // namespace
}  // namespace vagram

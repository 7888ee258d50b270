// Trials that are paused, preempted, or told to end with their machine, and go on.
#include <signal.h>

#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/reproducible_columns.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Minutes(4);

// One long epoch after another: what is saved is saved in their middle.
constexpr char kSpec[] = R"(
name: preempted
base:
  num_steps: 4000
  env: {id: Pendulum-v1}
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 2, warmup_steps: 100}
  model: {loss: vagram, members: 2, elites: 1, hidden_sizes: [16], batch_size: 32, max_epochs: 3, train_every: 100}
  imagine: {rollouts_per_step: 2, model_share: 0.5}
  schedule: {mode: MODE, epoch_length: 1000}
  evaluate: {episodes: 1}
seeds: [1]
)";

class PreemptTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto cluster = Cluster::Start(/*slots=*/2);
    ASSERT_THAT(cluster.status(), IsOk());
    cluster_ = *std::move(cluster);
    if (Undisturbed().empty()) {
      const auto twin = cluster_->Submit(Spec());
      ASSERT_THAT(twin.status(), IsOk());
      const auto ended = cluster_->WaitUntilEnded(*twin, kTimeout);
      ASSERT_THAT(ended.status(), IsOk());
      ASSERT_EQ(ended->state(), v1::EXPERIMENT_SUCCEEDED) << ended->DebugString();
      Undisturbed() = Csv(*ended);
    }
    const auto id = cluster_->Submit(Spec());
    ASSERT_THAT(id.status(), IsOk());
    id_ = *id;
    Await([](const v1::Trial& trial) { return trial.progress().step() > 300; });
  }

  static std::string Spec() { return absl::StrReplaceAll(kSpec, {{"MODE", GetParam()}}); }

  // The metrics of the mode's trial that nothing happens to; made by the first test.
  static std::string& Undisturbed() {
    static auto* const metrics = new std::map<std::string, std::string>;
    return (*metrics)[GetParam()];
  }

  static std::string Csv(const v1::Experiment& experiment) {
    return ReproducibleColumns(ReadFile(experiment.trials(0).folder() + "/metrics.csv"));
  }

  v1::Trial Await(const std::function<bool(const v1::Trial&)>& condition) {
    const auto experiment = cluster_->WaitUntil(
        id_, kTimeout,
        [&](const v1::Experiment& experiment) { return condition(experiment.trials(0)); });
    EXPECT_THAT(experiment.status(), IsOk());
    return experiment.ok() ? experiment->trials(0) : v1::Trial();
  }

  void ExpectTheUndisturbedEnd(int attempts) {
    const auto ended = cluster_->WaitUntilEnded(id_, kTimeout);
    ASSERT_THAT(ended.status(), IsOk());
    EXPECT_EQ(ended->state(), v1::EXPERIMENT_SUCCEEDED) << ended->DebugString();
    EXPECT_EQ(ended->trials(0).attempt(), attempts);
    EXPECT_EQ(Csv(*ended), Undisturbed());
    const std::string log = ReadFile(ended->trials(0).folder() + "/logs/learner.0.log");
    EXPECT_THAT(log, HasSubstr("told to end, a checkpoint is saved"));
    EXPECT_THAT(log, HasSubstr("goes on from the checkpoint of step="));
  }

  std::unique_ptr<Cluster> cluster_;
  std::string id_;
};

TEST_P(PreemptTest, PausedAndResumedItEndsTheSame) {
  ASSERT_THAT(cluster_->Pause(id_), IsOk());
  const v1::Trial paused = Await([](const v1::Trial& trial) {
    return trial.state() == v1::PAUSED && trial.workers().empty();
  });
  EXPECT_EQ(paused.workers_size(), 0);
  ASSERT_THAT(cluster_->KillAndRestart(), IsOk());
  const auto still = cluster_->Get(id_);
  ASSERT_THAT(still.status(), IsOk());
  EXPECT_EQ(still->state(), v1::EXPERIMENT_PAUSED);
  ASSERT_THAT(cluster_->Resume(id_), IsOk());
  ExpectTheUndisturbedEnd(/*attempts=*/2);
}

TEST_P(PreemptTest, PreemptedItGoesOnByItself) {
  ASSERT_THAT(cluster_->Preempt(id_), IsOk());
  ExpectTheUndisturbedEnd(/*attempts=*/2);
}

TEST_P(PreemptTest, AServiceThatIsStoppedSavesWhatItDoes) {
  ASSERT_THAT(cluster_->StopAndRestart(), IsOk());
  ExpectTheUndisturbedEnd(/*attempts=*/2);
}

TEST_P(PreemptTest, OneWorkerThatIsToldToEndTakesTheOthersAlong) {
  for (const v1::Role role : {v1::LEARNER, v1::MODEL_SERVER}) {
    const v1::Trial trial = Await([&](const v1::Trial& now) {
      return now.state() == v1::RUNNING && now.attempt() == (role == v1::LEARNER ? 1 : 2) &&
             now.progress().step() > 0;
    });
    for (const v1::Worker& worker : trial.workers()) {
      if (worker.role() == role) kill(static_cast<pid_t>(worker.pid()), SIGTERM);
    }
    Await([&](const v1::Trial& now) { return now.attempt() > trial.attempt(); });
  }
  ExpectTheUndisturbedEnd(/*attempts=*/3);
}

INSTANTIATE_TEST_SUITE_P(Modes, PreemptTest, ::testing::Values("lockstep", "pipelined"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace vagram

// Several actors that run ahead, through the real processes.
#include <signal.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "tests/e2e/cluster.h"

namespace vagram {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(4);

constexpr char kSpec[] = R"(
name: async
base:
  num_steps: 6000
  env: {id: Pendulum-v1}
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 2, warmup_steps: 200}
  model: {loss: vagram, members: 2, elites: 1, hidden_sizes: [16], batch_size: 32, max_epochs: 3, train_every: 200}
  imagine: {rollouts_per_step: 2, model_share: 0.5}
  schedule: {mode: async, epoch_length: 500, run_ahead_steps: 64}
  evaluate: {episodes: 1}
resources: {actors: 3}
seeds: [1]
)";

double Value(const v1::MetricRow& row, const std::string& name) {
  for (const v1::Metric& metric : row.metrics()) {
    if (metric.name() == name) return metric.value();
  }
  ADD_FAILURE() << "no metric " << name;
  return 0;
}

TEST(AsyncTest, ReplacesActorsAndEndsWithEveryStepAndUpdate) {
  auto cluster = Cluster::Start(/*slots=*/1);
  ASSERT_THAT(cluster.status(), IsOk());
  const auto id = (*cluster)->Submit(kSpec);
  ASSERT_THAT(id.status(), IsOk());
  const auto running = (*cluster)->WaitUntil(*id, kTimeout, [](const v1::Experiment& experiment) {
    return experiment.trials(0).progress().step() > 500;
  });
  ASSERT_THAT(running.status(), IsOk());
  int killed = 0;
  for (const v1::Worker& worker : running->trials(0).workers()) {
    if (worker.role() == v1::ACTOR && worker.index() < 2) {
      killed += kill(static_cast<pid_t>(worker.pid()), SIGKILL) == 0;
    }
  }
  EXPECT_EQ(killed, 2);
  ASSERT_THAT((*cluster)
                  ->WaitUntil(*id, kTimeout,
                              [](const v1::Experiment& experiment) {
                                const v1::Trial& trial = experiment.trials(0);
                                return trial.replaced_actors() >= 2 && trial.attempt() == 1;
                              })
                  .status(),
              IsOk());
  ASSERT_THAT((*cluster)->Preempt(*id), IsOk());
  const auto ended = (*cluster)->WaitUntilEnded(*id, kTimeout);
  ASSERT_THAT(ended.status(), IsOk());
  EXPECT_EQ(ended->state(), v1::EXPERIMENT_SUCCEEDED) << ended->DebugString();

  const auto metrics = (*cluster)->Metrics(ended->trials(0).id());
  ASSERT_THAT(metrics.status(), IsOk());
  ASSERT_EQ(metrics->rows_size(), 12);
  const v1::MetricRow& last = metrics->rows(11);
  EXPECT_EQ(last.step(), 6000);
  EXPECT_EQ(Value(last, "sac/updates"), 2 * (6000 - 200 + 1));
  for (int row = 1; row < 12; ++row) {
    EXPECT_GE(Value(metrics->rows(row), "sac/updates"), 2 * (metrics->rows(row).step() - 200 - 64))
        << "held back by the ratio";
  }
}

}  // namespace
}  // namespace vagram

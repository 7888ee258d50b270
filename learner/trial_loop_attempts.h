#ifndef LEARNER_TRIAL_LOOP_ATTEMPTS_H_
#define LEARNER_TRIAL_LOOP_ATTEMPTS_H_

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/faulty_storage.h"
#include "learner/trial_checkpoints.h"
#include "learner/trial_loop_fixture.h"

// A tiny trial in several attempts, for the tests of what interrupts it.
namespace vagram {

inline v1::TrialConfig Checkpointed(int every_epochs = 1) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_checkpoint()->set_every_epochs(every_epochs);
  config.mutable_checkpoint()->set_keep(2);
  return config;
}

// What one attempt leaves behind.
struct Attempt {
  absl::Status status;
  std::vector<std::string> journal;
  FakeReporter reporter;
};

// Processes come and go with an attempt; the disk stays.
class Trial {
 public:
  explicit Trial(const v1::TrialConfig& config) : config_(config) {}

  // `fail_at_step`: where the actor is lost for good; -1: nowhere. Is told to stop where it waits
  // for room on the disk.
  Attempt Run(int64_t fail_at_step = -1) {
    return Run([&](FakeActors& actors) { actors.fail_at_step = fail_at_step; });
  }

  // What befalls it is up to its actor.
  Attempt Run(const std::function<void(FakeActors&)>& prepare, int64_t no_room_for_row = -1,
              int64_t gone_at_training = -1, int gone_at_policy = -1) {
    Attempt attempt;
    Stop leave;
    attempt.reporter.no_room_for_row = no_room_for_row;
    attempt.reporter.gone_at_policy = gone_at_policy;
    attempt.reporter.leave = &leave;
    FakeActors actors(&attempt.journal);
    actors.leave = &leave;
    prepare(actors);
    FakeDynamics dynamics(&attempt.journal);
    dynamics.leave = &leave;
    dynamics.gone_at_training = gone_at_training;
    SnapshotBoard board(config_.sac().replay_capacity(), 2, 1);
    Stop stop;
    attempt.reporter.on_progress = [&stop](const v1::Progress& progress) {
      if (progress.activity() == "waiting for room on the disk") stop.Trip("it waits for room");
    };
    auto checkpoints = TrialCheckpoints::Open(&storage_, "trial", config_, TinyTask());
    EXPECT_THAT(checkpoints.status(), IsOk());
    auto loop =
        TrialLoop::Create(config_, TinyTask(),
                          {&actors, config_.algorithm() == "sac" ? nullptr : &dynamics, &board,
                           &attempt.reporter, Clock::Real(), &stop, checkpoints->get(), &leave});
    EXPECT_THAT(loop.status(), IsOk());
    attempt.status = (*loop)->Run();
    attempt.reporter.on_progress = nullptr;
    attempt.reporter.leave = nullptr;
    return attempt;
  }

  FaultyStorage& storage() { return storage_; }
  v1::TrialConfig& config() { return config_; }

  std::map<std::string, std::string> NewestState() {
    auto store = CheckpointStore::Open(&storage_, "trial");
    EXPECT_THAT(store.status(), IsOk());
    auto newest = (*store)->RestoreNewest();
    EXPECT_THAT(newest.status(), IsOk());
    auto state = ReproducibleState(*newest);
    EXPECT_THAT(state.status(), IsOk());
    return *std::move(state);
  }

 private:
  v1::TrialConfig config_;
  FaultyStorage storage_;
};

inline std::vector<std::pair<std::string, double>> Reproducible(const v1::MetricRow& row) {
  std::vector<std::pair<std::string, double>> metrics;
  for (const v1::Metric& metric : row.metrics()) {
    // NaN compares unequal to itself.
    const double value = metric.value() == metric.value() ? metric.value() : -1e300;
    if (metric.name().rfind("time/", 0) != 0) metrics.emplace_back(metric.name(), value);
  }
  return metrics;
}

inline void ExpectSameRows(const Attempt& whole, const Attempt& resumed) {
  ASSERT_EQ(resumed.reporter.rows.size(), whole.reporter.rows.size());
  for (size_t i = 0; i < whole.reporter.rows.size(); ++i) {
    EXPECT_EQ(resumed.reporter.rows[i].row(), whole.reporter.rows[i].row());
    EXPECT_EQ(resumed.reporter.rows[i].step(), whole.reporter.rows[i].step());
    EXPECT_EQ(Reproducible(resumed.reporter.rows[i]), Reproducible(whole.reporter.rows[i]));
  }
}

}  // namespace vagram

#endif  // LEARNER_TRIAL_LOOP_ATTEMPTS_H_

// Actors that run ahead of the updates.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/faulty_storage.h"
#include "learner/trial_checkpoints.h"
#include "learner/trial_loop_fixture.h"

namespace vagram {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

v1::TrialConfig Async() {
  v1::TrialConfig config = TinyConfig();
  config.mutable_schedule()->set_mode("async");
  config.mutable_schedule()->set_run_ahead_steps(6);
  config.mutable_schedule()->set_max_policy_age(6);
  config.mutable_checkpoint()->set_every_epochs(1);
  config.mutable_checkpoint()->set_keep(2);
  return config;
}

// Two actors that use whatever they are allowed at once, three steps a command.
class FakeAhead : public AheadCollector {
 public:
  void SetPolicy(std::shared_ptr<const v1::PolicySnapshot> policy) override {
    policy_ = std::move(policy);
  }
  void Allow(int64_t steps) override {
    EXPECT_GE(steps, 0);
    resting_ = false;
    most_allowed = std::max(most_allowed, steps);
    while (outstanding_ < steps) {
      const int64_t size = std::min<int64_t>(3, steps - outstanding_);
      TransitionBatch batch(size, 2, 1);
      Arrival arrival;
      *arrival.reply.mutable_transitions() = EncodeTransitions(batch);
      arrival.uniform = policy_ == nullptr;
      if (policy_ != nullptr) {
        arrival.reply.mutable_transitions()->set_policy_version(policy_->actor().version());
      }
      outstanding_ += size;
      steps_begun += size;
      arrivals_.push_back(std::move(arrival));
      if (steps_begun >= leave_at_step && leave_at_step > 0) leave->Trip("told to end");
    }
  }
  absl::StatusOr<std::vector<Arrival>> Take(absl::Duration) override {
    std::vector<Arrival> taken;
    if (!held_back.empty() && !resting_ && steps_begun > 20) std::swap(taken, held_back);
    if (!arrivals_.empty()) {
      taken.push_back(std::move(arrivals_.front()));
      arrivals_.erase(arrivals_.begin());
    }
    if (hold_back_one && !taken.empty() && !taken.back().uniform) {
      hold_back_one = false;
      held_back.push_back(std::move(taken.back()));
      taken.pop_back();
    }
    for (const Arrival& arrival : taken) outstanding_ -= arrival.reply.transitions().size();
    return taken;
  }
  absl::Status Rest() override {
    resting_ = true;
    ++rests;
    return absl::OkStatus();
  }
  absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                             const v1::PolicySnapshot& policy) override {
    std::vector<std::string> journal;
    return FakeActors(&journal).Evaluate(num_episodes, seed, policy);
  }
  v1::ActorStates SaveState() const override {
    EXPECT_TRUE(resting_);
    v1::ActorStates states;
    states.add_actors()->set_next_index(steps_begun);
    return states;
  }
  absl::Status RestoreState(const v1::ActorStates& states) override {
    restored = states.actors(0).next_index();
    return absl::OkStatus();
  }

  int64_t steps_begun = 0;
  int64_t most_allowed = 0;
  int64_t restored = 0;
  int rests = 0;
  bool hold_back_one = false;  // of a policy, until it is old
  std::vector<Arrival> held_back;
  int64_t leave_at_step = 0;
  Stop* leave = nullptr;

 private:
  bool resting_ = false;
  int64_t outstanding_ = 0;
  std::vector<Arrival> arrivals_;
  std::shared_ptr<const v1::PolicySnapshot> policy_;
};

class AsyncLoopTest : public ::testing::Test {
 protected:
  absl::Status Run(const v1::TrialConfig& config, FakeAhead* ahead) {
    FakeDynamics dynamics(&journal_);
    SnapshotBoard board(1000, 2, 1);
    reporter_ = FakeReporter();
    Stop stop, leave;
    ahead->leave = &leave;
    auto checkpoints = TrialCheckpoints::Open(&storage_, "trial", config, TinyTask());
    if (!checkpoints.ok()) return checkpoints.status();
    auto loop = TrialLoop::Create(config, TinyTask(),
                                  {nullptr, &dynamics, &board, &reporter_, Clock::Real(), &stop,
                                   checkpoints->get(), &leave, ahead});
    if (!loop.ok()) return loop.status();
    return (*loop)->Run();
  }

  FaultyStorage storage_;
  std::vector<std::string> journal_;
  FakeReporter reporter_;
};

TEST_F(AsyncLoopTest, MakesTheStepsAndUpdatesOfLockstep) {
  FakeAhead ahead;
  ASSERT_THAT(Run(Async(), &ahead), IsOk());
  EXPECT_EQ(ahead.steps_begun, 25);
  ASSERT_EQ(reporter_.rows.size(), 3u);
  EXPECT_EQ(reporter_.rows[2].step(), 25);
  EXPECT_EQ(reporter_.Value(2, "sac/updates"), 2 * 16);
  EXPECT_LE(ahead.most_allowed, 9 + 6) << "the warm-up's and those that may run ahead";
  EXPECT_EQ(ahead.rests, 3) << "for each checkpoint";
  EXPECT_THAT(journal_, Contains("imagine 20"));
}

TEST_F(AsyncLoopTest, TellsHowOldPoliciesWere) {
  FakeAhead ahead;
  ASSERT_THAT(Run(Async(), &ahead), IsOk());
  EXPECT_LE(reporter_.Value(1, "collect/policy_age"), 6 * 2);
}

TEST_F(AsyncLoopTest, DropsStepsOfAPolicyThatIsTooOld) {
  FakeAhead ahead;
  ahead.hold_back_one = true;
  v1::TrialConfig config = Async();
  config.mutable_schedule()->set_max_policy_age(1);  // checked where experiments are submitted
  ASSERT_THAT(Run(config, &ahead), IsOk());
  EXPECT_EQ(reporter_.rows.back().step(), 25) << "others are taken in their place";
  EXPECT_GT(ahead.steps_begun, 25);
  double dropped = 0;
  for (size_t row = 0; row < reporter_.rows.size(); ++row) {
    const double steps = reporter_.Value(static_cast<int>(row), "collect/dropped_steps");
    if (!std::isnan(steps)) dropped += steps;
  }
  EXPECT_EQ(dropped, static_cast<double>(ahead.steps_begun - 25));
}

TEST_F(AsyncLoopTest, SavesWhatHasArrivedWhenToldToEndAndGoesOn) {
  FakeAhead first;
  first.leave_at_step = 17;
  ASSERT_THAT(Run(Async(), &first),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("saved at step")));
  FakeAhead second;
  ASSERT_THAT(Run(Async(), &second), IsOk());
  EXPECT_EQ(second.restored, first.steps_begun);
  EXPECT_EQ(reporter_.rows.back().step(), 25);
  EXPECT_EQ(reporter_.rows.size(), 3u);
  EXPECT_EQ(reporter_.Value(2, "sac/updates"), 2 * 16) << "none is lost and none is made twice";
}

TEST_F(AsyncLoopTest, NeedsActorsThatRunAhead) {
  FakeAhead ahead;
  v1::TrialConfig config = Async();
  config.mutable_schedule()->set_mode("lockstep");
  EXPECT_THAT(Run(config, &ahead),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("wait for their turn")));
}

}  // namespace
}  // namespace vagram

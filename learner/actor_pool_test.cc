#include "learner/actor_pool.h"

#include <deque>
#include <functional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

// An actor behind a stream without a network: answers by a function, breaks after `lifetime`
// answers.
class FakeStream : public CollectStream {
 public:
  explicit FakeStream(int lifetime = 1000) : lifetime_(lifetime) {}

  bool Write(const v1::CollectCommand& command) override {
    absl::MutexLock lock(&mu_);
    if (cancelled_) return false;
    commands_.push_back(command);
    return true;
  }
  bool Read(v1::CollectReply* reply) override {
    absl::MutexLock lock(&mu_);
    if (lifetime_-- <= 0) return false;
    if (silent_) mu_.Await(absl::Condition(&cancelled_));
    if (cancelled_) return false;
    *reply = Answer(commands_.back());
    return true;
  }
  void Cancel() override {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
  }

  static v1::CollectReply Answer(const v1::CollectCommand& command) {
    v1::CollectReply reply;
    reply.set_sequence(command.sequence());
    if (command.has_step()) {
      static_cast<void>(reply.mutable_step()->mutable_state());
      reply.mutable_step()->mutable_transitions()->set_size(command.step().num_steps());
      reply.mutable_step()->mutable_transitions()->set_first_index(0);
      reply.mutable_step()->mutable_state()->set_total_steps(17);
    } else if (command.has_evaluate()) {
      for (int i = 0; i < command.evaluate().num_episodes(); ++i) {
        reply.mutable_evaluate()->add_returns(i);
      }
    } else {
      reply.mutable_restore();
    }
    return reply;
  }

  const std::vector<v1::CollectCommand>& commands() const { return commands_; }
  void set_silent() { silent_ = true; }

 private:
  absl::Mutex mu_;
  int lifetime_;
  bool silent_ = false;
  bool cancelled_ = false;
  std::vector<v1::CollectCommand> commands_;
};

v1::PolicySnapshot Policy(int64_t version) {
  v1::PolicySnapshot policy;
  policy.mutable_actor()->set_version(version);
  return policy;
}

class ActorPoolTest : public ::testing::Test {
 protected:
  Stop stop_;
  ActorPool pool_{"1/0", absl::Seconds(60), &stop_};
};

TEST_F(ActorPoolTest, SendsThePolicyOnlyWhenItChanged) {
  FakeStream stream;
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(stream), IsOk()); });
  const v1::PolicySnapshot policy = Policy(3), newer = Policy(4);
  EXPECT_THAT(pool_.Evaluate(2, 0, policy).status(), IsOk());
  EXPECT_THAT(pool_.Evaluate(2, 0, policy).status(), IsOk());
  EXPECT_THAT(pool_.Evaluate(2, 0, newer).status(), IsOk());
  pool_.Close();
  actor.join();
  ASSERT_EQ(stream.commands().size(), 3u);
  EXPECT_TRUE(stream.commands()[0].evaluate().policy().has_actor());
  EXPECT_FALSE(stream.commands()[1].evaluate().policy().has_actor());
  EXPECT_EQ(stream.commands()[2].evaluate().policy().actor().version(), 4);
}

TEST_F(ActorPoolTest, RestoresAndRepeatsAfterTheStreamBroke) {
  FakeStream first(/*lifetime=*/1), second;
  std::thread actor([&] {
    EXPECT_THAT(pool_.Serve(first), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(pool_.Serve(second), IsOk());
  });
  EXPECT_THAT(pool_.Step(5, nullptr).status(), IsOk());
  const v1::PolicySnapshot policy = Policy(3);
  EXPECT_THAT(pool_.Evaluate(2, 0, policy).status(), IsOk());
  pool_.Close();
  actor.join();
  ASSERT_EQ(second.commands().size(), 2u);
  EXPECT_EQ(second.commands()[0].restore().total_steps(), 17);
  EXPECT_TRUE(second.commands()[1].evaluate().policy().has_actor());
}

TEST_F(ActorPoolTest, RefusesASecondActor) {
  FakeStream stream, other;
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(stream), IsOk()); });
  EXPECT_THAT(pool_.Step(1, nullptr).status(), IsOk());  // so the first one is connected
  EXPECT_THAT(pool_.Serve(other),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has an actor already")));
  pool_.Close();
  actor.join();
}

TEST_F(ActorPoolTest, RefusesAnAnswerOfTheWrongSize) {
  FakeStream stream;
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(stream), IsOk()); });
  EXPECT_THAT(pool_.Step(1, nullptr).status(), IsOk());
  // The fake always answers from index 0; the pool expects index 1 by now.
  EXPECT_THAT(pool_.Step(1, nullptr).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("from index 1")));
  pool_.Close();
  actor.join();
}

TEST_F(ActorPoolTest, StopEndsACommandThatIsNeverAnswered) {
  FakeStream stream;
  stream.set_silent();
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(stream), IsOk()); });
  std::thread learner([&] {
    EXPECT_THAT(pool_.Step(1, nullptr).status(), StatusIs(absl::StatusCode::kCancelled));
  });
  stop_.Trip("test");
  learner.join();
  actor.join();
}

TEST(ActorPoolTimeoutTest, SaysWhenNoActorComes) {
  Stop stop;
  ActorPool pool("7/1", absl::Milliseconds(1), &stop);
  EXPECT_THAT(pool.Step(1, nullptr).status(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no actor of trial 7/1")));
}

}  // namespace
}  // namespace vagram

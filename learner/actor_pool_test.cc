#include "learner/actor_pool.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "learner/fake_stream.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

v1::PolicySnapshot Policy(int64_t version) {
  v1::PolicySnapshot policy;
  policy.mutable_actor()->set_version(version);
  return policy;
}

class ActorPoolTest : public ::testing::Test {
 protected:
  Stop stop_, leave_;
  ActorPool pool_{"1/0", absl::Seconds(60), &stop_, &leave_};
};

TEST_F(ActorPoolTest, SendsThePolicyOnlyWhenItChanged) {
  FakeStream stream;
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(0, stream), IsOk()); });
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
    EXPECT_THAT(pool_.Serve(0, first), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(pool_.Serve(0, second), IsOk());
  });
  EXPECT_THAT(pool_.Step(5, nullptr).status(), IsOk());
  const v1::PolicySnapshot policy = Policy(3);
  EXPECT_THAT(pool_.Evaluate(2, 0, policy).status(), IsOk());
  pool_.Close();
  actor.join();
  ASSERT_EQ(second.commands().size(), 2u);
  EXPECT_EQ(second.commands()[0].restore().total_steps(), 5);
  EXPECT_TRUE(second.commands()[1].evaluate().policy().has_actor());
}

TEST_F(ActorPoolTest, AReplacementTakesOverFromAStreamThatWasLeftOver) {
  FakeStream first, second;
  std::thread dead([&] {
    EXPECT_THAT(pool_.Serve(0, first),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("newer stream")));
  });
  EXPECT_THAT(pool_.Step(5, nullptr).status(), IsOk());  // so the first one is connected
  std::thread replacement([&] { EXPECT_THAT(pool_.Serve(0, second), IsOk()); });
  dead.join();
  EXPECT_TRUE(first.cancelled());
  const auto reply = pool_.Step(2, nullptr);
  ASSERT_THAT(reply.status(), IsOk());
  EXPECT_EQ(reply->transitions().first_index(), 5);
  EXPECT_EQ(second.commands()[0].restore().total_steps(), 5);
  pool_.Close();
  replacement.join();
}

TEST_F(ActorPoolTest, AReplacementTakesOverFromACommandThatIsNeverAnswered) {
  FakeStream first, second;
  std::thread dead(
      [&] { EXPECT_THAT(pool_.Serve(0, first), StatusIs(absl::StatusCode::kUnavailable)); });
  EXPECT_THAT(pool_.Step(5, nullptr).status(), IsOk());
  first.SetSilent(true);
  std::thread learner([&] { EXPECT_THAT(pool_.Step(2, nullptr).status(), IsOk()); });
  first.AwaitCommands(2);
  std::thread replacement([&] { EXPECT_THAT(pool_.Serve(0, second), IsOk()); });
  learner.join();
  dead.join();
  EXPECT_EQ(second.commands()[0].restore().total_steps(), 5) << "what was begun does not count";
  pool_.Close();
  replacement.join();
}

TEST_F(ActorPoolTest, AnAnswerThatComesTwiceIsTakenOnce) {
  FakeStream first, second;
  first.DoubleAnswers();
  std::thread actor([&] {
    EXPECT_THAT(pool_.Serve(0, first), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(pool_.Serve(0, second), IsOk());
  });
  EXPECT_THAT(pool_.Step(5, nullptr).status(), IsOk());
  const auto reply = pool_.Step(5, nullptr);
  ASSERT_THAT(reply.status(), IsOk());
  EXPECT_EQ(reply->transitions().first_index(), 5);
  EXPECT_EQ(second.commands()[0].restore().total_steps(), 5);
  pool_.Close();
  actor.join();
}

TEST_F(ActorPoolTest, RefusesAnActorThatIsNoneOfTheTrial) {
  FakeStream stream;
  EXPECT_THAT(pool_.Serve(1, stream),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has one actor")));
}

TEST_F(ActorPoolTest, WhoIsToldToLeaveDoesNotWaitForAnActorThatIsGone) {
  std::thread learner([&] {
    EXPECT_THAT(pool_.Step(1, nullptr).status(),
                StatusIs(absl::StatusCode::kCancelled, HasSubstr("told to leave")));
  });
  leave_.Trip("test");
  learner.join();
}

TEST_F(ActorPoolTest, GoesOnWhereASavedPoolWas) {
  FakeStream first, second;
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(0, first), IsOk()); });
  EXPECT_THAT(pool_.Step(5, nullptr).status(), IsOk());
  const v1::ActorStates saved = pool_.SaveState();
  pool_.Close();
  actor.join();
  ActorPool other("1/0", absl::Seconds(60), &stop_, &leave_);
  ASSERT_THAT(other.RestoreState(saved), IsOk());
  std::thread next([&] { EXPECT_THAT(other.Serve(0, second), IsOk()); });
  EXPECT_EQ(other.Step(2, nullptr)->transitions().first_index(), 5);
  other.Close();
  next.join();
  EXPECT_THAT(other.RestoreState(v1::ActorStates()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0 actors")));
}

TEST_F(ActorPoolTest, RefusesAnAnswerOfTheWrongSize) {
  FakeStream stream;
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(0, stream), IsOk()); });
  v1::ActorStates states;
  states.add_actors()->set_next_index(7);  // the fake was not told and begins at 0
  ASSERT_THAT(pool_.RestoreState(states), IsOk());
  EXPECT_THAT(pool_.Step(1, nullptr).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("from index 7")));
  pool_.Close();
  actor.join();
}

TEST_F(ActorPoolTest, StopEndsACommandThatIsNeverAnswered) {
  FakeStream stream;
  stream.SetSilent(true);
  std::thread actor([&] { EXPECT_THAT(pool_.Serve(0, stream), IsOk()); });
  std::thread learner([&] {
    EXPECT_THAT(pool_.Step(1, nullptr).status(), StatusIs(absl::StatusCode::kCancelled));
  });
  stop_.Trip("test");
  learner.join();
  actor.join();
}

TEST(ActorPoolTimeoutTest, SaysWhenNoActorComes) {
  Stop stop, leave;
  ActorPool pool("7/1", absl::Milliseconds(1), &stop, &leave);
  EXPECT_THAT(pool.Step(1, nullptr).status(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no actor of trial 7/1")));
}

}  // namespace
}  // namespace vagram

#include "learner/actor_fleet.h"

#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "learner/fake_stream.h"
#include "testing/fake_clock.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// What a wait that a test expects to end is given; only a failing test spends it.
constexpr absl::Duration kPatience = absl::Seconds(30);

std::shared_ptr<const v1::PolicySnapshot> Policy(int64_t version) {
  auto policy = std::make_shared<v1::PolicySnapshot>();
  policy->mutable_actor()->set_version(version);
  return policy;
}

class ActorFleetTest : public ::testing::Test {
 protected:
  // Takes until `steps` have arrived in all.
  std::vector<AheadCollector::Arrival> TakeSteps(int64_t steps) {
    std::vector<AheadCollector::Arrival> all;
    while (steps > 0) {
      auto arrivals = fleet_.Take(kPatience);
      EXPECT_THAT(arrivals.status(), IsOk());
      if (!arrivals.ok() || arrivals->empty()) break;
      for (AheadCollector::Arrival& arrival : *arrivals) {
        steps -= arrival.reply.transitions().size();
        all.push_back(std::move(arrival));
      }
    }
    EXPECT_EQ(steps, 0);
    return all;
  }

  FakeClock clock_;
  Stop stop_, leave_;
  ActorFleet fleet_{
      {"1/0", /*actors=*/2, /*steps_per_command=*/4, absl::Minutes(2)}, &clock_, &stop_, &leave_};
};

TEST_F(ActorFleetTest, BothActorsStepUntilTheAllowanceIsUsedUp) {
  FakeStream streams[2];
  std::thread actors[2];
  for (int i = 0; i < 2; ++i) {
    actors[i] = std::thread([&, i] { EXPECT_THAT(fleet_.Serve(i, streams[i]), IsOk()); });
  }
  fleet_.Allow(10);
  TakeSteps(10);
  ASSERT_THAT(fleet_.Rest(), IsOk());
  const auto more = fleet_.Take(absl::ZeroDuration());
  ASSERT_THAT(more.status(), IsOk());
  EXPECT_THAT(*more, SizeIs(0)) << "10 were allowed";
  fleet_.Close();
  for (std::thread& actor : actors) actor.join();
  int64_t steps = 0;
  for (const FakeStream& stream : streams) {
    for (const v1::CollectCommand& command : stream.commands()) {
      EXPECT_LE(command.step().num_steps(), 4);
      steps += command.step().num_steps();
    }
  }
  EXPECT_EQ(steps, 10);
}

TEST_F(ActorFleetTest, EveryCommandHasTheNewestPolicy) {
  FakeStream stream;
  std::thread actor([&] { EXPECT_THAT(fleet_.Serve(0, stream), IsOk()); });
  fleet_.Allow(4);
  EXPECT_TRUE(TakeSteps(4)[0].uniform);
  fleet_.SetPolicy(Policy(7));
  fleet_.Allow(4);
  const auto arrivals = TakeSteps(4);
  EXPECT_FALSE(arrivals[0].uniform);
  EXPECT_EQ(arrivals[0].reply.transitions().policy_version(), 7);
  fleet_.Close();
  actor.join();
  EXPECT_EQ(stream.commands()[1].step().policy().actor().version(), 7);
}

TEST_F(ActorFleetTest, ADeadActorTakesItsCommandWithItAndItsReplacementGoesOn) {
  FakeStream first(/*lifetime=*/1), second;
  std::thread actor([&] {
    EXPECT_THAT(fleet_.Serve(0, first), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(fleet_.Serve(0, second), IsOk());
  });
  fleet_.Allow(8);
  const auto arrivals = TakeSteps(8);
  EXPECT_EQ(arrivals.back().reply.transitions().first_index(), 4) << "without a gap";
  fleet_.Close();
  actor.join();
  EXPECT_EQ(second.commands()[0].restore().total_steps(), 4);
}

TEST_F(ActorFleetTest, TheOthersGoOnWhileOneIsSilent) {
  FakeStream silent, other;
  silent.SetSilent(true);
  std::thread first([&] { EXPECT_THAT(fleet_.Serve(0, silent), IsOk()); });
  fleet_.Allow(4);
  silent.AwaitCommands(1);
  std::thread second([&] { EXPECT_THAT(fleet_.Serve(1, other), IsOk()); });
  fleet_.Allow(12);
  TakeSteps(8);
  fleet_.Close();
  first.join();
  second.join();
}

TEST_F(ActorFleetTest, AReplacementEndsASilentStream) {
  FakeStream silent, second;
  silent.SetSilent(true);
  std::thread dead(
      [&] { EXPECT_THAT(fleet_.Serve(0, silent), StatusIs(absl::StatusCode::kUnavailable)); });
  fleet_.Allow(4);
  silent.AwaitCommands(1);
  std::thread replacement([&] { EXPECT_THAT(fleet_.Serve(0, second), IsOk()); });
  dead.join();
  TakeSteps(4);
  fleet_.Close();
  replacement.join();
}

TEST_F(ActorFleetTest, OneEvaluatesAndAnotherTakesOverWhereItBreaks) {
  FakeStream broken(/*lifetime=*/0), other;
  std::thread first([&] {
    EXPECT_THAT(fleet_.Serve(0, broken), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(fleet_.Serve(1, other), IsOk());
  });
  const auto reply = fleet_.Evaluate(3, /*seed=*/5, *Policy(2));
  ASSERT_THAT(reply.status(), IsOk());
  EXPECT_EQ(reply->returns_size(), 3);
  fleet_.Close();
  first.join();
  EXPECT_EQ(other.commands()[0].evaluate().policy().actor().version(), 2);
}

TEST_F(ActorFleetTest, NothingBeginsWhileActorsRest) {
  FakeStream stream;
  std::thread actor([&] { EXPECT_THAT(fleet_.Serve(0, stream), IsOk()); });
  fleet_.Allow(4);
  TakeSteps(4);
  ASSERT_THAT(fleet_.Rest(), IsOk());
  const v1::ActorStates states = fleet_.SaveState();
  ASSERT_EQ(states.actors_size(), 2);
  EXPECT_EQ(states.actors(0).env().total_steps(), 4);
  EXPECT_FALSE(states.actors(1).has_env()) << "it never came";
  ASSERT_THAT(fleet_.RestoreState(states), IsOk());
  fleet_.Allow(4);
  TakeSteps(4);
  fleet_.Close();
  actor.join();
  EXPECT_THAT(stream.commands(), SizeIs(3)) << "steps, a restoration, steps";
}

TEST_F(ActorFleetTest, RefusesTheStateOfOtherActors) {
  v1::ActorStates states;
  states.add_actors();
  EXPECT_THAT(fleet_.RestoreState(states),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 2")));
}

TEST_F(ActorFleetTest, SaysWhenThereIsNoActorForTooLong) {
  EXPECT_THAT(fleet_.Take(absl::ZeroDuration()).status(), IsOk());
  clock_.Advance(absl::Minutes(3));
  EXPECT_THAT(fleet_.Take(absl::ZeroDuration()).status(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no actor of trial 1/0")));
}

TEST_F(ActorFleetTest, WhoIsToldToLeaveDoesNotWaitForActorsThatAreGone) {
  leave_.Trip("test");
  EXPECT_THAT(fleet_.Take(kPatience).status(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(fleet_.Evaluate(1, 0, *Policy(1)).status(), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(fleet_.Rest(), IsOk());
}

TEST_F(ActorFleetTest, StopEndsEveryWait) {
  FakeStream silent;
  silent.SetSilent(true);
  std::thread actor([&] { EXPECT_THAT(fleet_.Serve(0, silent), IsOk()); });
  fleet_.Allow(4);
  silent.AwaitCommands(1);
  std::thread rest([&] { EXPECT_THAT(fleet_.Rest(), StatusIs(absl::StatusCode::kCancelled)); });
  stop_.Trip("test");
  rest.join();
  actor.join();
  EXPECT_THAT(fleet_.Take(kPatience).status(), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(ActorFleetTest, RefusesAnActorThatIsNoneOfTheTrial) {
  FakeStream stream;
  EXPECT_THAT(fleet_.Serve(2, stream),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has 2 actors")));
}

}  // namespace
}  // namespace vagram

#include "orchestrator/gang.h"

#include <cmath>
#include <csignal>

#include "core/worker/exit_codes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/launcher/fake_launcher.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr WorkerSlot kLearner = {v1::LEARNER, 0};
constexpr WorkerSlot kModelServer = {v1::MODEL_SERVER, 0};
constexpr WorkerSlot kActor = {v1::ACTOR, 0};
constexpr absl::Duration kGrace = absl::Seconds(20);
constexpr absl::Duration kAtOnce = absl::ZeroDuration();

// Processes that stay when they are told to end: 1 is the learner, 2 the model server, 3 the actor.
class GangTest : public ::testing::Test {
 protected:
  GangTest() {
    launcher_.IgnoreTerminate(true);
    for (const WorkerSlot& slot : {kLearner, kModelServer, kActor}) {
      gang_.Add(slot, Launch(slot), "/no/log", "127.0.0.1:9", now_);
    }
  }

  Process Launch(const WorkerSlot& slot) {
    WorkerCommand command;
    command.name = slot.Name();
    const auto process = launcher_.Launch(command);
    EXPECT_OK(process);
    return process.ok() ? *process : Process();
  }

  void Exits(int64_t pid, int code) { launcher_.End(pid, Exit{code, std::nullopt}); }
  void IsKilled(int64_t pid, int signal) { launcher_.End(pid, Exit{std::nullopt, signal}); }

  // Time goes on in steps, in which all but `silent` are heard.
  void Pass(absl::Duration duration, std::vector<WorkerSlot> silent = {}) {
    for (const absl::Time end = now_ + duration; now_ < end;) {
      now_ += absl::Seconds(1);
      for (const WorkerSlot& slot : {kLearner, kModelServer, kActor}) {
        if (std::find(silent.begin(), silent.end(), slot) != silent.end()) continue;
        gang_.Hear(slot, "", "", now_);
      }
      gang_.Advance(now_);
    }
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  FakeLauncher launcher_;
  Gang gang_{1, Gang::Options(), &launcher_};
};

TEST_F(GangTest, LosesAnActorWithoutFailing) {
  IsKilled(3, SIGKILL);
  gang_.Advance(now_);
  EXPECT_EQ(gang_.failure(), "");
  const std::vector<Gang::Loss> losses = gang_.TakeLosses();
  ASSERT_THAT(losses, SizeIs(1));
  EXPECT_EQ(losses[0].slot, kActor);
  EXPECT_EQ(losses[0].reason, "actor.0 (pid 3) was killed by SIGKILL");
  EXPECT_TRUE(losses[0].counts);
  EXPECT_EQ(gang_.Find(kActor)->address, "") << "nobody is to be sent there";
  gang_.Advance(now_);
  EXPECT_THAT(gang_.TakeLosses(), IsEmpty()) << "told once";
}

TEST_F(GangTest, PutsAnotherProcessInTheLostOnesPlace) {
  Exits(3, 1);
  gang_.Hear(kActor, "", "", now_);
  gang_.Advance(now_);
  gang_.Replace(kActor, Launch(kActor), now_);
  ASSERT_THAT(gang_.members(), SizeIs(3));
  EXPECT_EQ(gang_.Find(kActor)->process.pid, 4);
  EXPECT_EQ(gang_.Find(kActor)->log_file, "/no/log");
  EXPECT_FALSE(gang_.Find(kActor)->heard);
  EXPECT_FALSE(gang_.AllGone());
  IsKilled(4, SIGSEGV);
  gang_.Advance(now_);
  EXPECT_THAT(gang_.TakeLosses(), SizeIs(2));
}

TEST_F(GangTest, KillsAnActorThatFellSilentAndLosesItOnceItIsGone) {
  Pass(absl::Seconds(30), {kActor});
  EXPECT_THAT(launcher_.running("actor.0"), SizeIs(1));
  Pass(absl::Seconds(1), {kActor});
  EXPECT_THAT(launcher_.running("actor.0"), IsEmpty());
  EXPECT_THAT(gang_.TakeLosses(), IsEmpty());
  Pass(absl::Seconds(1), {kActor});
  const std::vector<Gang::Loss> losses = gang_.TakeLosses();
  ASSERT_THAT(losses, SizeIs(1));
  EXPECT_EQ(losses[0].reason, "actor.0 (pid 3) sent no heartbeat for 31s");
  EXPECT_EQ(gang_.failure(), "");
}

TEST_F(GangTest, WaitsForTheLearnersWordBeforeAnActorThatIsDoneCountsAsLost) {
  Exits(3, 0);
  Pass(absl::Seconds(5));
  EXPECT_THAT(gang_.TakeLosses(), IsEmpty());
  Pass(absl::Seconds(1));
  EXPECT_THAT(gang_.TakeLosses(), SizeIs(1));
}

TEST_F(GangTest, DoesNotCountTheLossOfAnActorThatSomebodyToldToEnd) {
  Exits(3, kExitRequeue);
  gang_.Advance(now_);
  gang_.Replace(kActor, Launch(kActor), now_);
  gang_.HearLeaving(kActor);
  IsKilled(4, SIGKILL);
  gang_.Advance(now_);
  const std::vector<Gang::Loss> losses = gang_.TakeLosses();
  ASSERT_THAT(losses, SizeIs(2));
  EXPECT_FALSE(losses[0].counts);
  EXPECT_FALSE(losses[1].counts);
}

v1::TimeUse Used(double working, double starved, double blocked) {
  v1::TimeUse time_use;
  time_use.set_working(working);
  time_use.set_starved(starved);
  time_use.set_blocked(blocked);
  return time_use;
}

TEST_F(GangTest, CountsTheTimeThatAWorkerUsesFromItsFirstWordOn) {
  EXPECT_THAT(gang_.HearTimeUse(kActor, Used(100, 50, 7)), EqualsProto(v1::TimeUse()));
  EXPECT_THAT(gang_.HearTimeUse(kActor, Used(101, 50.5, 7)), EqualsProto(Used(1, 0.5, 0)));
  EXPECT_THAT(gang_.Find(kActor)->time_use, Optional(EqualsProto(Used(101, 50.5, 7))));
  // Another process in its place begins anew.
  Exits(3, 1);
  gang_.Replace(kActor, Launch(kActor), now_);
  EXPECT_FALSE(gang_.Find(kActor)->time_use.has_value());
  EXPECT_THAT(gang_.HearTimeUse(kActor, Used(1, 1, 1)), EqualsProto(v1::TimeUse()));
  EXPECT_THAT(gang_.HearTimeUse(kActor, Used(2, 1, 1)), EqualsProto(Used(1, 0, 0)));
}

TEST_F(GangTest, AddsNothingForTimeThatCannotBe) {
  const double nan = std::nan("");
  gang_.HearTimeUse(kLearner, Used(10, 10, 10));
  EXPECT_THAT(gang_.HearTimeUse(kLearner, Used(nan, 5, HUGE_VAL)), EqualsProto(v1::TimeUse()));
  EXPECT_THAT(gang_.HearTimeUse(kLearner, Used(11, 6, 1)), EqualsProto(Used(0, 1, 0)));
  EXPECT_THAT(gang_.HearTimeUse({v1::ACTOR, 9}, Used(1, 1, 1)), EqualsProto(v1::TimeUse()));
}

TEST_F(GangTest, FailsWithItsLearnerOrModelServer) {
  Pass(absl::Seconds(31), {kModelServer});
  EXPECT_THAT(gang_.failure(), HasSubstr("model_server.0 (pid 2) sent no heartbeat for 31s"));
  EXPECT_TRUE(gang_.ending());
  EXPECT_EQ(launcher_.terminations(1), 1);
  Pass(absl::Seconds(10));
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_THAT(gang_.TakeLosses(), IsEmpty()) << "an actor that is ended with the others";
}

TEST_F(GangTest, HasLeftWhenItsLearnerOrModelServerExitsAsToldToEnd) {
  IsKilled(2, SIGKILL);
  Exits(1, kExitRequeue);
  gang_.Advance(now_);
  EXPECT_EQ(gang_.left(), "learner.0 (pid 1) was told to end");
  EXPECT_EQ(gang_.failure(), "") << "nothing is lost that a failure would lose";
  EXPECT_TRUE(gang_.ending());
  EXPECT_EQ(launcher_.terminations(3), 1);
}

TEST_F(GangTest, GivesAPreemptedGangTimeAndEndsItWithItsLearner) {
  gang_.Preempt(kGrace, kAtOnce, now_);
  gang_.Preempt(kGrace, kAtOnce, now_);
  EXPECT_TRUE(gang_.leaving());
  EXPECT_FALSE(gang_.ending());
  for (const int64_t pid : {1, 2, 3}) EXPECT_EQ(launcher_.terminations(pid), 1) << pid;
  Exits(3, kExitRequeue);
  Pass(absl::Seconds(15));
  EXPECT_EQ(launcher_.terminations(2), 1);
  Exits(1, kExitRequeue);
  Pass(absl::Seconds(1));
  EXPECT_TRUE(gang_.ending());
  EXPECT_EQ(launcher_.terminations(2), 2) << "told again, which ends it";
  EXPECT_EQ(launcher_.terminations(1), 1);
  Exits(2, 128 + SIGTERM);
  Pass(absl::Seconds(1));
  EXPECT_TRUE(gang_.AllGone());
  EXPECT_EQ(gang_.failure(), "");
  EXPECT_EQ(gang_.left(), "");
  EXPECT_THAT(gang_.TakeLosses(), IsEmpty());
}

TEST_F(GangTest, KillsWhoeverOfAPreemptedGangStaysTooLong) {
  gang_.Preempt(kGrace, kAtOnce, now_);
  Pass(absl::Seconds(29));
  EXPECT_THAT(launcher_.running(), SizeIs(3));
  Pass(absl::Seconds(2));
  EXPECT_TRUE(gang_.AllGone());
  EXPECT_EQ(gang_.failure(), "");
}

TEST_F(GangTest, DoesNotTellThoseAgainThatSayTheyWereTold) {
  gang_.HearLeaving(kModelServer);
  gang_.Preempt(kGrace, /*tell_after=*/absl::Seconds(2), now_);
  EXPECT_EQ(launcher_.terminations(), 0);
  gang_.HearLeaving(kLearner);
  Pass(absl::Seconds(3));
  EXPECT_EQ(launcher_.terminations(1), 0);
  EXPECT_EQ(launcher_.terminations(2), 0);
  EXPECT_EQ(launcher_.terminations(3), 1);
}

TEST_F(GangTest, IsToldAtOnceByWhoeverIsInTheGreatestHurry) {
  gang_.Preempt(kGrace, /*tell_after=*/absl::Seconds(20), now_);
  gang_.Preempt(kGrace, kAtOnce, now_);
  EXPECT_EQ(launcher_.terminations(), 3);
  gang_.Terminate(now_);
  EXPECT_EQ(launcher_.terminations(), 6);
  Pass(absl::Seconds(11));
  EXPECT_TRUE(gang_.AllGone());
}

TEST_F(GangTest, TakesNoEndOfAPreemptedGangForAFailure) {
  gang_.Preempt(kGrace, kAtOnce, now_);
  IsKilled(2, SIGKILL);
  Pass(absl::Seconds(1));
  EXPECT_FALSE(gang_.ending()) << "the learner may still save what it can";
  Exits(1, 1);
  IsKilled(3, SIGSEGV);
  Pass(absl::Seconds(1));
  EXPECT_TRUE(gang_.AllGone());
  EXPECT_EQ(gang_.failure(), "");
}

}  // namespace
}  // namespace vagram

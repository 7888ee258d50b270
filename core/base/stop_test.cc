#include "core/base/stop.h"

#include <csignal>
#include <thread>

#include "gtest/gtest.h"

namespace vagram {
namespace {

TEST(StopTest, EndsAWaitOnAnotherThread) {
  Stop stop;
  std::thread waiter([&] { stop.Wait(); });
  stop.Trip("done");
  waiter.join();
  EXPECT_EQ(stop.Check().message(), "done");
}

TEST(StopTest, KeepsTheFirstReason) {
  Stop stop;
  stop.Trip("first");
  stop.Trip("second");
  EXPECT_EQ(stop.reason(), "first");
}

TEST(StopTest, RunsCallbacksOnceAndAtOnceWhenLate) {
  Stop stop;
  int early = 0, late = 0, dropped = 0;
  auto keep = stop.OnTrip([&] { ++early; });
  stop.OnTrip([&] { ++dropped; }).reset();
  stop.Trip("now");
  auto keep_late = stop.OnTrip([&] { ++late; });
  EXPECT_EQ(early, 1);
  EXPECT_EQ(late, 1);
  EXPECT_EQ(dropped, 0);
}

TEST(StopTest, HoldsNothingForCallbacksThatWereDropped) {
  Stop stop;
  for (int i = 0; i < 100; ++i) stop.OnTrip([] {}).reset();
  EXPECT_LE(stop.num_callbacks(), 1u);
}

TEST(SignalThreadTest, TurnsSigtermIntoATrip) {
  Stop stop;
  SignalThread signals(&stop);
  kill(getpid(), SIGTERM);
  stop.Wait();
  EXPECT_EQ(stop.reason(), "received SIGTERM");
}

}  // namespace
}  // namespace vagram

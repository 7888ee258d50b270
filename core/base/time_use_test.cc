#include "core/base/time_use.h"

#include <optional>

#include "gtest/gtest.h"
#include "testing/fake_clock.h"

namespace vagram {
namespace {

class TimeUseTest : public ::testing::Test {
 protected:
  void Pass(int seconds) { clock_.Advance(absl::Seconds(seconds)); }
  void ExpectSeconds(int working, int starved, int blocked) {
    const TimeUse::Totals totals = time_use_.Read();
    EXPECT_EQ(totals.working, absl::Seconds(working));
    EXPECT_EQ(totals.starved, absl::Seconds(starved));
    EXPECT_EQ(totals.blocked, absl::Seconds(blocked));
  }

  FakeClock clock_;
  TimeUse time_use_{&clock_};
};

TEST_F(TimeUseTest, WithoutASpanItIsStarved) {
  Pass(3);
  ExpectSeconds(0, 3, 0);
}

TEST_F(TimeUseTest, AWaitInterruptsTheWorkAroundIt) {
  const TimeUse::Span work(&time_use_, TimeUse::kWorking);
  Pass(1);
  {
    const TimeUse::Span wait(&time_use_, TimeUse::kStarved);
    Pass(2);
    ExpectSeconds(1, 2, 0);
  }
  Pass(4);
  {
    const TimeUse::Span wait(&time_use_, TimeUse::kBlocked);
    Pass(8);
  }
  Pass(16);
  ExpectSeconds(21, 2, 8);
}

TEST_F(TimeUseTest, ItWorksWhileAnyOfItsThreadsDoes) {
  const TimeUse::Span one(&time_use_, TimeUse::kWorking);
  const TimeUse::Span other(&time_use_, TimeUse::kWorking);
  std::optional<TimeUse::Span> first_wait(std::in_place, &time_use_, TimeUse::kBlocked);
  Pass(1);
  ExpectSeconds(1, 0, 0);
  std::optional<TimeUse::Span> second_wait(std::in_place, &time_use_, TimeUse::kStarved);
  Pass(2);
  ExpectSeconds(1, 0, 2);
  first_wait.reset();
  Pass(4);
  ExpectSeconds(5, 0, 2);
}

TEST_F(TimeUseTest, AClockThatIsSetBackTakesNothingAway) {
  Pass(5);
  ExpectSeconds(0, 5, 0);
  Pass(-100);
  ExpectSeconds(0, 5, 0);
  Pass(1);
  ExpectSeconds(0, 6, 0);
}

TEST_F(TimeUseTest, ASpanOfNothingDoesNothing) {
  const TimeUse::Span work(nullptr, TimeUse::kWorking);
  Pass(1);
  ExpectSeconds(0, 1, 0);
}

}  // namespace
}  // namespace vagram

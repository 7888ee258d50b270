#include "core/render/frame_rate.h"

#include "gtest/gtest.h"

namespace vagram {
namespace {

struct Case {
  double dt;
  int steps_per_frame;
  int frames_per_state;
  double per_second;
};

TEST(FrameRateTest, ShowsRealTimeAtThirtyToSixtyFrames) {
  for (const Case& c : {Case{0.008, 4, 1, 31.25}, Case{0.05, 1, 2, 40}, Case{0.04, 1, 2, 50},
                        Case{0.02, 1, 1, 50}, Case{0.015, 2, 1, 100.0 / 3}, Case{0.1, 1, 3, 30},
                        Case{1.0 / 60, 2, 1, 30}, Case{0.001, 33, 1, 1000.0 / 33}}) {
    const FrameRate rate = RealTimeFrameRate(c.dt);
    EXPECT_EQ(rate.steps_per_frame, c.steps_per_frame) << c.dt;
    EXPECT_EQ(rate.frames_per_state, c.frames_per_state) << c.dt;
    EXPECT_NEAR(rate.per_second, c.per_second, 1e-9) << c.dt;
  }
}

}  // namespace
}  // namespace vagram

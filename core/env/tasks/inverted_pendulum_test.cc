#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

TEST(InvertedPendulum, EndsBeyondItsAngle) {
  TaskProbe pendulum(InvertedPendulumTask());
  for (const double angle : {0.21, -0.21}) {
    pendulum.Set({0, angle}, {0, 0});
    const StepOutcome outcome = pendulum.Step({0});
    EXPECT_TRUE(outcome.terminated);
    EXPECT_EQ(outcome.reward, 1);
  }
}

}  // namespace
}  // namespace vagram

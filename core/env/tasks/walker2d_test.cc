#include <limits>
#include <vector>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

const std::vector<double> kAtRest(9, 0.0);
const std::vector<double> kIdle(6, 0.0);

std::vector<double> Posture(double height, double pitch) {
  return {0, height, pitch, 0, 0, 0, 0, 0, 0};
}

TEST(Walker2d, ShowsRatesClippedToTenAndPositionsAsTheyAre) {
  TaskProbe walker(Walker2dTask());
  walker.Set({3, 25, -15, 12, -13, 14, -15, 16, -17}, {9.5, -9.5, 11, -11, 99, -99, 10, -10, 0});
  EXPECT_EQ(walker.Observation(), (std::vector<double>{25, -15, 12, -13, 14, -15, 16, -17,  //
                                                       9.5, -9.5, 10, -10, 10, -10, 10, -10, 0}));
}

TEST(Walker2d, PaysForTheSpeedThatIsNotClippedAndForTheLastStepToo) {
  TaskProbe walker(Walker2dTask());
  std::vector<double> qvel = kAtRest;
  qvel[0] = 50;
  walker.Set(Posture(5, 0), qvel);  // too high, and off the ground
  const StepOutcome outcome = walker.Step(kIdle);
  EXPECT_TRUE(outcome.terminated);
  EXPECT_NEAR(outcome.reward, 51, 0.1);
  EXPECT_EQ(walker.Observation()[8], 10);
}

TEST(Walker2d, PaysForTheActionAsGiven) {
  TaskProbe walker(Walker2dTask());
  walker.Set(Posture(1.25, 0), kAtRest);
  const double within = walker.Step({1, -1, 1, -1, 1, -1}).reward;
  walker.Set(Posture(1.25, 0), kAtRest);
  const double beyond = walker.Step({10, -10, 10, -10, 10, -10}).reward;
  EXPECT_NEAR(within - beyond, 1e-3 * (600 - 6), 1e-12);
}

// In one step from rest it falls by less than a millimetre.
TEST(Walker2d, EndsOutsideItsHeightsAndPitches) {
  TaskProbe walker(Walker2dTask());
  const auto ends_from = [&walker](double height, double pitch) {
    walker.Set(Posture(height, pitch), kAtRest);
    const bool terminated = walker.Step(kIdle).terminated;
    EXPECT_EQ(walker.JudgedTerminated(), terminated);
    return terminated;
  };
  EXPECT_FALSE(ends_from(1.99, 0));
  EXPECT_TRUE(ends_from(2.01, 0));
  EXPECT_FALSE(ends_from(1.5, 0.99));
  EXPECT_TRUE(ends_from(1.5, 1.01));
  EXPECT_FALSE(ends_from(1.5, -0.99));
  EXPECT_TRUE(ends_from(1.5, -1.01));
}

// Low down the floor pushes back, so the rates of a fall decide.
TEST(Walker2d, EndsWhenItHasFallenDeepEnough) {
  TaskProbe walker(Walker2dTask());
  std::vector<double> lying = Posture(0.9, 0);
  lying[3] = lying[6] = -1.5;  // legs forward, off the floor
  std::vector<double> falling = kAtRest;
  walker.Set(lying, falling);
  EXPECT_FALSE(walker.Step(kIdle).terminated);
  falling[1] = -20;
  walker.Set(lying, falling);
  EXPECT_TRUE(walker.Step(kIdle).terminated);
  EXPECT_TRUE(walker.JudgedTerminated());
}

TEST(Walker2d, JudgesRowsByHeightAndPitchAlone) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const auto ends = [](float height, float pitch) {
    std::vector<float> row(17, 500.0f);
    row[0] = height;
    row[1] = pitch;
    return Walker2dTask().task.terminated(row);
  };
  EXPECT_FALSE(ends(0.801f, 0));
  EXPECT_TRUE(ends(0.799f, 0));
  EXPECT_FALSE(ends(1.999f, 0));
  EXPECT_TRUE(ends(2, 0));
  EXPECT_FALSE(ends(1.2f, 0.999f));
  EXPECT_TRUE(ends(1.2f, 1));
  EXPECT_TRUE(ends(1.2f, -1));
  EXPECT_TRUE(ends(kNan, 0));
  EXPECT_TRUE(ends(1.2f, kNan));
}

}  // namespace
}  // namespace vagram

#include <cmath>
#include <limits>
#include <vector>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

const std::vector<double> kAtRest(3, 0.0);

bool RowTerminated(const std::vector<float>& observation) {
  return InvertedDoublePendulumTask().task.terminated(observation);
}

// The row of a state: only the angles matter to the end.
std::vector<float> Row(double lower, double upper) {
  std::vector<float> row(11, 0.0f);
  row[1] = std::sin(lower);
  row[2] = std::sin(upper);
  row[3] = std::cos(lower);
  row[4] = std::cos(upper);
  return row;
}

double TipHeight(const std::vector<double>& qpos) {
  return 0.6 * (std::cos(qpos[1]) + std::cos(qpos[1] + qpos[2]));
}

TEST(InvertedDoublePendulum, ShowsAnglesBySineAndCosineAndRatesClippedToTen) {
  TaskProbe pendulum(InvertedDoublePendulumTask());
  pendulum.Set({0.5, 0.1, -0.2}, {11, -12, 9.5});
  EXPECT_EQ(pendulum.Observation(),
            (std::vector<double>{0.5, std::sin(0.1), std::sin(-0.2), std::cos(0.1), std::cos(-0.2),
                                 10, -10, 9.5, 0, 0, 0}));
}

TEST(InvertedDoublePendulum, ShowsTheForceOfTheRailsEndClippedToTen) {
  TaskProbe pendulum(InvertedDoublePendulumTask());
  const auto force_at = [&pendulum](double cart) {
    pendulum.Set({cart, 0, 0}, kAtRest);
    const std::vector<double> observation = pendulum.Observation();
    EXPECT_EQ(observation[9], 0);
    EXPECT_EQ(observation[10], 0);
    return observation[8];
  };
  EXPECT_EQ(force_at(0.98), 0);
  EXPECT_EQ(force_at(1.02), -10);  // pushes back
  EXPECT_EQ(force_at(-1.02), 10);
  EXPECT_LT(force_at(0.9901), 0);  // where the end begins to be felt
  EXPECT_GT(force_at(0.9901), -10);
}

TEST(InvertedDoublePendulum, KeepsShowingTheForceWhileTheCartIsPushedAgainstTheEnd) {
  TaskProbe pendulum(InvertedDoublePendulumTask());
  pendulum.Set({0.95, 0, 0}, kAtRest);
  for (int i = 0; i < 5; ++i) pendulum.Step({1});
  EXPECT_EQ(pendulum.Observation()[8], -10);
  EXPECT_LT(pendulum.env().State().qpos[0], 1.1);
}

TEST(InvertedDoublePendulum, PaysForPlaceHeightAndUnclippedRates) {
  TaskProbe pendulum(InvertedDoublePendulumTask());
  pendulum.Set({0.5, 0, 0}, {0, 15, -40});
  const double reward = pendulum.Step({0}).reward;
  const PhysicsState state = pendulum.env().State();
  const double lower = state.qpos[1], upper = state.qpos[1] + state.qpos[2];
  const double x = state.qpos[0] + 0.6 * (std::sin(lower) + std::sin(upper));
  const double z = TipHeight(state.qpos);
  const double lower_rate = state.qvel[1], upper_rate = state.qvel[2];
  EXPECT_GT(std::abs(upper_rate), 20);
  // The tip that is paid for lags behind the angles.
  EXPECT_NEAR(reward,
              10 - 0.01 * x * x - (z - 2) * (z - 2) - 0.001 * lower_rate * lower_rate -
                  0.005 * upper_rate * upper_rate,
              0.01);
}

TEST(InvertedDoublePendulum, LeavesTheActionUnpaid) {
  TaskProbe pendulum(InvertedDoublePendulumTask());
  pendulum.Set({0, 0, 0}, kAtRest);
  const double within = pendulum.Step({1}).reward;
  pendulum.Set({0, 0, 0}, kAtRest);
  EXPECT_EQ(pendulum.Step({100}).reward, within);
}

TEST(InvertedDoublePendulum, EndsWithItsTipAtOneMetre) {
  TaskProbe pendulum(InvertedDoublePendulumTask());
  const auto ends_from = [&pendulum](double lower, double upper) {
    pendulum.Set({0, lower, upper}, kAtRest);
    const bool terminated = pendulum.Step({0}).terminated;
    EXPECT_EQ(pendulum.JudgedTerminated(), terminated);
    return terminated;
  };
  EXPECT_FALSE(ends_from(0, 0));
  EXPECT_TRUE(ends_from(0.6, 0));  // 0.99 m
  EXPECT_TRUE(ends_from(-0.6, 0));
  EXPECT_FALSE(ends_from(0.6, -0.6));  // bent, the upper pole upright: 1.095 m
  EXPECT_TRUE(ends_from(0.4, 0.6));
}

TEST(InvertedDoublePendulum, JudgesRowsByTheTipThatTheirAnglesPlace) {
  const double limit = std::acos(1 / 1.2);
  EXPECT_FALSE(RowTerminated(Row(limit - 1e-4, 0)));
  EXPECT_TRUE(RowTerminated(Row(limit + 1e-4, 0)));
  EXPECT_FALSE(RowTerminated(Row(-limit + 1e-4, 0)));
  EXPECT_TRUE(RowTerminated(Row(-limit - 1e-4, 0)));
  EXPECT_FALSE(RowTerminated(Row(0.6, -0.6)));
  EXPECT_TRUE(RowTerminated(Row(0.6, 0.6)));
  for (const int entry : {1, 2, 3, 4}) {
    std::vector<float> row = Row(0, 0);
    row[entry] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(RowTerminated(row)) << entry;
  }
}

// The rule of a step sees a tip that lags; that it differs from the rule of a row must stay a
// matter of a tip right at the limit.
TEST(InvertedDoublePendulum, JudgesRowsAsItStepsUnlessTheTipIsAtTheLimit) {
  constexpr int kSteps = 20'000;
  constexpr double kAtLimit = 1e-3;
  TaskProbe pendulum(InvertedDoublePendulumTask());
  Rng rng(1);
  pendulum.env().Reset(rng);
  int differences = 0;
  for (int i = 0; i < kSteps; ++i) {
    const bool terminated = pendulum.Step({rng.Uniform(-1, 1)}).terminated;
    if (pendulum.JudgedTerminated() != terminated) {
      ++differences;
      EXPECT_NEAR(TipHeight(pendulum.env().State().qpos), 1, kAtLimit) << "step " << i;
    }
    if (terminated) pendulum.env().Reset(rng);
  }
  EXPECT_LE(differences, 5);
}

}  // namespace
}  // namespace vagram

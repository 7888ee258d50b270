#include <vector>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

const std::vector<double> kStraight(5, 0.0);

TEST(Swimmer, ShowsEverythingButItsPlaceAndRatesAsTheyAre) {
  TaskProbe swimmer(SwimmerTask());
  swimmer.Set({9, 8, 1, 2, 3}, {11, -12, 13, -14, 15});
  EXPECT_EQ(swimmer.Observation(), (std::vector<double>{1, 2, 3, 11, -12, 13, -14, 15}));
}

TEST(Swimmer, PaysForTheWayAlongX) {
  TaskProbe swimmer(SwimmerTask());
  swimmer.Set({1, 1, 0, 0, 0}, {2, 3, 0, 0, 0});
  const double reward = swimmer.Step({0, 0}).reward;
  const PhysicsState state = swimmer.env().State();
  EXPECT_GT(state.qpos[1], 1.01);
  EXPECT_NEAR(reward, (state.qpos[0] - 1) / 0.04, 1e-9);
  EXPECT_GT(reward, 1);
}

TEST(Swimmer, PaysForTheActionAsGiven) {
  TaskProbe swimmer(SwimmerTask());
  swimmer.Set(kStraight, kStraight);
  const double within = swimmer.Step({1, -1}).reward;
  swimmer.Set(kStraight, kStraight);
  EXPECT_NEAR(within - swimmer.Step({10, -10}).reward, 1e-4 * (200 - 2), 1e-12);
}

TEST(Swimmer, SwimsOnHoweverItIsFolded) {
  TaskProbe swimmer(SwimmerTask());
  swimmer.Set({0, 0, 3, 1.7, 1.7}, kStraight);
  EXPECT_FALSE(swimmer.Step({1, 1}).terminated);
  EXPECT_FALSE(swimmer.JudgedTerminated());
}

}  // namespace
}  // namespace vagram

#include <vector>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

const std::vector<double> kStanding(9, 0.0);
const std::vector<double> kIdle(6, 0.0);

TEST(HalfCheetah, ShowsRatesAsTheyAre) {
  TaskProbe cheetah(HalfCheetahTask());
  cheetah.Set({9, 1, 2, 3, 4, 5, 6, 7, 8}, {11, -12, 13, -14, 15, -16, 17, -18, 19});
  EXPECT_EQ(cheetah.Observation(),
            (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 11, -12, 13, -14, 15, -16, 17, -18, 19}));
}

TEST(HalfCheetah, PaysForTheWayForwardAlone) {
  TaskProbe cheetah(HalfCheetahTask());
  std::vector<double> in_the_air = kStanding;
  in_the_air[1] = 5;
  cheetah.Set(in_the_air, {20, 30, 0, 0, 0, 0, 0, 0, 0});
  const double before = cheetah.env().State().qpos[0];
  const double reward = cheetah.Step(kIdle).reward;
  const double way = cheetah.env().State().qpos[0] - before;
  EXPECT_NEAR(way, 1, 0.1);  // 20 m/s for 0.05 s
  EXPECT_NEAR(reward, way / 0.05, 1e-9);
}

TEST(HalfCheetah, PaysForTheActionAsGiven) {
  TaskProbe cheetah(HalfCheetahTask());
  cheetah.Set(kStanding, kStanding);
  const double within = cheetah.Step({1, -1, 1, -1, 1, -1}).reward;
  cheetah.Set(kStanding, kStanding);
  const double beyond = cheetah.Step({10, -10, 10, -10, 10, -10}).reward;
  EXPECT_NEAR(within - beyond, 0.1 * (600 - 6), 1e-9);
}

TEST(HalfCheetah, RunsOnUpsideDown) {
  TaskProbe cheetah(HalfCheetahTask());
  std::vector<double> upside_down = kStanding;
  upside_down[2] = 3.1;
  cheetah.Set(upside_down, kStanding);
  EXPECT_FALSE(cheetah.Step(kIdle).terminated);
  EXPECT_FALSE(cheetah.JudgedTerminated());
}

}  // namespace
}  // namespace vagram

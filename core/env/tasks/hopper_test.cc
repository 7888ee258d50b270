#include <algorithm>
#include <vector>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Lt;

const std::vector<double> kUpright = {0, 1.25, 0, 0, 0, 0};
const std::vector<double> kInTheAir = {0, 5, 0, 0, 0, 0};
const std::vector<double> kAtRest(6, 0.0);
const std::vector<double> kIdle(3, 0.0);

TEST(Hopper, ShowsRatesClippedToTenAndPositionsAsTheyAre) {
  TaskProbe hopper(HopperTask());
  hopper.Set({3, 25, -15, 12, -13, 14}, {9.5, -9.5, 10.5, -10.5, 99, -99});
  EXPECT_EQ(hopper.Observation(),
            (std::vector<double>{25, -15, 12, -13, 14, 9.5, -9.5, 10, -10, 10, -10}));
}

TEST(Hopper, PaysForTheSpeedThatIsNotClipped) {
  TaskProbe hopper(HopperTask());
  hopper.Set(kInTheAir, {50, 0, 0, 0, 0, 0});
  EXPECT_NEAR(hopper.Step(kIdle).reward, 51, 0.1);
  EXPECT_EQ(hopper.Observation()[5], 10);
}

TEST(Hopper, EndsByARateThatItsObservationHides) {
  TaskProbe hopper(HopperTask());
  hopper.Set(kInTheAir, {101, 0, 0, 0, 0, 0});
  EXPECT_TRUE(hopper.Step(kIdle).terminated);
  EXPECT_FALSE(hopper.JudgedTerminated());
}

TEST(Hopper, PaysForTheActionAsGiven) {
  TaskProbe hopper(HopperTask());
  hopper.Set(kUpright, kAtRest);
  const double within = hopper.Step({1, -1, 1}).reward;
  hopper.Set(kUpright, kAtRest);
  EXPECT_NEAR(within - hopper.Step({10, -10, 10}).reward, 1e-3 * (300 - 3), 1e-12);
}

TEST(Hopper, DrawsStartsAroundTheModelsOwn) {
  TaskProbe hopper(HopperTask());
  Rng rng(1);
  double lowest = 2, highest = 0;
  for (int i = 0; i < 200; ++i) {
    hopper.env().Reset(rng);
    const PhysicsState start = hopper.env().State();
    lowest = std::min(lowest, start.qpos[1]);
    highest = std::max(highest, start.qpos[1]);
    EXPECT_THAT(start.qvel, Each(AllOf(Ge(-0.005), Lt(0.005))));
  }
  EXPECT_GE(lowest, 1.245);
  EXPECT_LT(lowest, 1.246);
  EXPECT_LE(highest, 1.255);
  EXPECT_GT(highest, 1.254);
}

}  // namespace
}  // namespace vagram

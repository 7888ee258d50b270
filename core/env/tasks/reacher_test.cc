#include <algorithm>
#include <cmath>
#include <vector>

#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

const std::vector<double> kAtRest(4, 0.0);

TEST(Reacher, ShowsTheWayFromTheTargetToTheFingertip) {
  TaskProbe reacher(ReacherTask());
  reacher.Set({M_PI / 2, 0, 0.15, -0.05}, {20, -30, 0, 0});
  const std::vector<double> observation = reacher.Observation();
  const std::vector<double> expected = {0, 1, 1, 0, 0.15, -0.05, 20, -30, -0.15, 0.26, 0};
  ASSERT_EQ(observation.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(observation[i], expected[i], 1e-12) << i;
}

TEST(Reacher, PaysForTheDistanceBeforeTheStep) {
  TaskProbe reacher(ReacherTask());
  reacher.Set({0, 0, 0.1, -0.1}, {30, 0, 0, 0});
  EXPECT_NEAR(reacher.Step({1, -0.5}).reward, -std::hypot(0.11, 0.1) - 1.25, 1e-12);
  const std::vector<double> shown = reacher.Observation();
  const double distance = std::hypot(shown[8], shown[9], shown[10]);
  EXPECT_GT(distance, 0.2);  // it moved on
  EXPECT_NEAR(reacher.Step({0, 0}).reward, -distance, 1e-12);
}

TEST(Reacher, PaysForTheActionAsGiven) {
  TaskProbe reacher(ReacherTask());
  reacher.Set({0, 0, 0.1, -0.1}, kAtRest);
  const double within = reacher.Step({1, -1}).reward;
  reacher.Set({0, 0, 0.1, -0.1}, kAtRest);
  EXPECT_NEAR(within - reacher.Step({10, -10}).reward, 200 - 2, 1e-12);
}

TEST(Reacher, DrawsTargetsThatRestInADisc) {
  TaskProbe reacher(ReacherTask());
  Rng rng(1);
  double farthest = 0;
  int to_the_left = 0, in_the_inner_half = 0;
  constexpr int kStarts = 1000;
  for (int i = 0; i < kStarts; ++i) {
    reacher.env().Reset(rng);
    const PhysicsState start = reacher.env().State();
    for (const int joint : {0, 1}) {
      EXPECT_LE(std::abs(start.qpos[joint]), 0.1);
      EXPECT_LE(std::abs(start.qvel[joint]), 0.005);
      EXPECT_EQ(start.qvel[2 + joint], 0);
    }
    const double distance = std::hypot(start.qpos[2], start.qpos[3]);
    farthest = std::max(farthest, distance);
    to_the_left += start.qpos[3] > 0;
    in_the_inner_half += distance < 0.2 * M_SQRT1_2;
  }
  EXPECT_LT(farthest, 0.2);
  EXPECT_GT(farthest, 0.199);
  // Half the disc's area each; five standard deviations are 80 starts.
  EXPECT_NEAR(to_the_left, kStarts / 2, 80);
  EXPECT_NEAR(in_the_inner_half, kStarts / 2, 80);
}

}  // namespace
}  // namespace vagram

#include "core/env/task.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

bool Terminated(const char* id, const std::vector<float>& observation) {
  return (*FindTask(id))->terminated(observation);
}

TEST(Catalogue, IsOrderedByIdWithoutDoubles) {
  const std::vector<Task>& tasks = AllTasks();
  ASSERT_GE(tasks.size(), 4u);
  for (size_t i = 1; i < tasks.size(); ++i) EXPECT_LT(tasks[i - 1].id, tasks[i].id);
}

TEST(FindTask, FindsByExactId) {
  const absl::StatusOr<const Task*> task = FindTask("Hopper-v4");
  ASSERT_TRUE(task.ok()) << task.status();
  EXPECT_EQ((*task)->obs_dim, 11);
}

TEST(FindTask, NamesTheNearestTask) {
  const absl::Status status = FindTask("hoper").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            "no task is called 'hoper'; did you mean 'Hopper-v4'? `vagram envs` lists them all");
  EXPECT_EQ(FindTask("Tetris").status().message(),
            "no task is called 'Tetris'; `vagram envs` lists them all");
}

TEST(Termination, OfThePendulumIsNever) {
  EXPECT_FALSE(Terminated("Pendulum-v1", {-1, 0, 8}));
  EXPECT_FALSE(Terminated("Pendulum-v1", {kNan, 0, 8}));
}

TEST(Termination, OfTheCartPoleIsLeavingTheTrackOrFalling) {
  const float limit = 12 * M_PI / 180;
  EXPECT_FALSE(Terminated("CartPoleContinuous", {2.39f, 9, limit - 1e-3f, -9}));
  EXPECT_TRUE(Terminated("CartPoleContinuous", {2.41f, 0, 0, 0}));
  EXPECT_TRUE(Terminated("CartPoleContinuous", {-2.41f, 0, 0, 0}));
  EXPECT_TRUE(Terminated("CartPoleContinuous", {0, 0, limit + 1e-3f, 0}));
  EXPECT_TRUE(Terminated("CartPoleContinuous", {0, 0, -limit - 1e-3f, 0}));
  EXPECT_TRUE(Terminated("CartPoleContinuous", {kNan, 0, 0, 0}));
}

TEST(Termination, OfTheInvertedPendulumIsFallingOrWhatIsNotFinite) {
  EXPECT_FALSE(Terminated("InvertedPendulum-v4", {1, 0.199f, 50, -50}));
  EXPECT_TRUE(Terminated("InvertedPendulum-v4", {0, 0.201f, 0, 0}));
  EXPECT_TRUE(Terminated("InvertedPendulum-v4", {0, -0.201f, 0, 0}));
  EXPECT_TRUE(Terminated("InvertedPendulum-v4", {kNan, 0, 0, 0}));
  EXPECT_TRUE(Terminated("InvertedPendulum-v4", {0, kNan, 0, 0}));
  EXPECT_TRUE(Terminated("InvertedPendulum-v4", {0, 0, 0, HUGE_VALF}));
}

TEST(Termination, OfTheHopperIsFallingOrAnUnboundedState) {
  const auto hopper = [](size_t entry, float value) {
    std::vector<float> upright = {1.25f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    upright[entry] = value;
    return Terminated("Hopper-v4", upright);
  };
  EXPECT_FALSE(hopper(0, 0.701f));
  EXPECT_TRUE(hopper(0, 0.699f));
  EXPECT_FALSE(hopper(0, 150));  // the height has no upper bound
  EXPECT_FALSE(hopper(1, -0.199f));
  EXPECT_TRUE(hopper(1, -0.201f));
  EXPECT_TRUE(hopper(1, 0.201f));
  for (size_t entry = 2; entry < 11; ++entry) {
    EXPECT_FALSE(hopper(entry, 99.9f)) << entry;
    EXPECT_TRUE(hopper(entry, 100)) << entry;
    EXPECT_TRUE(hopper(entry, -100)) << entry;
  }
  for (size_t entry = 0; entry < 11; ++entry) EXPECT_TRUE(hopper(entry, kNan)) << entry;
}

TEST(Termination, JudgesEveryRowOfABatch) {
  std::vector<float> rows = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  std::vector<uint8_t> out(3, 2);
  JudgeTermination(**FindTask("InvertedPendulum-v4"), rows, absl::MakeSpan(out));
  EXPECT_THAT(out, ElementsAre(0, 1, 0));
}

}  // namespace
}  // namespace vagram

// What the engine does for every task on it, and the golden trajectories do not exercise.
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/task_probe.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

class MujocoTasks : public testing::TestWithParam<const MujocoTask*> {};

// The engine clamps to the control range. What the action costs is each task's own.
TEST_P(MujocoTasks, ActWithinTheirRange) {
  TaskProbe within(*GetParam()), beyond(*GetParam());
  const Task& task = GetParam()->task;
  std::vector<double> far = task.act_high;
  for (double& value : far) value *= 10;
  for (int i = 0; i < 3; ++i) {
    within.Step(task.act_high);
    beyond.Step(far);
  }
  EXPECT_EQ(beyond.env().State().qpos, within.env().State().qpos);
  EXPECT_EQ(beyond.env().State().qvel, within.env().State().qvel);
  EXPECT_EQ(beyond.Observation(), within.Observation());
}

// The engine's own answer: the step is one from the model's initial state.
TEST_P(MujocoTasks, StartOverFromAStateThatDiverged) {
  TaskProbe probe(*GetParam());
  const PhysicsState initial = probe.env().State();
  const std::vector<double> action(GetParam()->task.act_dim, 0.0);
  probe.Step(action);
  const PhysicsState expected = probe.env().State();
  for (const double rate : {std::nan(""), HUGE_VAL, -1e12}) {
    std::vector<double> qvel = initial.qvel;
    qvel.back() = rate;
    probe.Set(initial.qpos, qvel);
    probe.Step(action);
    const PhysicsState state = probe.env().State();
    for (size_t i = 0; i < expected.qpos.size(); ++i) {
      EXPECT_NEAR(state.qpos[i], expected.qpos[i], 1e-5) << "position " << i << ", rate " << rate;
    }
    for (const double value : probe.Observation()) EXPECT_TRUE(std::isfinite(value));
  }
}

INSTANTIATE_TEST_SUITE_P(All, MujocoTasks, testing::ValuesIn(vagram::MujocoTasks()),
                         [](const testing::TestParamInfo<const MujocoTask*>& info) {
                           return absl::StrReplaceAll(info.param->task.id, {{"-", "_"}});
                         });

}  // namespace
}  // namespace vagram

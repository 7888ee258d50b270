#ifndef CORE_ENV_TASKS_TASK_PROBE_H_
#define CORE_ENV_TASKS_TASK_PROBE_H_

#include <memory>
#include <utility>
#include <vector>

#include "core/env/mujoco_env.h"
#include "core/env/mujoco_task.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {

// A copy of a MuJoCo task; that it cannot be made is a test failure.
inline std::unique_ptr<MujocoEnv> MakeCopy(const MujocoTask& task) {
  absl::StatusOr<std::unique_ptr<MujocoEnv>> env = MujocoEnv::Create(task);
  EXPECT_OK(env);
  return *std::move(env);
}

inline std::vector<double> ObservationOf(const Env& env) {
  std::vector<double> observation(env.task().obs_dim);
  env.Observe(absl::MakeSpan(observation));
  return observation;
}

// A copy of a MuJoCo task for tests: put it into a state, step it, look at it. What cannot be done
// is a test failure.
class TaskProbe {
 public:
  explicit TaskProbe(const MujocoTask& task) : env_(MakeCopy(task)) {}

  void Set(std::vector<double> qpos, std::vector<double> qvel) {
    PhysicsState state;
    state.qpos = std::move(qpos);
    state.qvel = std::move(qvel);
    EXPECT_OK(env_->SetState(state));
  }

  StepOutcome Step(const std::vector<double>& action) {
    const absl::StatusOr<StepOutcome> outcome = env_->Step(action);
    EXPECT_OK(outcome);
    return outcome.value_or(StepOutcome());
  }

  std::vector<double> Observation() const { return ObservationOf(*env_); }

  // Task::terminated of the present observation.
  bool JudgedTerminated() const {
    const std::vector<double> exact = Observation();
    return env_->task().terminated(std::vector<float>(exact.begin(), exact.end()));
  }

  MujocoEnv& env() { return *env_; }

 private:
  const std::unique_ptr<MujocoEnv> env_;
};

}  // namespace vagram

#endif  // CORE_ENV_TASKS_TASK_PROBE_H_

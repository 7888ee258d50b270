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

// A copy of a MuJoCo task for tests: put it into a state, step it, look at it. What cannot be done
// is a test failure.
class TaskProbe {
 public:
  explicit TaskProbe(const MujocoTask& task) {
    absl::StatusOr<std::unique_ptr<MujocoEnv>> env = MujocoEnv::Create(task);
    EXPECT_OK(env);
    env_ = *std::move(env);
  }

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

  std::vector<double> Observation() const {
    std::vector<double> observation(env_->task().obs_dim);
    env_->Observe(absl::MakeSpan(observation));
    return observation;
  }

  // Task::terminated of the present observation.
  bool JudgedTerminated() const {
    const std::vector<double> exact = Observation();
    return env_->task().terminated(std::vector<float>(exact.begin(), exact.end()));
  }

  MujocoEnv& env() { return *env_; }

 private:
  std::unique_ptr<MujocoEnv> env_;
};

}  // namespace vagram

#endif  // CORE_ENV_TASKS_TASK_PROBE_H_

#ifndef CORE_ENV_MUJOCO_ENV_H_
#define CORE_ENV_MUJOCO_ENV_H_

#include <mujoco/mujoco.h>

#include <memory>
#include <string>
#include <vector>

#include "core/env/mujoco_task.h"
#include "core/env/simulated_env.h"

namespace vagram {

// What a task sees of `data`: the present values, as long as both live, for the arrays never move.
MujocoView ViewOf(const mjModel& model, const mjData& data);

// Runs a MujocoTask on the engine. The model is shared by all copies of the task, the data is its
// own. Thread-safety as Env; copies on different threads are independent.
//
// One step, in the order of gym's MujocoEnv: write the action to ctrl, mj_step `frame_skip` times,
// mj_rnePostConstraint once (it fills cfrc_ext, and is left out where the task does not read that),
// read the observation. No mj_forward follows, so whatever the engine derives from qpos lags behind
// it by one evaluation, as it does there. A step allocates nothing.
class MujocoEnv final : public SimulatedEnv {
 public:
  // In the model's initial state; Reset begins the first episode.
  //   INTERNAL: the engine could not be brought up.
  static absl::StatusOr<std::unique_ptr<MujocoEnv>> Create(std::shared_ptr<const MujocoTask> task,
                                                           std::shared_ptr<const mjModel> model);

  // A task of the catalogue, which lives for ever, with its model.
  static absl::StatusOr<std::unique_ptr<MujocoEnv>> Create(const MujocoTask& task);

  const Task& task() const override { return task_->task; }
  const std::shared_ptr<const mjModel>& model() const { return shared_model_; }
  void Reset(Rng& rng) override;

  // As Env::Step; besides, INTERNAL: an engine error; only Reset, Restore and SetState help.
  // A state that diverges is no error: the engine starts over from the model's initial state.
  absl::StatusOr<StepOutcome> Step(absl::Span<const double> action) override;

  void Observe(absl::Span<double> observation) const override;
  std::string Save() const override;
  absl::Status Restore(absl::string_view bytes) override;
  absl::Status SetState(const PhysicsState& state) override;
  PhysicsState State() const override;

 private:
  struct DeleteData {
    void operator()(mjData* data) const { mj_deleteData(data); }
  };

  MujocoEnv(std::shared_ptr<const MujocoTask> task, std::shared_ptr<const mjModel> model,
            mjData* data);

  // Derives everything from qpos and qvel, and notes what a step would have.
  void Start();

  // Notes what belongs to the present state: what the engine derives cannot be had again later.
  void NoteState();

  const std::shared_ptr<const MujocoTask> task_;
  const std::shared_ptr<const mjModel> shared_model_;
  const mjModel* const model_;
  const std::unique_ptr<mjData, DeleteData> data_;
  const MujocoView view_;            // of data_
  std::vector<double> observation_;  // [obs_dim]
  Landmark landmark_{};
  absl::Status engine_status_;  // of the engine since the state was last set
};

}  // namespace vagram

#endif  // CORE_ENV_MUJOCO_ENV_H_

#include "core/env/mujoco_env.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/env_contract.h"
#include "core/env/mujoco_model.h"

namespace vagram {

MujocoView ViewOf(const mjModel& model, const mjData& data) {
  const auto span = [](const mjtNum* values, int rows, int columns) {
    return absl::MakeConstSpan(values, static_cast<size_t>(rows) * columns);
  };
  MujocoView view;
  view.qpos = span(data.qpos, model.nq, 1);
  view.qvel = span(data.qvel, model.nv, 1);
  view.xpos = span(data.xpos, model.nbody, 3);
  view.xquat = span(data.xquat, model.nbody, 4);
  view.xipos = span(data.xipos, model.nbody, 3);
  view.site_xpos = span(data.site_xpos, model.nsite, 3);
  view.cinert = span(data.cinert, model.nbody, 10);
  view.cvel = span(data.cvel, model.nbody, 6);
  view.cfrc_ext = span(data.cfrc_ext, model.nbody, 6);
  view.qfrc_actuator = span(data.qfrc_actuator, model.nv, 1);
  view.qfrc_constraint = span(data.qfrc_constraint, model.nv, 1);
  view.body_mass = span(model.body_mass, model.nbody, 1);
  return view;
}

absl::StatusOr<std::unique_ptr<MujocoEnv>> MujocoEnv::Create(const MujocoTask& task) {
  ASSIGN_OR_RETURN(const mjModel* model, SharedModel(task.model));
  // Both live as long as the process.
  return Create(std::shared_ptr<const MujocoTask>(std::shared_ptr<void>(), &task),
                std::shared_ptr<const mjModel>(std::shared_ptr<void>(), model));
}

absl::StatusOr<std::unique_ptr<MujocoEnv>> MujocoEnv::Create(std::shared_ptr<const MujocoTask> task,
                                                             std::shared_ptr<const mjModel> model) {
  mjData* data = nullptr;
  RETURN_IF_ERROR(CatchEngineError([&] { data = mj_makeData(model.get()); }));
  if (data == nullptr) {
    return absl::InternalError(absl::StrCat("no memory for a copy of ", task->task.id));
  }
  auto env = absl::WrapUnique(new MujocoEnv(std::move(task), std::move(model), data));
  env->Start();
  RETURN_IF_ERROR(env->engine_status_);
  return env;
}

MujocoEnv::MujocoEnv(std::shared_ptr<const MujocoTask> task, std::shared_ptr<const mjModel> model,
                     mjData* data)
    : task_(std::move(task)),
      shared_model_(std::move(model)),
      model_(shared_model_.get()),
      data_(data),
      view_(ViewOf(*model_, *data)),
      observation_(task_->task.obs_dim) {}

void MujocoEnv::Reset(Rng& rng) {
  mj_resetData(model_, data_.get());
  task_->draw_start(rng, absl::MakeSpan(data_->qpos, model_->nq),
                    absl::MakeSpan(data_->qvel, model_->nv));
  Start();
}

absl::StatusOr<StepOutcome> MujocoEnv::Step(absl::Span<const double> action) {
  RETURN_IF_ERROR(CheckAction(task(), action));
  RETURN_IF_ERROR(engine_status_);
  std::copy(action.begin(), action.end(), data_->ctrl);
  engine_status_ = CatchEngineError([this] {
    for (int i = 0; i < task_->frame_skip; ++i) mj_step(model_, data_.get());
    if (task_->reads_contact_forces) mj_rnePostConstraint(model_, data_.get());
  });
  RETURN_IF_ERROR(engine_status_);
  const Landmark before = landmark_;
  NoteState();
  return StepOutcome{task_->reward(before, landmark_, view_, action), task_->terminated(view_)};
}

void MujocoEnv::Observe(absl::Span<double> observation) const {
  std::copy(observation_.begin(), observation_.end(), observation.begin());
}

std::string MujocoEnv::Save() const {
  std::vector<double> values;
  const auto append = [&values](const double* first, size_t size) {
    values.insert(values.end(), first, first + size);
  };
  append(data_->qpos, model_->nq);
  append(data_->qvel, model_->nv);
  append(data_->act, model_->na);
  append(&data_->time, 1);
  append(data_->qacc_warmstart, model_->nv);
  append(landmark_.data(), landmark_.size());
  append(observation_.data(), observation_.size());
  return Pack(values);
}

absl::Status MujocoEnv::Restore(absl::string_view bytes) {
  const size_t num_values =
      model_->nq + 2 * model_->nv + model_->na + 1 + landmark_.size() + observation_.size();
  ASSIGN_OR_RETURN(const std::vector<double> values, Unpack(bytes, num_values));
  // No mj_forward: it would overwrite the warm start. What else the next step needs, the engine
  // derives at its beginning; what the last one left is in the observation and the landmark.
  mj_resetData(model_, data_.get());
  auto next = values.begin();
  const auto take = [&next](double* to, size_t size) {
    std::copy_n(next, size, to);
    next += size;
  };
  take(data_->qpos, model_->nq);
  take(data_->qvel, model_->nv);
  take(data_->act, model_->na);
  take(&data_->time, 1);
  take(data_->qacc_warmstart, model_->nv);
  take(landmark_.data(), landmark_.size());
  take(observation_.data(), observation_.size());
  engine_status_ = absl::OkStatus();
  return absl::OkStatus();
}

absl::Status MujocoEnv::SetState(const PhysicsState& state) {
  const size_t nq = model_->nq, nv = model_->nv;
  if (state.qpos.size() != nq || state.qvel.size() != nv ||
      (!state.warm_start.empty() && state.warm_start.size() != nv)) {
    return absl::InvalidArgumentError(
        absl::StrCat("state has ", state.qpos.size(), " positions, ", state.qvel.size(),
                     " velocities and ", state.warm_start.size(), " warm-start values, ", task().id,
                     " wants ", nq, ", ", nv, " and none or ", nv));
  }
  mj_resetData(model_, data_.get());
  std::copy(state.qpos.begin(), state.qpos.end(), data_->qpos);
  std::copy(state.qvel.begin(), state.qvel.end(), data_->qvel);
  Start();
  if (!state.warm_start.empty()) {
    // The run to be continued was not started afresh here: it had its own warm start, and
    // quaternions that were not normalised once more.
    std::copy(state.qpos.begin(), state.qpos.end(), data_->qpos);
    std::copy(state.warm_start.begin(), state.warm_start.end(), data_->qacc_warmstart);
  }
  if (state.landmark.has_value()) landmark_ = *state.landmark;
  return engine_status_;
}

PhysicsState MujocoEnv::State() const {
  PhysicsState state;
  state.qpos.assign(data_->qpos, data_->qpos + model_->nq);
  state.qvel.assign(data_->qvel, data_->qvel + model_->nv);
  state.warm_start.assign(data_->qacc_warmstart, data_->qacc_warmstart + model_->nv);
  state.landmark = landmark_;
  return state;
}

void MujocoEnv::Start() {
  engine_status_ = CatchEngineError([this] { mj_forward(model_, data_.get()); });
  NoteState();
}

void MujocoEnv::NoteState() {
  task_->observe(view_, absl::MakeSpan(observation_));
  landmark_ = task_->landmark(view_);
}

}  // namespace vagram

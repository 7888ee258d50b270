#include "core/env/user_task/user_task.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/mujoco_model.h"
#include "core/env/user_task/names.h"
#include "core/env/user_task/observation.h"
#include "core/env/user_task/reward.h"
#include "core/env/user_task/task_bundle.h"
#include "core/env/user_task/task_description.h"
#include "core/env/user_task/termination.h"
#include "core/yaml/faults.h"

namespace vagram {
namespace {

// Noise on one entry of qpos or qvel.
struct EntryNoise {
  bool of_velocities;
  int index;
  bool normal;
  double scale;
};

std::vector<EntryNoise> BindNoise(const std::vector<NoiseTerm>& terms, Names* names) {
  std::vector<EntryNoise> noise;
  for (const NoiseTerm& term : terms) {
    const char* key = term.of_velocities ? "reset_noise.qvel" : "reset_noise.qpos";
    for (const Entry& entry : names->Entries(term.of, term.of_velocities, key)) {
      noise.push_back({term.of_velocities, entry.index, term.normal, term.scale});
    }
  }
  return noise;
}

// All of a task that is bound to its model; its functions share it.
struct BoundTask {
  Observation observation;
  Termination termination;
  Reward reward;
  std::vector<EntryNoise> noise;

  BoundTask(const TaskDescription& description, const mjModel& model, double dt_seconds,
            Names* names)
      : observation(description.observation, model, names),
        termination(description, observation, names),
        reward(description.reward, dt_seconds, names),
        noise(BindNoise(description.reset_noise, names)) {}
};

void BindActions(const mjModel& model, const Names& names, const Position& at, Task* task,
                 Faults* faults) {
  task->act_dim = model.nu;
  if (model.nu == 0) faults->Add(at, "model", "has no actuator, so that no action can do anything");
  for (int i = 0; i < model.nu; ++i) {
    if (!model.actuator_ctrllimited[i]) {
      faults->Add(at, "model",
                  absl::StrCat(names.NameOf(mjOBJ_ACTUATOR, i),
                               " has no control range, which bounds the action; give it "
                               "ctrllimited=\"true\" and ctrlrange=\"LOW HIGH\""));
    }
    task->act_low.push_back(model.actuator_ctrlrange[2 * i]);
    task->act_high.push_back(model.actuator_ctrlrange[2 * i + 1]);
  }
}

bool ReadsContactForces(const TaskDescription& description) {
  return std::any_of(
             description.observation.begin(), description.observation.end(),
             [](const ObservedTerm& term) { return term.kind == ObservedKind::kContactForce; }) ||
         std::any_of(description.reward.begin(), description.reward.end(),
                     [](const RewardTerm& term) { return term.kind == RewardKind::kContactCost; });
}

void SetFunctions(std::shared_ptr<const BoundTask> bound, MujocoTask* task) {
  task->task.terminated = [bound](absl::Span<const float> observation) {
    return bound->termination.Ends(observation);
  };
  task->terminated = [bound](const MujocoView& view) { return bound->termination.Ends(view); };
  task->observe = [bound](const MujocoView& view, absl::Span<double> observation) {
    bound->observation.Write(view, observation);
  };
  task->landmark = [bound](const MujocoView& view) { return bound->reward.Note(view); };
  task->reward = [bound](const Landmark& before, const Landmark& after, const MujocoView& view,
                         absl::Span<const double> action) {
    const bool healthy = !bound->reward.depends_on_health() || !bound->termination.Ends(view);
    return bound->reward.Of(before, after, view, action, healthy);
  };
  task->draw_start = [bound](Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
    for (const EntryNoise& entry : bound->noise) {
      (entry.of_velocities ? qvel : qpos)[entry.index] +=
          entry.scale * (entry.normal ? rng.Normal() : rng.Uniform(-1, 1));
    }
  };
}

}  // namespace

absl::StatusOr<UserTask> MakeUserTask(absl::Span<const TaskFile> files) {
  ASSIGN_OR_RETURN(const TaskDescription description, ParseTaskFiles(files));
  const std::string& source = files[0].path;
  Faults faults;
  absl::StatusOr<std::shared_ptr<const mjModel>> model =
      CompileModel(files, description.model.text);
  if (absl::IsInvalidArgument(model.status())) {
    faults.Add(description.model.at, "model", model.status().message());
    return faults.ToStatus(source);
  }
  RETURN_IF_ERROR(model.status());

  auto mujoco = std::make_shared<MujocoTask>();
  Task& task = mujoco->task;
  task.id = description.name;
  task.max_episode_steps = description.episode_length;
  task.dt_seconds = description.frame_skip * (*model)->opt.timestep;
  mujoco->model = description.model.text;
  mujoco->frame_skip = description.frame_skip;
  mujoco->reads_contact_forces = ReadsContactForces(description);

  Names names(**model, &faults);
  BindActions(**model, names, description.model.at, &task, &faults);
  const auto bound =
      std::make_shared<const BoundTask>(description, **model, task.dt_seconds, &names);
  if (!faults.empty()) return faults.ToStatus(source);
  task.obs_dim = bound->observation.dim();
  task.observation = bound->observation.parts();
  task.reward = bound->reward.text();
  task.termination = bound->termination.text();
  SetFunctions(bound, mujoco.get());
  return UserTask{std::move(mujoco), *std::move(model)};
}

}  // namespace vagram

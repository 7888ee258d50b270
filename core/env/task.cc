#include "core/env/task.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/nearest.h"
#include "core/env/tasks/catalogue.h"

namespace vagram {

const std::vector<Task>& AllTasks() {
  static const auto* const tasks = [] {
    auto* all = new std::vector<Task>;
    for (const ClassicTask* classic : ClassicTasks()) all->push_back(classic->task);
    for (const MujocoTask* mujoco : MujocoTasks()) all->push_back(mujoco->task);
    std::sort(all->begin(), all->end(), [](const Task& a, const Task& b) { return a.id < b.id; });
    return all;
  }();
  return *tasks;
}

void JudgeTermination(const Task& task, absl::Span<const float> observations,
                      absl::Span<uint8_t> out) {
  for (size_t row = 0; row < out.size(); ++row) {
    out[row] = task.terminated(observations.subspan(row * task.obs_dim, task.obs_dim)) ? 1 : 0;
  }
}

absl::StatusOr<const Task*> FindTask(absl::string_view id) {
  std::vector<std::string> ids;
  for (const Task& task : AllTasks()) {
    if (task.id == id) return &task;
    ids.push_back(task.id);
  }
  const std::string nearest = NearestName(id, ids);
  return absl::NotFoundError(
      absl::StrCat("no task is called '", id, "'; ",
                   nearest.empty() ? "" : absl::StrCat("did you mean '", nearest, "'? "),
                   "`vagram envs` lists them all"));
}

}  // namespace vagram

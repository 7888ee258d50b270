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

#include "core/env/plugin/plugin_library.h"

#include <dlfcn.h>

#include <cfenv>
#include <cstdint>
#include <filesystem>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/nearest.h"
#include "core/base/status_macros.h"
#include "core/env/plugin/call_plugin.h"

namespace vagram {
namespace {

constexpr char kEntry[] = "VagramPlugin";
constexpr uint32_t kMaxTasks = 1000;  // larger numbers are taken for memory that nobody has set

absl::Status Invalid(absl::string_view path, absl::string_view fault) {
  return absl::InvalidArgumentError(absl::StrCat("plug-in ", path, " ", fault));
}

// dlopen, which looks for a name without a slash elsewhere.
absl::StatusOr<void*> Open(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (!std::filesystem::exists(absolute, error)) {
    return absl::NotFoundError(absl::StrCat("there is no plug-in ", path.empty() ? "''" : path,
                                            "; give the path of a shared library, which "
                                            "docs/plugins.md tells how to compile"));
  }
  // Code compiled with -ffast-math makes the loading thread flush small numbers to zero, which
  // would change what everything else computes.
  std::fenv_t floating_point;
  std::fegetenv(&floating_point);
  void* library = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  std::fesetenv(&floating_point);
  if (library == nullptr) {
    return Invalid(path, absl::StrCat("cannot be loaded: ", dlerror(),
                                      "; expected a shared library for this machine with all that "
                                      "it refers to, see docs/plugins.md"));
  }
  return library;
}

// Asks the library for its tasks, after making sure that both sides mean the same by them.
absl::StatusOr<const plugin::Library*> Ask(const std::string& path, void* library) {
  const auto entry = reinterpret_cast<decltype(&VagramPlugin)>(dlsym(library, kEntry));
  if (entry == nullptr) {
    return Invalid(path, absl::StrCat("has no function ", kEntry,
                                      "; define it as core/env/plugin/task_plugin.h shows"));
  }
  const plugin::Library* described = nullptr;
  const absl::Status status = CallPlugin(kEntry, [&]() -> plugin::Error {
    described = entry();
    return described == nullptr ? "it returned null" : nullptr;
  });
  if (!status.ok()) return Invalid(path, absl::StrCat("hands out no tasks: ", status.message()));
  if (described->interface_version != plugin::kInterfaceVersion) {
    return Invalid(path, absl::StrCat("was compiled for version ", described->interface_version,
                                      " of the interface, expected ", plugin::kInterfaceVersion,
                                      "; compile it again with this VaGraM's task_plugin.h"));
  }
  if (described->num_tasks < 1 || described->num_tasks > kMaxTasks || described->tasks == nullptr) {
    return Invalid(path, absl::StrCat("holds ", described->num_tasks, " tasks",
                                      described->tasks == nullptr ? " at a null pointer" : "",
                                      ", expected 1 to ", kMaxTasks));
  }
  return described;
}

}  // namespace

absl::StatusOr<PluginLibrary> PluginLibrary::Load(const std::string& path) {
  ASSIGN_OR_RETURN(void* const library, Open(path));
  ASSIGN_OR_RETURN(const plugin::Library* const described, Ask(path, library));

  std::vector<std::shared_ptr<const PluginTask>> tasks;
  std::vector<std::string> faults;
  std::set<std::string> ids;
  for (uint32_t i = 0; i < described->num_tasks; ++i) {
    std::vector<std::string> task_faults;
    PluginTask task = ReadPluginTask(described->tasks[i], &task_faults);
    const std::string& id = task.task.id;
    if (!id.empty() && !ids.insert(id).second) {
      task_faults.push_back("another task has the same id");
    }
    for (const std::string& fault : task_faults) {
      faults.push_back(
          absl::StrCat("task ", i, id.empty() ? "" : absl::StrCat(" (", id, ")"), ": ", fault));
    }
    tasks.push_back(std::make_shared<const PluginTask>(std::move(task)));
  }
  if (!faults.empty()) {
    return Invalid(path, absl::StrCat("describes tasks that make no sense; mend and compile it: ",
                                      absl::StrJoin(faults, "; ")));
  }
  return PluginLibrary(path, std::move(tasks));
}

absl::StatusOr<std::shared_ptr<const PluginTask>> PluginLibrary::Find(absl::string_view id) const {
  if (id.empty() && tasks_.size() == 1) return tasks_.front();
  std::vector<std::string> ids;
  for (const std::shared_ptr<const PluginTask>& task : tasks_) {
    if (task->task.id == id) return task;
    ids.push_back(task->task.id);
  }
  const std::string choice = absl::StrCat("it has ", absl::StrJoin(ids, ", "));
  if (id.empty()) {
    return Invalid(path_, absl::StrCat("holds several tasks; choose one by its id: ", choice));
  }
  const std::string nearest = NearestName(id, ids);
  return absl::NotFoundError(
      absl::StrCat("plug-in ", path_, " has no task '", id, "'; ",
                   nearest.empty() ? "" : absl::StrCat("did you mean '", nearest, "'? "), choice));
}

}  // namespace vagram

#ifndef CORE_ENV_PLUGIN_PLUGIN_LIBRARY_H_
#define CORE_ENV_PLUGIN_PLUGIN_LIBRARY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/env/plugin/plugin_task.h"

namespace vagram {

// The tasks of a user's shared library (task_plugin.h), checked. Links neither MuJoCo nor LibTorch.
//
// The library stays loaded until the process ends: tasks, simulations and the texts of failures are
// made of its code and data, and so much of it may still be referred to from anywhere that
// unloading could only save memory at the risk of a crash.
//
// Loading runs the library's code: it can do whatever this process may.
class PluginLibrary {
 public:
  // `path` of a file, relative to the working directory; no other place is searched. Thread-safe.
  //   NOT_FOUND: no such file.   INVALID_ARGUMENT: not a library for this machine, without tasks,
  //   of another version of the interface, or with tasks that make no sense; names every fault.
  static absl::StatusOr<PluginLibrary> Load(const std::string& path);

  // In the library's order; at least one.
  const std::vector<std::shared_ptr<const PluginTask>>& tasks() const { return tasks_; }

  // One task; the only one if `id` is empty.
  //   NOT_FOUND: names the nearest.   INVALID_ARGUMENT: `id` is empty and there are several.
  absl::StatusOr<std::shared_ptr<const PluginTask>> Find(absl::string_view id) const;

 private:
  PluginLibrary(std::string path, std::vector<std::shared_ptr<const PluginTask>> tasks)
      : path_(std::move(path)), tasks_(std::move(tasks)) {}

  std::string path_;
  std::vector<std::shared_ptr<const PluginTask>> tasks_;
};

}  // namespace vagram

#endif  // CORE_ENV_PLUGIN_PLUGIN_LIBRARY_H_

#ifndef CORE_ENV_PLUGIN_PLUGIN_TASK_H_
#define CORE_ENV_PLUGIN_PLUGIN_TASK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "core/env/plugin/task_plugin.h"
#include "core/env/task.h"

namespace vagram {

// A task of a shared library; PluginEnv runs it. Its functions are the library's.
struct PluginTask {
  Task task;
  size_t state_size = 0;  // bytes of plugin::Simulation::Save
  plugin::Simulation* (*make)(plugin::Error* error) = nullptr;
};

// What a library says of a task, in our words. Appends a sentence to `faults` for everything that
// makes no sense; the task is then not to be used.
PluginTask ReadPluginTask(const plugin::Task& described, std::vector<std::string>* faults);

}  // namespace vagram

#endif  // CORE_ENV_PLUGIN_PLUGIN_TASK_H_

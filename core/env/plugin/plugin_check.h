#ifndef CORE_ENV_PLUGIN_PLUGIN_CHECK_H_
#define CORE_ENV_PLUGIN_PLUGIN_CHECK_H_

#include <memory>

#include "absl/status/status.h"
#include "core/env/plugin/plugin_task.h"

namespace vagram {

// Tries out what task_plugin.h demands of a task and what would otherwise spoil a training without
// a word: random play of 1000 steps has to repeat itself for the same seed and actions, in a used
// copy as in a new one; to go on from a saved state as the original does; and to agree with
// Task::terminated and, where there is one, Task::observed_reward (to 1e-4 of 1 + |reward|).
//   INVALID_ARGUMENT: it does not; names every demand that failed, with the first step where it
//   did. INTERNAL: the library failed.
absl::Status CheckPluginTask(const std::shared_ptr<const PluginTask>& task);

}  // namespace vagram

#endif  // CORE_ENV_PLUGIN_PLUGIN_CHECK_H_

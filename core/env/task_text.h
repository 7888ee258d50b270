#ifndef CORE_ENV_TASK_TEXT_H_
#define CORE_ENV_TASK_TEXT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/env/task.h"

namespace vagram {

// Everything about a task, for people: one fact per line, the observation part by part with the
// indices of its entries.
std::string TaskText(const Task& task);

// The same as JSON.
nlohmann::ordered_json TaskJson(const Task& task);

}  // namespace vagram

#endif  // CORE_ENV_TASK_TEXT_H_

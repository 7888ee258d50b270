#ifndef CORE_ENV_USER_TASK_PARSE_TASK_H_
#define CORE_ENV_USER_TASK_PARSE_TASK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/env/user_task/task_description.h"
#include "core/yaml/faults.h"

namespace vagram {

// Reads a task's YAML file. `source` names it in the faults. What is returned means something only
// where no fault was found.
TaskDescription ParseTask(absl::string_view text, absl::string_view source, Faults* faults);

// The names of the terms of a section, observation, reward, alive_while or reset_noise, in the
// order of the documentation; of anything else, the keys of the file.
std::vector<std::string> TermNames(absl::string_view section);

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_PARSE_TASK_H_

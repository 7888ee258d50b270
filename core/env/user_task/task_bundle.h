#ifndef CORE_ENV_USER_TASK_TASK_BUNDLE_H_
#define CORE_ENV_USER_TASK_TASK_BUNDLE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/env/env_spec.h"
#include "core/env/user_task/task_description.h"

namespace vagram {

// A user's task travels with its experiment, so that what is large is no part of it.
inline constexpr size_t kMaxTaskBytes = 3 << 20;

// The files of EnvSpec::task_files for the task at `yaml_path`: itself, its model, and what that
// names. Files are looked for relative to the YAML file's folder.
//   INVALID_ARGUMENT: every fault of the YAML file; or a model that is no XML; or more than
//   kMaxTaskBytes.   NOT_FOUND: a file that is not there; says who names it.
absl::StatusOr<std::vector<TaskFile>> ReadTaskFiles(const std::string& yaml_path);

// Reads the description in `files`, and checks that all the files are there that the engine will
// ask for, and that no name leads away from the task. Links neither MuJoCo nor LibTorch.
//   INVALID_ARGUMENT: every fault at once, by file, line and key.
absl::StatusOr<TaskDescription> ParseTaskFiles(absl::Span<const TaskFile> files);

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_TASK_BUNDLE_H_

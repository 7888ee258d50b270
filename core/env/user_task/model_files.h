#ifndef CORE_ENV_USER_TASK_MODEL_FILES_H_
#define CORE_ENV_USER_TASK_MODEL_FILES_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

namespace vagram {

// Gives the text of a file by its normal path (core/env/task_files.h).
using ReadTaskFile = absl::FunctionRef<absl::StatusOr<std::string>(const std::string& path)>;

// Every file that MuJoCo reads to compile the MJCF file `model_path`: itself, what it includes, and
// the meshes, height fields, skins and textures, by the folders that its <compiler> elements give.
// Each once, as a normal path relative to the same folder as `model_path`. Only MJCF files are
// read.
//   INVALID_ARGUMENT: text that is no XML, or a name that is no path near the task; says in which
//   file and line.   What `read` gives for a file that it cannot read.
absl::StatusOr<std::vector<std::string>> FilesOfModel(const std::string& model_path,
                                                      ReadTaskFile read);

}  // namespace vagram

#endif  // CORE_ENV_USER_TASK_MODEL_FILES_H_

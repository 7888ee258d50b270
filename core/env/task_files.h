#ifndef CORE_ENV_TASK_FILES_H_
#define CORE_ENV_TASK_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/env/env_spec.h"

namespace vagram {

// The path of a TaskFile in its one normal form: relative, '/' between names, no "." and no empty
// names, ".." at the beginning only and at most kMostUpwards times.
//   INVALID_ARGUMENT: an absolute path, one that leads further up, or no file's name.
constexpr int kMostUpwards = 8;
absl::StatusOr<std::string> NormalTaskPath(absl::string_view path);

// The file of that normal path, or nullptr.
const TaskFile* FindTaskFile(absl::Span<const TaskFile> files, absl::string_view path);

// Task files laid out in a fresh folder of their own, which goes away with the object. Paths that
// begin with ".." stay inside of it too: the task's folder lies as deep as they lead up.
class TemporaryTaskFiles {
 public:
  //   INVALID_ARGUMENT: a path that is not normal.   INTERNAL: the disk does not take them.
  static absl::StatusOr<TemporaryTaskFiles> Create(absl::Span<const TaskFile> files);

  TemporaryTaskFiles(TemporaryTaskFiles&& other) noexcept;
  TemporaryTaskFiles& operator=(TemporaryTaskFiles&&) = delete;
  ~TemporaryTaskFiles();

  // The folder that the paths of the files are relative to.
  const std::string& task_folder() const { return task_folder_; }

 private:
  explicit TemporaryTaskFiles(std::string root) : root_(std::move(root)), task_folder_(root_) {}

  std::string root_;  // "" once moved from
  std::string task_folder_;
};

}  // namespace vagram

#endif  // CORE_ENV_TASK_FILES_H_

#include "core/env/user_task/task_bundle.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/task_files.h"
#include "core/env/user_task/model_files.h"
#include "core/env/user_task/parse_task.h"
#include "core/yaml/faults.h"

namespace vagram {
namespace {

namespace fs = std::filesystem;

absl::Status TooLarge(absl::string_view task, size_t bytes) {
  return absl::InvalidArgumentError(
      absl::StrCat("expected the files of ", task, " to have at most ", kMaxTaskBytes,
                   " bytes together, got ", bytes, " or more; use coarser meshes and textures"));
}

// A whole file of at most kMaxTaskBytes.
absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path.string(), ": no such file"));
  }
  const uintmax_t size = fs::file_size(path, error);
  if (!error && size > kMaxTaskBytes) return TooLarge(path.string(), size);
  std::ifstream in(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad() || !in.is_open()) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path.string()));
  }
  return content;
}

}  // namespace

absl::StatusOr<std::vector<TaskFile>> ReadTaskFiles(const std::string& yaml_path) {
  const fs::path path(yaml_path);
  ASSIGN_OR_RETURN(std::string yaml, ReadFile(path));
  Faults faults;
  const TaskDescription task = ParseTask(yaml, yaml_path, &faults);
  if (!faults.empty()) return faults.ToStatus(yaml_path);

  const auto read = [&path](const std::string& name) {
    return ReadFile(path.parent_path() / name);
  };
  absl::StatusOr<std::vector<std::string>> names = FilesOfModel(task.model.text, read);
  if (!names.ok()) {
    return absl::Status(names.status().code(), absl::StrCat(task.model.at.ToString(),
                                                            ": model: ", names.status().message()));
  }
  std::vector<TaskFile> files = {{path.filename().string(), std::move(yaml)}};
  size_t bytes = files[0].content.size();
  for (const std::string& name : *names) {
    absl::StatusOr<std::string> content = read(name);
    if (!content.ok()) {
      return absl::Status(content.status().code(),
                          absl::StrCat(yaml_path, ": ", task.model.text,
                                       " names a file: ", content.status().message()));
    }
    bytes += content->size();
    if (bytes > kMaxTaskBytes) return TooLarge(yaml_path, bytes);
    files.push_back({name, *std::move(content)});
  }
  return files;
}

absl::StatusOr<TaskDescription> ParseTaskFiles(absl::Span<const TaskFile> files) {
  if (files.empty()) return absl::InvalidArgumentError("expected a task's files, got none");
  const TaskFile& yaml = files[0];
  size_t bytes = 0;
  for (const TaskFile& file : files) bytes += file.content.size();
  if (bytes > kMaxTaskBytes) return TooLarge(yaml.path, bytes);

  Faults faults;
  TaskDescription task = ParseTask(yaml.content, yaml.path, &faults);
  const auto read = [files](const std::string& path) -> absl::StatusOr<std::string> {
    const TaskFile* file = FindTaskFile(files, path);
    if (file == nullptr) {
      return absl::NotFoundError(absl::StrCat(Printable(path), " is not among the task's files"));
    }
    return file->content;
  };
  if (!task.model.text.empty()) {
    const absl::StatusOr<std::vector<std::string>> names = FilesOfModel(task.model.text, read);
    if (!names.ok()) faults.Add(task.model.at, "model", names.status().message());
    for (const std::string& name : names.value_or(std::vector<std::string>())) {
      if (const absl::Status found = read(name).status(); !found.ok()) {
        faults.Add(task.model.at, "model", found.message());
      }
    }
  }
  if (!faults.empty()) return faults.ToStatus(yaml.path);
  return task;
}

}  // namespace vagram

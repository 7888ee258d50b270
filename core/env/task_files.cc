#include "core/env/task_files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"

namespace vagram {
namespace {

namespace fs = std::filesystem;

// How often a normal path leads up before it leads down.
int Upwards(absl::string_view path) {
  int upwards = 0;
  while (absl::ConsumePrefix(&path, "../")) ++upwards;
  return upwards;
}

absl::Status Write(const fs::path& path, const std::string& content) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (error || !out) {
    return absl::InternalError(absl::StrCat("cannot write ", path.string(),
                                            error ? ": " + error.message() : "",
                                            "; check the space in the folder for temporary files"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> NormalTaskPath(absl::string_view path) {
  const auto fault = [path](absl::string_view expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected ", expected, ", got \"", path.substr(0, 200), "\""));
  };
  if (absl::StartsWith(path, "/")) return fault("a path relative to the task's folder");
  if (absl::StrContains(path, '\0')) return fault("a path without zero bytes");
  std::vector<std::string> names;
  for (const absl::string_view name : absl::StrSplit(path, '/')) {
    if (name.empty() || name == ".") continue;
    if (name == ".." && !names.empty() && names.back() != "..") {
      names.pop_back();
    } else {
      names.emplace_back(name);
    }
  }
  if (names.empty() || names.back() == ".." || absl::EndsWith(path, "/")) {
    return fault("the path of a file");
  }
  if (std::count(names.begin(), names.end(), "..") > kMostUpwards) {
    return fault(absl::StrCat("a path that leads up at most ", kMostUpwards, " folders"));
  }
  return absl::StrJoin(names, "/");
}

const TaskFile* FindTaskFile(absl::Span<const TaskFile> files, absl::string_view path) {
  for (const TaskFile& file : files) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

absl::StatusOr<TemporaryTaskFiles> TemporaryTaskFiles::Create(absl::Span<const TaskFile> files) {
  int deepest = 0;
  for (const TaskFile& file : files) {
    ASSIGN_OR_RETURN(const std::string normal, NormalTaskPath(file.path));
    if (normal != file.path) {
      return absl::InvalidArgumentError(
          absl::StrCat("task file \"", file.path, "\" is expected to be called \"", normal, "\""));
    }
    deepest = std::max(deepest, Upwards(file.path));
  }
  std::error_code error;
  const fs::path temporary = fs::temp_directory_path(error);
  std::string root = (temporary / "vagram_task_XXXXXX").string();
  if (error || mkdtemp(root.data()) == nullptr) {
    return absl::InternalError(
        absl::StrCat("cannot make a folder in ", temporary.string(), "; check TMPDIR"));
  }
  TemporaryTaskFiles laid_out(root);
  for (int i = 0; i < deepest; ++i) laid_out.task_folder_ += "/below";
  fs::create_directories(laid_out.task_folder_, error);  // else noticed by writing the files
  for (const TaskFile& file : files) {
    // No link in the fresh folder leads elsewhere, so that the names alone say where a file goes.
    const fs::path path = fs::path(laid_out.task_folder_) / file.path;
    RETURN_IF_ERROR(Write(path.lexically_normal(), file.content));
  }
  return laid_out;
}

TemporaryTaskFiles::TemporaryTaskFiles(TemporaryTaskFiles&& other) noexcept
    : root_(std::exchange(other.root_, "")), task_folder_(std::move(other.task_folder_)) {}

TemporaryTaskFiles::~TemporaryTaskFiles() {
  if (root_.empty()) return;
  std::error_code ignored;  // what stays behind is the system's to clean up
  fs::remove_all(root_, ignored);
}

}  // namespace vagram

#include "core/env/mujoco_model.h"

#include <csetjmp>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "absl/base/call_once.h"
#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/env/mjcf/mjcf.h"
#include "core/env/task_files.h"

namespace vagram {
namespace {

// Where an engine error on this thread goes; nullptr outside CatchEngineError.
thread_local std::jmp_buf* error_target = nullptr;
thread_local char error_message[512];

void OnEngineError(const char* message) {
  // Going on inside the engine after an error is undefined; there is nowhere else to go.
  if (error_target == nullptr) LOG(FATAL) << "engine error outside CatchEngineError: " << message;
  std::strncpy(error_message, message, sizeof(error_message) - 1);
  std::longjmp(*error_target, 1);
}

// The default handler appends to MUJOCO_LOG.TXT in the working folder. A state that diverges warns
// at every step, so only the first few are worth a line.
void OnEngineWarning(const char* message) {
  LOG_FIRST_N(WARNING, 10) << "engine_warning message=\"" << message << "\"";
}

absl::StatusOr<const mjModel*> Compile(const MjcfFile& file) {
  // 2.x's virtual files: some 200 KiB of names, too much for a thread's stack.
  const auto files = std::make_unique<mjVFS>();
  mj_defaultVFS(files.get());
  if (mj_makeEmptyFileVFS(files.get(), "model.xml", static_cast<int>(file.xml.size())) != 0) {
    return absl::InternalError(absl::StrCat("no memory for model ", file.name));
  }
  std::memcpy(files->filedata[0], file.xml.data(), file.xml.size());

  char error[1000] = "";
  mjModel* model = nullptr;
  const absl::Status status =
      CatchEngineError([&] { model = mj_loadXML("model.xml", files.get(), error, sizeof(error)); });
  mj_deleteVFS(files.get());
  RETURN_IF_ERROR(status);
  if (model == nullptr) {
    return absl::InternalError(
        absl::StrCat("core/env/mjcf/", file.name, ".xml does not compile: ", error));
  }
  return model;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const mjModel>> CompileModel(absl::Span<const TaskFile> files,
                                                            absl::string_view path) {
  // The engine's virtual files know no folders in 2.x, and other versions have other ones.
  ASSIGN_OR_RETURN(const TemporaryTaskFiles laid_out, TemporaryTaskFiles::Create(files));
  const std::string folder = laid_out.task_folder() + "/";
  const std::string file = absl::StrCat(folder, path);
  char error[1000] = "";
  mjModel* model = nullptr;
  RETURN_IF_ERROR(
      CatchEngineError([&] { model = mj_loadXML(file.c_str(), nullptr, error, sizeof(error)); }));
  if (model == nullptr) {
    // The engine names the files by where they lay for a moment.
    const std::string reason = absl::StrReplaceAll(error, {{folder, ""}, {"\n", " "}});
    return absl::InvalidArgumentError(
        absl::StrCat("the engine does not compile it: ", absl::StripAsciiWhitespace(reason)));
  }
  return std::shared_ptr<const mjModel>(
      model, [](const mjModel* last) { mj_deleteModel(const_cast<mjModel*>(last)); });
}

absl::Status CatchEngineError(absl::FunctionRef<void()> call) {
  static absl::once_flag handlers_installed;
  absl::call_once(handlers_installed, [] {
    mju_user_error = OnEngineError;
    mju_user_warning = OnEngineWarning;
  });

  std::jmp_buf target;
  error_target = &target;
  if (setjmp(target) == 0) {
    call();
    error_target = nullptr;
    return absl::OkStatus();
  }
  error_target = nullptr;
  return absl::InternalError(absl::StrCat("MuJoCo: ", error_message));
}

absl::StatusOr<const mjModel*> SharedModel(absl::string_view name) {
  static absl::Mutex mu(absl::kConstInit);
  static auto* const models ABSL_GUARDED_BY(mu) = new std::map<std::string, const mjModel*>;

  absl::MutexLock lock(&mu);
  const auto found = models->find(std::string(name));
  if (found != models->end()) return found->second;
  for (const MjcfFile& file : MjcfFiles()) {
    if (file.name != name) continue;
    ASSIGN_OR_RETURN(const mjModel* model, Compile(file));
    models->emplace(name, model);
    return model;
  }
  return absl::NotFoundError(
      absl::StrCat("no model '", name, "' in core/env/mjcf; there are ",
                   absl::StrJoin(MjcfFiles(), ", ", [](std::string* out, const MjcfFile& file) {
                     absl::StrAppend(out, file.name);
                   })));
}

}  // namespace vagram

#include "orchestrator/cli/folder.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace vagram::cli {

absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot make the folder ", folder, ": ", error.message()));
}

}  // namespace vagram::cli

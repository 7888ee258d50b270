#include "orchestrator/cli/home.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/rpc/token.h"

namespace vagram::cli {
namespace {

constexpr int64_t kMaxRecordBytes = 64 << 10;

std::string UserFolder() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  const passwd* entry = getpwuid(getuid());
  return entry != nullptr && entry->pw_dir != nullptr ? entry->pw_dir : "";
}

}  // namespace

absl::StatusOr<std::string> ResolveHome(absl::string_view chosen) {
  std::string home(chosen);
  if (home.empty()) {
    const char* variable = std::getenv("VAGRAM_HOME");
    if (variable != nullptr) home = variable;
  }
  if (home.empty()) {
    const std::string user = UserFolder();
    if (user.empty()) {
      return absl::InvalidArgumentError("there is no home folder: pass --home, or set VAGRAM_HOME");
    }
    home = absl::StrCat(user, "/.vagram");
  }
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(home, error).lexically_normal();
  if (error)
    return absl::InvalidArgumentError(absl::StrCat("--home ", home, ": ", error.message()));
  if (!absolute.has_filename()) absolute = absolute.parent_path();  // the slash at the end
  return absolute.string();
}

absl::StatusOr<std::string> ReadFile(const std::string& path, int64_t max_bytes) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const absl::StatusCode code =
        errno == EACCES ? absl::StatusCode::kPermissionDenied : absl::StatusCode::kNotFound;
    return absl::Status(code, absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  std::string text;
  std::vector<char> chunk(64 << 10);
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    text.append(chunk.data(), static_cast<size_t>(file.gcount()));
    if (static_cast<int64_t>(text.size()) > max_bytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, " is larger than ", max_bytes, " bytes; is it the right file?"));
    }
  }
  if (!file.eof())
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": is it a file?"));
  return text;
}

absl::Status NoServiceAt(const std::string& home, absl::string_view detail) {
  return absl::UnavailableError(absl::StrCat("no service is running at ", home,
                                             detail.empty() ? "" : absl::StrCat(": ", detail),
                                             " (`vagram up` starts one)"));
}

absl::StatusOr<ServiceRecord> ReadServiceRecord(const std::string& home) {
  const std::string path = absl::StrCat(home, "/service.json");
  absl::StatusOr<std::string> text = ReadFile(path, kMaxRecordBytes);
  if (absl::IsNotFound(text.status())) return NoServiceAt(home);
  if (!text.ok()) return text.status();
  try {
    const nlohmann::json json = nlohmann::json::parse(*text);
    ServiceRecord record;
    record.address = json.at("address").get<std::string>();
    record.dashboard = json.value("dashboard", "");
    record.pid = json.at("pid").get<int64_t>();
    record.instance_id = json.at("instance_id").get<std::string>();
    return record;
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(absl::StrCat(path, " is damaged (", error.what(),
                                            "): remove it if no orchestrator process is running"));
  }
}

absl::StatusOr<std::string> ReadToken(const std::string& home) {
  absl::StatusOr<std::string> token = ReadTokenFile(absl::StrCat(home, "/token"));
  if (absl::IsNotFound(token.status())) return NoServiceAt(home, "there is no token");
  return token;
}

}  // namespace vagram::cli

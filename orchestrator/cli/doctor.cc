#include "orchestrator/cli/doctor.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace vagram::cli {
namespace {

using Level = Finding::Level;

constexpr double kGiB = 1 << 30;
constexpr double kLowDiskGiB = 1;

bool CanRun(const std::string& program) {
  if (absl::StrContains(program, '/')) return access(program.c_str(), X_OK) == 0;
  const char* const path = std::getenv("PATH");
  for (absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    if (access(absl::StrCat(folder, "/", program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

Finding CheckHome(const std::string& home) {
  Finding finding{Level::kOk, "home", "", ""};
  std::error_code error;
  std::filesystem::path place = home;
  while (!std::filesystem::exists(place, error) && place.has_relative_path()) {
    place = place.parent_path();
  }
  if (!std::filesystem::is_directory(place, error) || access(place.c_str(), W_OK | X_OK) != 0) {
    finding.level = Level::kFailure;
    finding.text = absl::StrCat(place.string(), " is not a folder that can be written to");
    finding.remedy = "choose another with --home or VAGRAM_HOME";
    return finding;
  }
  const std::filesystem::space_info space = std::filesystem::space(place, error);
  const double free_gib = error ? 0 : static_cast<double>(space.available) / kGiB;
  finding.text = absl::StrFormat("%s%s, %.1f GiB free", home,
                                 place == home ? "" : " (not made yet)", free_gib);
  if (free_gib < kLowDiskGiB) {
    finding.level = Level::kWarning;
    finding.remedy = "checkpoints and metrics need room: free some, or choose another --home";
  }
  return finding;
}

Finding CheckToken(const std::string& home) {
  const std::string path = absl::StrCat(home, "/token");
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    return {Level::kOk, "token", "none yet: the service makes one", ""};
  }
  if ((status.st_mode & 077) != 0) {
    return {Level::kFailure, "token",
            absl::StrFormat("%s can be read by others (mode %04o)", path, status.st_mode & 07777),
            absl::StrCat("chmod 600 ", path,
                         "; if others may have read it: vagram down, remove "
                         "the file, vagram up")};
  }
  if (access(path.c_str(), R_OK) != 0) {
    return {Level::kFailure, "token", absl::StrCat(path, ": ", std::strerror(errno)),
            "use the account that started the service"};
  }
  return {Level::kOk, "token", absl::StrCat(path, " is readable by you only"), ""};
}

Finding CheckPrograms(const std::string& bin_dir) {
  std::vector<std::string> missing;
  for (const char* program :
       {"orchestrator/orchestrator", "actor/actor", "actor/describe", "actor/render", "lab/lab",
        "learner/learner", "model_server/model_server"}) {
    if (access(absl::StrCat(bin_dir, "/", program).c_str(), X_OK) != 0) missing.push_back(program);
  }
  if (missing.empty()) return {Level::kOk, "programs", absl::StrCat("all in ", bin_dir), ""};
  return {Level::kFailure, "programs",
          absl::StrCat("missing in ", bin_dir, ": ", absl::StrJoin(missing, ", ")),
          "start vagram through the script of the checkout, which builds them, or set "
          "VAGRAM_BIN_DIR"};
}

Finding CheckBlas() {
  const std::string mend =
      "apt-get install libopenblas0-pthread, or choose it with update-alternatives --config "
      "libblas.so.3-$(uname -m)-linux-gnu";
  void* blas = dlopen("libblas.so.3", RTLD_LAZY | RTLD_LOCAL);
  if (blas == nullptr) return {Level::kFailure, "BLAS", "there is no libblas.so.3", mend};
  using GetConfig = char* (*)();
  const auto get_config = reinterpret_cast<GetConfig>(dlsym(blas, "openblas_get_config"));
  Finding finding =
      get_config != nullptr
          ? Finding{Level::kOk, "BLAS", absl::StrCat(get_config()), ""}
          : Finding{Level::kWarning, "BLAS",
                    "libblas.so.3 is not OpenBLAS: matrix products are about 15 times slower",
                    mend};
  dlclose(blas);
  return finding;
}

Finding CheckLoopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool listens =
      listener >= 0 &&
      bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      listen(listener, 1) == 0;
  const int error = errno;
  if (listener >= 0) close(listener);
  if (listens) return {Level::kOk, "network", "127.0.0.1 can be listened on", ""};
  return {Level::kFailure, "network",
          absl::StrCat("cannot listen on 127.0.0.1: ", std::strerror(error)),
          "bring the loopback interface up (ip link set lo up), or leave the sandbox"};
}

Finding CheckRendering(const std::vector<std::string>& gl_libraries, const std::string& ffmpeg) {
  std::string drawn_by;
  for (const std::string& name : gl_libraries) {
    void* const library = drawn_by.empty() ? dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL) : nullptr;
    if (library == nullptr) continue;
    dlclose(library);
    drawn_by = name;
  }
  const bool has_ffmpeg = CanRun(ffmpeg);
  if (!drawn_by.empty() && has_ffmpeg) {
    return {Level::kOk, "render", absl::StrCat("clips are drawn with ", drawn_by, " and ffmpeg"),
            ""};
  }
  std::vector<std::string> missing;
  if (drawn_by.empty()) missing.push_back(absl::StrJoin(gl_libraries, " or "));
  if (!has_ffmpeg) missing.push_back(ffmpeg);
  return {Level::kWarning, "render",
          absl::StrCat("no ", absl::StrJoin(missing, ", no "), ": ",
                       drawn_by.empty() ? "vagram render cannot draw"
                                        : "vagram render makes PNG files only"),
          "tools/setup.sh --with-render installs it; trials do not need it"};
}

Finding CheckPlotting(const std::string& gnuplot) {
  if (CanRun(gnuplot))
    return {Level::kOk, "plot", absl::StrCat("figures are drawn with ", gnuplot), ""};
  return {Level::kWarning, "plot", absl::StrCat("no ", gnuplot, ": vagram plot cannot draw"),
          "tools/setup.sh --with-plot installs it; trials do not need it"};
}

Finding CheckPackages(absl::string_view packages, absl::string_view dpkg_status) {
  if (dpkg_status.empty()) {
    return {Level::kWarning, "packages", "this is not a Debian system",
            "install by hand what tools/packages.txt lists"};
  }
  absl::flat_hash_set<std::string> installed;
  absl::string_view package;
  for (absl::string_view line : absl::StrSplit(dpkg_status, '\n')) {
    if (absl::ConsumePrefix(&line, "Package: ")) package = line;
    if (absl::StartsWith(line, "Status: ") && absl::EndsWith(line, " installed")) {
      installed.emplace(package);
    }
  }
  std::vector<std::string> missing;
  int wanted = 0;
  for (absl::string_view line : absl::StrSplit(packages, '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (words.size() < 2 || absl::StartsWith(words[0], "#") || words[1] != "run") continue;
    ++wanted;
    if (!installed.contains(words[0])) missing.emplace_back(words[0]);
  }
  if (missing.empty()) {
    return {Level::kOk, "packages", absl::StrCat("all ", wanted, " installed"), ""};
  }
  return {Level::kFailure, "packages", absl::StrCat("missing: ", absl::StrJoin(missing, ", ")),
          "tools/setup.sh installs them"};
}

}  // namespace vagram::cli

// Takes the example at its README's word.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/env/plugin/plugin_env.h"
#include "core/env/plugin/plugin_library.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

namespace fs = std::filesystem;

constexpr char kReadme[] = "examples/plugin/README.md";
constexpr char kSource[] = "examples/plugin/lander.cc";
constexpr char kHeader[] = "core/env/plugin/task_plugin.h";

// A folder with the files that a user's compiler sees, where they are in a checkout.
fs::path Checkout(const std::string& name) {
  const fs::path root = fs::path(testing::TempDir()) / name;
  for (const char* file : {kSource, kHeader}) {
    fs::create_directories((root / file).parent_path());
    fs::copy_file(file, root / file, fs::copy_options::overwrite_existing);
  }
  return root;
}

std::string CompilerCommand() {
  std::ifstream readme(kReadme);
  for (std::string line; std::getline(readme, line);) {
    if (line.rfind("g++ ", 0) == 0) return line;
  }
  return "";
}

// Runs a command; 0 is success.
int RunIn(const fs::path& folder, const std::string& command) {
  return std::system(absl::StrCat("cd '", folder.string(), "' && ", command).c_str());
}

absl::StatusOr<std::unique_ptr<PluginEnv>> MakeLander(const std::string& library_path) {
  ASSIGN_OR_RETURN(const PluginLibrary library, PluginLibrary::Load(library_path));
  ASSIGN_OR_RETURN(const auto task, library.Find("Lander-v0"));
  return PluginEnv::Create(task);
}

TEST(Lander, CompilesAsItsReadmeSays) {
  const std::string command = CompilerCommand();
  ASSERT_NE(command, "") << "no g++ command in " << kReadme;
  const fs::path root = Checkout("as_said");
  ASSERT_EQ(RunIn(root, command), 0) << command;
  ASSERT_OK_AND_ASSIGN(const auto env, MakeLander(root / "examples/plugin/lander.so"));
  EXPECT_OK(env->Step({1, 0}));
}

TEST(Lander, CompilesWithoutWarningsInEveryStandard) {
  const fs::path root = Checkout("strict");
  for (const char* standard : {"c++11", "c++14", "c++17", "c++20"}) {
    const std::string command =
        absl::StrReplaceAll(CompilerCommand(), {{"-std=c++11", absl::StrCat("-std=", standard,
                                                                            " -Wall -Wextra "
                                                                            "-Wpedantic -Wshadow "
                                                                            "-Wnon-virtual-dtor "
                                                                            "-Werror")}});
    EXPECT_EQ(RunIn(root, command), 0) << command;
  }
}

// Fires when it falls faster than it could still brake, and steers towards the pad.
std::vector<double> Steer(const std::vector<double>& observation) {
  const double x = observation[0], z = observation[1], vx = observation[2], vz = observation[3],
               wind = observation[4];
  const double safe_speed = 0.3 + 0.25 * z;
  const double side = -0.3 * x - 0.9 * vx - wind;
  return {vz < -safe_speed ? 1.0 : 0.0, std::min(std::max(side, -1.0), 1.0)};
}

double ReturnOf(Env* env, uint64_t seed, bool with_engines) {
  Rng rng(seed);
  env->Reset(rng);
  std::vector<double> observation(5);
  double total = 0;
  for (int i = 0; i < 300; ++i) {
    env->Observe(absl::MakeSpan(observation));
    const absl::StatusOr<StepOutcome> outcome =
        env->Step(with_engines ? Steer(observation) : std::vector<double>{0, 0});
    EXPECT_OK(outcome);
    if (!outcome.ok()) break;
    total += outcome->reward;
    if (outcome->terminated) break;
  }
  return total;
}

TEST(Lander, CanBeLandedSoftlyButNotWithTheEnginesOff) {
  ASSERT_OK_AND_ASSIGN(const auto env, MakeLander("examples/plugin/lander.so"));
  constexpr int kEpisodes = 20;
  double with_engines = 0, without = 0;
  for (int seed = 0; seed < kEpisodes; ++seed) {
    with_engines += ReturnOf(env.get(), seed, true) / kEpisodes;
    without += ReturnOf(env.get(), seed, false) / kEpisodes;
  }
  EXPECT_GT(with_engines, 5);
  EXPECT_LT(without, 0);
  RecordProperty("with_engines", std::to_string(with_engines));
  RecordProperty("without", std::to_string(without));
}

}  // namespace
}  // namespace vagram

#include "tests/golden/env_check.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char kData[] = "tests/golden/data/";

// The checks of `task` that fail after `change` was made to its golden file.
std::vector<std::string> FailedAfter(const std::string& task,
                                     const std::function<void(json&)>& change) {
  json golden;
  std::ifstream(kData + task + ".json") >> golden;
  change(golden);
  const std::string path = testing::TempDir() + "/" + task + ".json";
  std::ofstream(path) << golden;
  const absl::StatusOr<EnvReport> report = CheckEnvFile(path);
  EXPECT_OK(report);
  std::vector<std::string> failed;
  if (!report.ok()) return failed;
  for (const EnvCheck& check : report->checks) {
    if (!check.passed()) failed.push_back(check.name);
  }
  return failed;
}

std::vector<std::string> GoldenFiles() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kData)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().filename().string());
  }
  return names;
}

class GoldenEnv : public testing::TestWithParam<std::string> {};

TEST_P(GoldenEnv, MatchesTheReference) {
  ASSERT_OK_AND_ASSIGN(const EnvReport report, CheckEnvFile(kData + GetParam()));
  EXPECT_THAT(report.skipped, IsEmpty());
  EXPECT_GE(report.checks.size(), 3u);
  EXPECT_TRUE(AllPassed({report})) << FormatTable({report});
}

INSTANTIATE_TEST_SUITE_P(All, GoldenEnv, testing::ValuesIn(GoldenFiles()));

// The tasks of the catalogue that examples/tasks says again in the vocabulary of users.
class GoldenTaskFile : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(GoldenTaskFile, MatchesTheReference) {
  const auto [task, golden] = GetParam();
  ASSERT_OK_AND_ASSIGN(const EnvReport report, CheckTaskFile(absl::StrCat("examples/tasks/", task),
                                                             absl::StrCat(kData, golden)));
  EXPECT_EQ(report.checks.size(), 6u);
  EXPECT_TRUE(AllPassed({report})) << FormatTable({report});
}

INSTANTIATE_TEST_SUITE_P(
    Examples, GoldenTaskFile,
    testing::Values(std::make_pair("hopper.yaml", "Hopper-v4.json"),
                    std::make_pair("walker2d.yaml", "Walker2d-v4.json"),
                    std::make_pair("half_cheetah.yaml", "HalfCheetah-v4.json"),
                    std::make_pair("ant_truncated.yaml", "AntTruncatedObs.json"),
                    std::make_pair("humanoid_truncated.yaml", "HumanoidTruncatedObs.json")));

TEST(CheckEnvFile, PassesWhatNobodyChanged) {
  EXPECT_THAT(FailedAfter("Hopper-v4", [](json&) {}), IsEmpty());
}

TEST(CheckEnvFile, NoticesAnotherModel) {
  EXPECT_THAT(FailedAfter("Hopper-v4",
                          [](json& golden) {
                            double& mass = golden["model"]["body_mass"][2].get_ref<double&>();
                            mass = std::nextafter(mass, 0);
                          }),
              ElementsAre("model"));
  EXPECT_THAT(
      FailedAfter("Hopper-v4", [](json& golden) { golden["model"]["body_names"][1] = "trunk"; }),
      ElementsAre("model"));
  EXPECT_THAT(FailedAfter("Hopper-v4", [](json& golden) { golden["model"]["nonsense"] = 1; }),
              ElementsAre("model"));
  EXPECT_THAT(FailedAfter("Hopper-v4", [](json& golden) { golden["model"]["qpos0"].erase(0); }),
              ElementsAre("model"));
}

TEST(CheckEnvFile, NoticesOtherDistractors) {
  EXPECT_THAT(FailedAfter("VagramDistractor",
                          [](json& golden) {
                            golden["cases"][1]["after"][5][1].get_ref<double&>() += 1e-8;
                          }),
              ElementsAre("10 dims"));
}

TEST(CheckEnvFile, NoticesAnotherObservation) {
  EXPECT_THAT(FailedAfter("CartPoleContinuous",
                          [](json& golden) {
                            golden["trajectories"][0]["obs"][5][1].get_ref<double&>() += 1e-11;
                          }),
              ElementsAre("step observation"));
}

TEST(CheckEnvFile, ForgivesTheHumanoidsNoBit) {
  EXPECT_THAT(FailedAfter("HumanoidTruncatedObs",
                          [](json& golden) {
                            double& entry =
                                golden["trajectories"][0]["obs"][5][1].get_ref<double&>();
                            entry = std::nextafter(entry, 0);
                          }),
              ElementsAre("step observation"));
}

TEST(CheckEnvFile, NoticesAnotherReward) {
  EXPECT_THAT(FailedAfter("Hopper-v4",
                          [](json& golden) {
                            golden["trajectories"][1]["rewards"][7].get_ref<double&>() += 1e-5;
                          }),
              ElementsAre("step reward", "free run"));
}

TEST(CheckEnvFile, NoticesAnotherEnd) {
  EXPECT_THAT(
      FailedAfter("InvertedPendulum-v4",
                  [](json& golden) { golden["trajectories"][2]["terminated"].back() = false; }),
      ElementsAre("step terminated", "free run"));
}

TEST(CheckEnvFile, NoticesAnotherState) {
  EXPECT_THAT(FailedAfter("Pendulum-v1",
                          [](json& golden) {
                            golden["trajectories"][0]["qvel"].back()[0].get_ref<double&>() += 1e-5;
                          }),
              ElementsAre("step state", "free run"));
}

TEST(CheckEnvFile, SaysWhatIsWrongWithAFile) {
  EXPECT_THAT(
      CheckEnvFile("nowhere/Hopper-v4.json"),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("cannot read nowhere/Hopper-v4.json")));

  const std::string path = testing::TempDir() + "/Hopper-v4.json";
  std::ofstream(path) << "{\"model\": {";
  EXPECT_THAT(CheckEnvFile(path),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("it is not JSON")));
  std::ofstream(path) << "{\"model\": {}, \"trajectories\": []}";
  EXPECT_THAT(CheckEnvFile(path),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has no trajectories")));
  std::ofstream(path) << "{\"model\": {}, \"trajectories\": [{\"kind\": \"uniform\"}]}";
  EXPECT_THAT(CheckEnvFile(path),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'init_qpos' not found")));

  const std::string distractors = testing::TempDir() + "/VagramDistractor.json";
  std::ofstream(distractors) << "{\"cases\": []}";
  EXPECT_THAT(CheckEnvFile(distractors),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'flags' not found")));
}

TEST(CheckEnvFolder, SkipsFilesOfUnknownTasksByName) {
  const std::string folder = testing::TempDir() + "/unknown";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/horizons.json") << "{}";
  ASSERT_OK_AND_ASSIGN(const std::vector<EnvReport> reports, CheckEnvFolder(folder));
  EXPECT_TRUE(AllPassed(reports));
  EXPECT_THAT(FormatTable(reports), HasSubstr("skipped: no task is called horizons"));
}

TEST(CheckEnvFolder, SaysWhenThereIsNothingToCheck) {
  EXPECT_THAT(CheckEnvFolder("nowhere"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("cannot list nowhere")));
  EXPECT_THAT(CheckEnvFolder("core"), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace vagram

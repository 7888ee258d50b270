#include "core/env/task_files.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TEST(NormalTaskPath, GivesEveryFileOneName) {
  EXPECT_THAT(NormalTaskPath("a.xml"), IsOkAndHolds("a.xml"));
  EXPECT_THAT(NormalTaskPath("./models//arm/../a.xml"), IsOkAndHolds("models/a.xml"));
  EXPECT_THAT(NormalTaskPath("models/../../a.xml"), IsOkAndHolds("../a.xml"));
  EXPECT_THAT(NormalTaskPath("../../core/env/mjcf/hopper.xml"),
              IsOkAndHolds("../../core/env/mjcf/hopper.xml"));
  EXPECT_THAT(NormalTaskPath("..a/b..xml"), IsOkAndHolds("..a/b..xml"));
}

TEST(NormalTaskPath, RefusesWhatIsNoFileNearTheTask) {
  for (const char* path : {"/etc/passwd", "", ".", "..", "a/..", "a/", "../.."}) {
    EXPECT_THAT(NormalTaskPath(path), StatusIs(absl::StatusCode::kInvalidArgument)) << path;
  }
  EXPECT_THAT(NormalTaskPath("../../../../../../../../../a.xml"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 8 folders")));
  EXPECT_THAT(NormalTaskPath(std::string("a\0b", 3)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("zero bytes")));
}

TEST(TemporaryTaskFiles, LaysOutFilesAboveAndBelowTheTask) {
  const std::vector<TaskFile> files = {
      {"task.yaml", "the task"}, {"../../x/model.xml", "the model"}, {"y/mesh.stl", {"\0\1", 2}}};
  std::string folder;
  {
    ASSERT_OK_AND_ASSIGN(const TemporaryTaskFiles laid_out, TemporaryTaskFiles::Create(files));
    folder = laid_out.task_folder();
    for (const TaskFile& file : files) EXPECT_EQ(ReadAll(folder + "/" + file.path), file.content);
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_FALSE(std::filesystem::exists(folder + "/../.."));
}

TEST(TemporaryTaskFiles, WritesNothingForNamesThatLeadElsewhere) {
  const std::string target = testing::TempDir() + "/hostile";
  const std::vector<std::string> names = {target, "a/../../../../hostile", "a/./b", "a//b", ""};
  for (const std::string& path : names) {
    EXPECT_THAT(TemporaryTaskFiles::Create({{path, "x"}}).status(),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << path;
  }
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST(TemporaryTaskFiles, SaysWhenAFileIsInAnothersWay) {
  EXPECT_THAT(TemporaryTaskFiles::Create({{"a", "x"}, {"a/b", "y"}}).status(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("cannot write")));
}

}  // namespace
}  // namespace vagram

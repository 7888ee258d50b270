#include "core/env/user_task/task_bundle.h"

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const char kTask[] = "core/env/user_task/testdata/arm.yaml";

std::vector<TaskFile> Files() {
  absl::StatusOr<std::vector<TaskFile>> files = ReadTaskFiles(kTask);
  EXPECT_OK(files);
  return files.value_or(std::vector<TaskFile>());
}

TEST(ParseTaskFiles, WantsEveryFileThatTheModelNames) {
  std::vector<TaskFile> files = Files();
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[2].path, "meshes/wedge.stl");
  files.pop_back();
  EXPECT_THAT(ParseTaskFiles(files).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("arm.yaml:2:8: model: meshes/wedge.stl is not among the task's "
                                 "files")));
  files.pop_back();
  EXPECT_THAT(ParseTaskFiles(files).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("arm.xml is not among the task's files")));
  EXPECT_THAT(ParseTaskFiles({}).status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ParseTaskFiles, BoundsWhatTravels) {
  std::vector<TaskFile> files = Files();
  files[2].content.resize(kMaxTaskBytes);
  EXPECT_THAT(ParseTaskFiles(files).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 3145728 bytes")));
}

TEST(ReadTaskFiles, SaysWhichFileIsMissing) {
  EXPECT_THAT(ReadTaskFiles("nowhere/t.yaml").status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("cannot read nowhere/t.yaml")));
  const std::string path = testing::TempDir() + "/lonely.yaml";
  std::ofstream(path) << Files()[0].content;
  EXPECT_THAT(ReadTaskFiles(path).status(),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("lonely.yaml:2:8: model: "), HasSubstr("arm.xml"))));
  std::ofstream(path) << "name: 3";
  EXPECT_THAT(ReadTaskFiles(path).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("lonely.yaml has 6 faults")));
}

}  // namespace
}  // namespace vagram

#include "core/metrics/atomic_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(WriteFileAtomicallyTest, ReplacesTheWholeFileAndLeavesNoOther) {
  const std::string folder = ::testing::TempDir() + "/replace";
  std::filesystem::create_directories(folder);
  ASSERT_OK(WriteFileAtomically(folder + "/f", "a long first content"));
  ASSERT_OK(WriteFileAtomically(folder + "/f", "short", 0600));
  EXPECT_EQ(ReadFile(folder + "/f"), "short");
  struct stat info;
  ASSERT_EQ(stat((folder + "/f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(WriteFileAtomicallyTest, LeavesTheOldFileWhenTheNewOneCannotBeWritten) {
  const std::string path = ::testing::TempDir() + "/kept";
  ASSERT_OK(WriteFileAtomically(path, "old"));
  std::filesystem::create_directories(path + ".tmp");  // in the way of the temporary file
  EXPECT_THAT(WriteFileAtomically(path, "new"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Is a directory")));
  EXPECT_EQ(ReadFile(path), "old");
  std::filesystem::remove(path + ".tmp");
}

TEST(WriteFileAtomicallyTest, SaysThatTheDiskIsFull) {
  EXPECT_THAT(AppendToFile("/dev/full", "content"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("/dev/full")));
}

TEST(AppendToFileTest, AddsToTheEndOfAnExistingFileOnly) {
  const std::string path = ::testing::TempDir() + "/appended";
  ASSERT_OK(WriteFileAtomically(path, "a\n"));
  ASSERT_OK(AppendToFile(path, "b\n"));
  EXPECT_EQ(ReadFile(path), "a\nb\n");
  EXPECT_THAT(AppendToFile(path + ".missing", "b"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace vagram

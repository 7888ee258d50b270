#include "core/checkpoint/posix_storage.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/checkpoint/checkpoint_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(PosixStorageTest, SaysThatTheDiskIsFull) {
  EXPECT_THAT(PosixStorage().Write("/dev/full", "content"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("/dev/full")));
}

TEST(PosixStorageTest, AFaultOfTheDiskIsNoDamageOfTheContent) {
  // The process's memory, at whose address 0 there is none.
  EXPECT_THAT(PosixStorage().Write("/proc/self/mem", "content"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("/proc/self/mem")));
}

TEST(PosixStorageTest, WritesFilesThatOthersMayRead) {
  const std::string path = ::testing::TempDir() + "mode";
  const mode_t umask_before = umask(0);
  ASSERT_OK(PosixStorage().Write(path, "1"));
  umask(umask_before);
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0644u);
}

TEST(PosixStorageTest, ReadsRegularFilesOnly) {
  PosixStorage storage;
  const std::string pipe = ::testing::TempDir() + "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {std::string("/dev/zero"), pipe, ::testing::TempDir()}) {
    EXPECT_THAT(storage.Read(path, 10),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("regular file")));
  }
}

TEST(PosixStorageTest, KeepsCheckpointsInARealFolder) {
  PosixStorage storage;
  const std::string folder = ::testing::TempDir() + "runs/7/checkpoints";
  for (int i = 1; i <= 4; ++i) {
    ASSERT_OK_AND_ASSIGN(auto store, CheckpointStore::Open(&storage, folder));
    const auto before = store->RestoreNewest();
    if (i == 1) {
      EXPECT_THAT(before, StatusIs(absl::StatusCode::kNotFound, HasSubstr(folder)));
    } else {
      ASSERT_OK(before);
      EXPECT_EQ(before->id, i - 1);
      EXPECT_EQ(before->parts.at("agent"), std::string(100'000, 'a' + i - 1));
      EXPECT_EQ(before->logs.at("replay").segments.size(), static_cast<size_t>(i - 1));
      EXPECT_THAT(before->skipped, ::testing::IsEmpty());
    }
    CheckpointInput input;
    input.id = i;
    input.parts["agent"] = std::string(100'000, 'a' + i);
    input.logs["replay"] = {0, {{store->LogEnd("replay"), 10 * i, "rows"}}};
    ASSERT_OK(store->Publish(input));
  }
  // CURRENT, 2 manifests, their 2 parts, and 4 segments.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 9);
}

TEST(PosixStorageTest, SaysThatAFolderIsNotWritable) {
  PosixStorage storage;
  EXPECT_THAT(CheckpointStore::Open(&storage, "/proc/no/checkpoints"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(CheckpointStore::Open(&storage, "/dev/null/checkpoints"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/dev/null")));
}

}  // namespace
}  // namespace vagram

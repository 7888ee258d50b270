// What every Storage must do, asked of the real one and of the one that tests put in its place.
#include "core/checkpoint/storage.h"

#include <memory>
#include <string>

#include "core/checkpoint/faulty_storage.h"
#include "core/checkpoint/posix_storage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using MakeStorage = std::unique_ptr<Storage> (*)();

class StorageTest : public ::testing::TestWithParam<MakeStorage> {
 protected:
  void SetUp() override {
    const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = ::testing::TempDir() + "storage/" + test->name();
    ASSERT_OK(storage_->MakeFolder(folder_));
  }

  std::string PathOf(const std::string& name) const { return folder_ + "/" + name; }

  std::unique_ptr<Storage> storage_ = GetParam()();
  std::string folder_;
};

TEST_P(StorageTest, ReadsWhatWasWritten) {
  const std::string bytes("a\0b\n\xff", 5);
  ASSERT_OK(storage_->Write(PathOf("f"), bytes));
  ASSERT_OK(storage_->Sync(PathOf("f")));
  ASSERT_OK(storage_->SyncFolder(folder_));
  EXPECT_THAT(storage_->Read(PathOf("f"), 5), IsOkAndHolds(bytes));
}

TEST_P(StorageTest, WritesOverALongerFile) {
  ASSERT_OK(storage_->Write(PathOf("f"), "a long first content"));
  ASSERT_OK(storage_->Write(PathOf("f"), "short"));
  EXPECT_THAT(storage_->Read(PathOf("f"), 100), IsOkAndHolds(std::string("short")));
  ASSERT_OK(storage_->Write(PathOf("f"), ""));
  EXPECT_THAT(storage_->Read(PathOf("f"), 0), IsOkAndHolds(std::string()));
}

TEST_P(StorageTest, RefusesToReadMoreThanAskedFor) {
  ASSERT_OK(storage_->Write(PathOf("f"), "123456"));
  EXPECT_THAT(storage_->Read(PathOf("f"), 5),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr(PathOf("f") + ": it has 6 bytes")));
}

TEST_P(StorageTest, RenamesOverAnotherFile) {
  ASSERT_OK(storage_->Write(PathOf("old"), "old"));
  ASSERT_OK(storage_->Write(PathOf("new"), "new"));
  ASSERT_OK(storage_->Rename(PathOf("new"), PathOf("old")));
  EXPECT_THAT(storage_->Read(PathOf("old"), 100), IsOkAndHolds(std::string("new")));
  EXPECT_THAT(storage_->Read(PathOf("new"), 100), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(StorageTest, ListsFilesAndFoldersInOrder) {
  ASSERT_OK(storage_->Write(PathOf("b"), "1"));
  ASSERT_OK(storage_->MakeFolder(PathOf("c")));
  ASSERT_OK(storage_->Write(PathOf("c/deeper"), "1"));
  ASSERT_OK(storage_->Write(PathOf("a"), "1"));
  EXPECT_THAT(*storage_->List(folder_), ElementsAre("a", "b", "c"));
  ASSERT_OK(storage_->Remove(PathOf("b")));
  EXPECT_THAT(*storage_->List(folder_), ElementsAre("a", "c"));
}

TEST_P(StorageTest, SaysWhichFileIsMissing) {
  const std::string path = PathOf("none");
  const auto is_not_found = StatusIs(absl::StatusCode::kNotFound, HasSubstr(path));
  EXPECT_THAT(storage_->Read(path, 1), is_not_found);
  EXPECT_THAT(storage_->Sync(path), is_not_found);
  EXPECT_THAT(storage_->Rename(path, PathOf("f")), is_not_found);
  EXPECT_THAT(storage_->Remove(path), is_not_found);
  EXPECT_THAT(storage_->SyncFolder(path), is_not_found);
  EXPECT_THAT(storage_->List(path), is_not_found);
  EXPECT_THAT(storage_->Write(path + "/f", ""), is_not_found);
}

TEST_P(StorageTest, MakesFoldersOfAnyDepthTwice) {
  ASSERT_OK(storage_->MakeFolder(PathOf("x/y/z")));
  ASSERT_OK(storage_->MakeFolder(PathOf("x/y/z")));
  EXPECT_OK(storage_->Write(PathOf("x/y/z/f"), "1"));
}

TEST_P(StorageTest, ToldAFolderForAFileFailsThePrecondition) {
  ASSERT_OK(storage_->MakeFolder(PathOf("folder")));
  ASSERT_OK(storage_->Write(PathOf("file"), "1"));
  EXPECT_THAT(storage_->Write(PathOf("folder"), "1"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(storage_->MakeFolder(PathOf("file/below")),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

INSTANTIATE_TEST_SUITE_P(Posix, StorageTest, ::testing::Values<MakeStorage>([] {
                           return std::unique_ptr<Storage>(std::make_unique<PosixStorage>());
                         }));
INSTANTIATE_TEST_SUITE_P(Faulty, StorageTest, ::testing::Values<MakeStorage>([] {
                           return std::unique_ptr<Storage>(std::make_unique<FaultyStorage>());
                         }));

}  // namespace
}  // namespace vagram

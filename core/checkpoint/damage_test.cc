// What a checkpoint store makes of files that somebody or the disk broke.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/fake_run.h"
#include "core/checkpoint/faulty_storage.h"
#include "core/checkpoint/manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kFolder[] = "checkpoints";

std::string PathOf(const std::string& file) { return absl::StrCat(kFolder, "/", file); }

// A disk with checkpoints 10 (number 1) and 20 (number 2); the latter needs log-1-replay-0 too.
class DamageTest : public ::testing::Test {
 protected:
  DamageTest() { Publish(disk_.get()); }

  // Begins again with whole files.
  void Repair() {
    disk_ = std::make_unique<FaultyStorage>();
    Publish(disk_.get());
  }

  std::unique_ptr<CheckpointStore> Open() { return *CheckpointStore::Open(disk_.get(), kFolder); }

  std::unique_ptr<FaultyStorage> disk_ = std::make_unique<FaultyStorage>();
  std::string first_;
  std::string second_;

 private:
  void Publish(FaultyStorage* disk) {
    auto store = *CheckpointStore::Open(disk, kFolder);
    FakeRun run;
    run.Advance();
    first_ = run.ToString();
    EXPECT_OK(store->Publish(run.InputFor(*store)));
    run.Advance();
    second_ = run.ToString();
    EXPECT_OK(store->Publish(run.InputFor(*store)));
  }
};

using Damage = std::function<void(FaultyStorage*, const std::string& path)>;

const std::vector<std::pair<std::string, Damage>>& Damages() {
  static const auto* damages = new std::vector<std::pair<std::string, Damage>>{
      {"first bit", [](FaultyStorage* disk, const std::string& path) { disk->FlipBit(path, 0); }},
      {"a later bit",
       [](FaultyStorage* disk, const std::string& path) { disk->FlipBit(path, 77); }},
      {"cut", [](FaultyStorage* disk, const std::string& path) { disk->Truncate(path, 7); }},
      {"emptied", [](FaultyStorage* disk, const std::string& path) { disk->Truncate(path, 0); }},
      {"removed",
       [](FaultyStorage* disk, const std::string& path) { EXPECT_OK(disk->Remove(path)); }},
      {"longer",
       [](FaultyStorage* disk, const std::string& path) {
         disk->Replace(path, *disk->Read(path, 100'000) + "x");
       }},
  };
  return *damages;
}

TEST_F(DamageTest, OfTheNewestGivesTheOneBeforeAndSaysWhy) {
  for (const std::string file : {"manifest-2.json", "part-2-agent", "log-2-replay-3"}) {
    for (const auto& [what, damage] : Damages()) {
      SCOPED_TRACE(file + " " + what);
      Repair();
      damage(disk_.get(), PathOf(file));
      auto store = Open();
      ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, store->RestoreNewest());
      EXPECT_EQ(FakeRun::From(restored).ToString(), first_);
      EXPECT_THAT(restored.skipped, ElementsAre(HasSubstr(file)));

      // Goes on with an id that the broken one has, too, and clears that away.
      FakeRun run = FakeRun::From(restored);
      run.Advance();
      ASSERT_OK(store->Publish(run.InputFor(*store)));
      ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint next, Open()->RestoreNewest());
      EXPECT_EQ(FakeRun::From(next).ToString(), run.ToString());
      EXPECT_THAT(next.skipped, IsEmpty());
      EXPECT_THAT(*disk_->List(kFolder), Each(Not(HasSubstr("-2"))));
    }
  }
}

TEST_F(DamageTest, OfCurrentLeavesTheNewest) {
  for (const auto& [what, damage] : Damages()) {
    SCOPED_TRACE(what);
    Repair();
    damage(disk_.get(), PathOf("CURRENT"));
    ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, Open()->RestoreNewest());
    EXPECT_EQ(FakeRun::From(restored).ToString(), second_);
    EXPECT_THAT(restored.skipped, ElementsAre(HasSubstr("CURRENT")));
  }
}

TEST_F(DamageTest, OfTheOlderOneIsNoMatter) {
  for (const std::string file : {"manifest-1.json", "part-1-agent"}) {
    Repair();
    disk_->FlipBit(PathOf(file), 9);
    ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, Open()->RestoreNewest());
    EXPECT_EQ(FakeRun::From(restored).ToString(), second_);
    EXPECT_THAT(restored.skipped, IsEmpty());
  }
}

TEST_F(DamageTest, OfWhatAllNeedIsDataLossAndANewRunMayBegin) {
  disk_->FlipBit(PathOf("log-1-replay-0"), 3);
  auto store = Open();
  EXPECT_THAT(
      store->RestoreNewest(),
      StatusIs(absl::StatusCode::kDataLoss,
               AllOf(HasSubstr(kFolder), HasSubstr("checkpoint 20: log-1-replay-0: its CRC-32C is"),
                     HasSubstr("checkpoint 10: log-1-replay-0: its CRC-32C is"))));
  EXPECT_EQ(store->LogEnd("replay"), 0);
  FakeRun run;
  run.Advance();
  ASSERT_OK(store->Publish(run.InputFor(*store)));
  EXPECT_THAT(*disk_->List(kFolder),
              ElementsAre("CURRENT", "log-3-replay-0", "manifest-3.json", "part-3-agent"));
}

TEST_F(DamageTest, LossOfAllManifestsIsNoFreshFolder) {
  ASSERT_OK(disk_->Remove(PathOf("manifest-1.json")));
  ASSERT_OK(disk_->Remove(PathOf("manifest-2.json")));
  EXPECT_THAT(Open()->RestoreNewest(), StatusIs(absl::StatusCode::kDataLoss,
                                                HasSubstr("manifest-2.json, which is missing")));
}

TEST_F(DamageTest, AManifestUnderAnothersNameIsNotBelieved) {
  disk_->Replace(PathOf("manifest-2.json"), *disk_->Read(PathOf("manifest-1.json"), 100'000));
  ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, Open()->RestoreNewest());
  EXPECT_EQ(FakeRun::From(restored).ToString(), first_);
  EXPECT_THAT(restored.skipped, ElementsAre("manifest-2.json: is the manifest of number 1"));
}

TEST_F(DamageTest, IsNotConcludedFromFilesThatCannotBeRead) {
  auto store = Open();
  disk_->FailReads(absl::FailedPreconditionError("Stale file handle"));
  EXPECT_THAT(store->RestoreNewest(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(kFolder), HasSubstr("CURRENT: Stale file handle"),
                             HasSubstr("manifest-1.json: Stale file handle"))));
  FakeRun other;
  other.Advance();
  EXPECT_THAT(store->Publish(other.InputFor(*store)),
              StatusIs(absl::StatusCode::kFailedPrecondition));

  disk_->FailReads(absl::OkStatus());
  ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, store->RestoreNewest());
  EXPECT_EQ(FakeRun::From(restored).ToString(), second_);
}

TEST_F(DamageTest, IsNotConcludedFromANewerFormat) {
  disk_->FlipBit(PathOf("manifest-1.json"), 9);
  const std::string old = *disk_->Read(PathOf("manifest-2.json"), 100'000);
  const std::string content =
      absl::StrReplaceAll(old.substr(0, old.find('\n') + 1), {{"\"version\":1", "\"version\":2"}});
  const std::string newer =
      content + absl::StrFormat("{\"crc32c\":\"%08x\"}\n", DigestOf(content).crc32c);
  disk_->Replace(PathOf("manifest-2.json"), newer);

  auto store = Open();
  EXPECT_THAT(store->RestoreNewest(),
              StatusIs(absl::StatusCode::kUnimplemented, HasSubstr("the version of VaGraM that")));
  FakeRun other;
  other.Advance();
  EXPECT_THAT(store->Publish(other.InputFor(*store)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(disk_->Read(PathOf("manifest-2.json"), 100'000), IsOkAndHolds(newer));
}

TEST_F(DamageTest, IsNotConcludedFromAStorageThatCannotAnswer) {
  const int64_t before = disk_->operations();
  ASSERT_OK(Open()->RestoreNewest());
  const int64_t operations = disk_->operations() - before;
  auto store = Open();
  for (int64_t n = 1; n <= operations - 2; ++n) {  // Open made the other two
    disk_->FailOperation(n, absl::UnavailableError("too many open files"));
    EXPECT_THAT(store->RestoreNewest(), StatusIs(absl::StatusCode::kUnavailable)) << n;
  }
  ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, store->RestoreNewest());
  EXPECT_EQ(FakeRun::From(restored).ToString(), second_);
}

}  // namespace
}  // namespace vagram

// Stops, fails and fills up the disk at every single operation and byte, and looks at what is left.
#include <optional>
#include <set>
#include <string>

#include "core/checkpoint/checkpoint_reader.h"
#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/fake_run.h"
#include "core/checkpoint/faulty_storage.h"
#include "core/checkpoint/file_names.h"
#include "core/checkpoint/manifest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Survival = FaultyStorage::Survival;

constexpr char kFolder[] = "checkpoints";
constexpr char kNothing[] = "no checkpoint";
constexpr int kPublishes = 4;  // enough for retention to have work

// The newest checkpoint on the disk, and the run that goes on from it. A crash may leave a
// checkpoint unfinished, but none that does not verify.
FakeRun Restore(CheckpointStore* store, std::string* found) {
  absl::StatusOr<RestoredCheckpoint> restored = store->RestoreNewest();
  if (absl::IsNotFound(restored.status())) {
    *found = kNothing;
    return FakeRun();
  }
  if (absl::IsUnavailable(restored.status())) return FakeRun();  // stopped
  EXPECT_OK(restored);
  if (!restored.ok()) return FakeRun();
  // CURRENT is missing where the very first checkpoint is all but finished.
  EXPECT_THAT(restored->skipped,
              Each(AnyOf(HasSubstr("did not finish"), HasSubstr("CURRENT: cannot read"))));
  FakeRun run = FakeRun::From(*restored);
  *found = run.ToString();
  return run;
}

// Opens, restores one of `allowed` and publishes until something fails. Afterwards `allowed` is
// what a restart may find.
void RestoreAndPublish(FaultyStorage* disk, std::set<std::string>* allowed) {
  auto store = CheckpointStore::Open(disk, kFolder);
  if (!store.ok()) return;
  std::string found;
  FakeRun run = Restore(store->get(), &found);
  if (disk->stopped()) return;
  EXPECT_THAT(*allowed, Contains(found));
  *allowed = {found};
  for (int i = 0; i < kPublishes; ++i) {
    run.Advance();
    if (!(*store)->Publish(run.InputFor(**store)).ok()) {
      allowed->insert(run.ToString());
      return;
    }
    *allowed = {run.ToString()};
  }
}

// No crash leaves a manifest that names what is not there.
void ExpectEveryManifestVerifies(FaultyStorage* disk) {
  CheckpointReader reader(disk, kFolder);
  const auto files = disk->List(kFolder);
  if (absl::IsNotFound(files.status())) return;  // stopped before there was a folder
  for (const std::string& file : *files) {
    const std::optional<int64_t> number = ManifestNumber(file);
    if (!number.has_value()) continue;
    ASSERT_OK_AND_ASSIGN(const Manifest manifest, reader.ReadManifest(*number));
    EXPECT_OK(reader.ReadCheckpoint(manifest));
  }
}

// A restart finds one of `allowed`, publishes, and a further restart finds that.
void ExpectGoesOn(FaultyStorage* disk, const std::set<std::string>& allowed) {
  ExpectEveryManifestVerifies(disk);
  ASSERT_OK_AND_ASSIGN(auto store, CheckpointStore::Open(disk, kFolder));
  std::string found;
  FakeRun run = Restore(store.get(), &found);
  EXPECT_THAT(allowed, Contains(found));
  run.Advance();
  ASSERT_OK(store->Publish(run.InputFor(*store)));
  EXPECT_THAT(*disk->List(kFolder), Each(Not(HasSubstr(".tmp"))));
  disk->Crash(Survival::kNothing);
  ASSERT_OK_AND_ASSIGN(store, CheckpointStore::Open(disk, kFolder));
  Restore(store.get(), &found);
  EXPECT_EQ(found, run.ToString());
}

// How many operations an undisturbed RestoreAndPublish takes.
int64_t CountOperations() {
  FaultyStorage disk;
  std::set<std::string> allowed = {kNothing};
  RestoreAndPublish(&disk, &allowed);
  return disk.operations();
}

class CrashTest : public ::testing::TestWithParam<Survival> {};

TEST_P(CrashTest, AtAnyOperationLeavesTheOldOrTheNewCheckpoint) {
  const int64_t operations = CountOperations();
  for (int64_t n = 1; n <= operations; ++n) {
    for (uint64_t seed = 0; seed < (GetParam() == Survival::kRandom ? 50 : 1); ++seed) {
      SCOPED_TRACE(::testing::Message() << "stops at operation " << n << ", seed " << seed);
      FaultyStorage disk(seed);
      disk.StopAtOperation(n);
      std::set<std::string> allowed = {kNothing};
      RestoreAndPublish(&disk, &allowed);
      ASSERT_TRUE(disk.stopped());
      disk.Crash(GetParam());
      ExpectGoesOn(&disk, allowed);
      if (HasFailure()) return;
    }
  }
}

TEST_P(CrashTest, AndASecondOneAfterTheRestart) {
  const int64_t operations = CountOperations();
  for (int64_t first = 1; first <= operations; first += 2) {
    for (int64_t second = 1; second <= operations; ++second) {
      SCOPED_TRACE(::testing::Message() << "stops at operations " << first << ", " << second);
      FaultyStorage disk(1000 * first + second);
      std::set<std::string> allowed = {kNothing};
      disk.StopAtOperation(first);
      RestoreAndPublish(&disk, &allowed);
      disk.Crash(GetParam());
      disk.StopAtOperation(second);
      RestoreAndPublish(&disk, &allowed);
      disk.Crash(GetParam());
      ExpectGoesOn(&disk, allowed);
      if (HasFailure()) return;
    }
  }
}

// One call answers an error and the process lives: it goes on at once, or is restarted later.
TEST_P(CrashTest, AfterAFailedOperation) {
  for (int64_t n = 1;; ++n) {
    for (int publishes_after = 0; publishes_after < 3; ++publishes_after) {
      SCOPED_TRACE(::testing::Message() << "operation " << n << " fails, then " << publishes_after);
      FaultyStorage disk(n);
      ASSERT_OK_AND_ASSIGN(auto store, CheckpointStore::Open(&disk, kFolder));
      const int64_t opened = disk.operations();
      disk.FailOperation(n, absl::DataLossError("bad sector"));
      std::set<std::string> allowed = {kNothing};
      FakeRun run;
      bool failed = false;
      for (int i = 0; i < kPublishes && !failed; ++i) {
        run.Advance();
        failed = !store->Publish(run.InputFor(*store)).ok();
        if (!failed) allowed.clear();
        allowed.insert(run.ToString());
      }
      if (disk.operations() < opened + n) return;  // n is past all that there is to fail
      for (int i = 0; i < publishes_after; ++i) {
        run.Advance();
        ASSERT_OK(store->Publish(run.InputFor(*store)));
        allowed = {run.ToString()};
      }
      disk.Crash(GetParam());
      ExpectGoesOn(&disk, allowed);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Survival, CrashTest,
                         ::testing::Values(Survival::kNothing, Survival::kRandom,
                                           Survival::kEverything));

TEST(DiskFullTest, AtAnyByteHarmsNothingAndIsCleanedUp) {
  FaultyStorage disk;
  ASSERT_OK_AND_ASSIGN(auto store, CheckpointStore::Open(&disk, kFolder));
  FakeRun run;
  for (int i = 0; i < 3; ++i) {
    run.Advance();
    ASSERT_OK(store->Publish(run.InputFor(*store)));
  }
  const std::string stored = run.ToString();
  const int64_t used = disk.used_bytes();
  run.Advance();
  bool published = false;
  int64_t budget = 0;
  for (; !published; ++budget) {
    SCOPED_TRACE(budget);
    disk.SetCapacity(used + budget);
    const absl::Status status = store->Publish(run.InputFor(*store));
    std::string found;
    auto reader = *CheckpointStore::Open(&disk, kFolder);
    if (status.ok()) {
      published = true;
      Restore(reader.get(), &found);
      EXPECT_EQ(found, run.ToString());
      continue;
    }
    ASSERT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                                 HasSubstr("checkpoint 30 stays the newest")));
    EXPECT_EQ(disk.used_bytes(), used);
    ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, reader->RestoreNewest());
    EXPECT_EQ(FakeRun::From(restored).ToString(), stored);
    EXPECT_THAT(restored.skipped, IsEmpty());
  }
  EXPECT_GT(budget, 100);
}

TEST(DiskFullTest, WithTheRemainsOfACrashedProcessHealsItself) {
  FaultyStorage disk;
  ASSERT_OK_AND_ASSIGN(auto store, CheckpointStore::Open(&disk, kFolder));
  FakeRun run;
  run.Advance();
  ASSERT_OK(store->Publish(run.InputFor(*store)));
  const int64_t used = disk.used_bytes();
  run.Advance();
  disk.StopAtOperation(4);
  EXPECT_FALSE(store->Publish(run.InputFor(*store)).ok());
  disk.Crash(Survival::kEverything);
  ASSERT_GT(disk.used_bytes(), used);

  disk.SetCapacity(disk.used_bytes());
  ASSERT_OK_AND_ASSIGN(store, CheckpointStore::Open(&disk, kFolder));
  ASSERT_OK(store->RestoreNewest());
  EXPECT_THAT(store->Publish(run.InputFor(*store)), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(disk.used_bytes(), used);
}

}  // namespace
}  // namespace vagram

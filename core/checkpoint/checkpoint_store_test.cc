#include "core/checkpoint/checkpoint_store.h"

#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/fake_run.h"
#include "core/checkpoint/faulty_storage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kFolder[] = "run/checkpoints";

class CheckpointStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<CheckpointStore> Open(int keep = 2) {
    return *CheckpointStore::Open(&disk_, kFolder, {keep});
  }

  std::vector<std::string> Files() { return *disk_.List(kFolder); }

  FaultyStorage disk_;
};

TEST_F(CheckpointStoreTest, RestoresWhatWasPublished) {
  const std::string bytes("\0\xff\n", 3);
  CheckpointInput input;
  input.id = 0;
  input.parts = {{"agent", bytes}, {"empty", ""}};
  input.logs["replay"] = {0, {{0, 5, "abcde"}, {5, 7, ""}}};
  input.logs["later"] = {30, {{30, 31, "x"}}};
  input.logs["cleared"] = {12, {}};
  ASSERT_OK(Open()->Publish(input));

  auto store = Open();
  ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, store->RestoreNewest());
  EXPECT_EQ(restored.id, 0);
  EXPECT_EQ(restored.parts, input.parts);
  EXPECT_THAT(restored.logs, SizeIs(3));
  const RestoredLog& replay = restored.logs.at("replay");
  EXPECT_EQ(replay.first_index, 0);
  EXPECT_EQ(replay.end_index, 7);
  ASSERT_THAT(replay.segments, SizeIs(2));
  EXPECT_EQ(replay.segments[0].bytes, "abcde");
  EXPECT_EQ(replay.segments[1].first_index, 5);
  EXPECT_EQ(replay.segments[1].end_index, 7);
  EXPECT_EQ(restored.logs.at("later").first_index, 30);
  EXPECT_THAT(restored.logs.at("cleared").segments, IsEmpty());
  EXPECT_THAT(restored.skipped, IsEmpty());
  EXPECT_EQ(store->LogEnd("replay"), 7);
  EXPECT_EQ(store->LogEnd("cleared"), 12);
  EXPECT_EQ(store->LogEnd("unknown"), 0);
}

TEST_F(CheckpointStoreTest, FindsNothingInAFreshFolder) {
  auto store = Open();
  EXPECT_THAT(store->RestoreNewest(), StatusIs(absl::StatusCode::kNotFound, HasSubstr(kFolder)));
  FakeRun run;
  run.Advance();
  EXPECT_OK(store->Publish(run.InputFor(*store)));
}

TEST_F(CheckpointStoreTest, WritesOnlyWhatIsNew) {
  auto store = Open();
  CheckpointInput input;
  input.id = 1;
  input.parts["agent"] = std::string(1000, 'a');
  input.logs["replay"] = {0, {{0, 100'000, std::string(1'000'000, 'r')}}};
  ASSERT_OK(store->Publish(input));

  input.id = 2;
  input.logs["replay"] = {50, {{100'000, 100'010, std::string(100, 'r')}}};
  const int64_t before = disk_.bytes_written();
  ASSERT_OK(store->Publish(input));
  ASSERT_OK_AND_ASSIGN(const std::string manifest,
                       disk_.Read(std::string(kFolder) + "/manifest-2.json", 10'000));
  ASSERT_OK_AND_ASSIGN(const std::string current,
                       disk_.Read(std::string(kFolder) + "/CURRENT", 100));
  EXPECT_EQ(current, "manifest-2.json\n");
  EXPECT_EQ(disk_.bytes_written() - before,
            static_cast<int64_t>(1000 + 100 + manifest.size() + current.size()));
}

TEST_F(CheckpointStoreTest, KeepsTheNewestAndWhatTheyNeed) {
  ASSERT_OK(disk_.MakeFolder(kFolder));
  ASSERT_OK(disk_.Write(std::string(kFolder) + "/notes.txt", "not ours"));
  ASSERT_OK(disk_.Write(std::string(kFolder) + "/part-3-agent.tmp", "left over"));
  auto store = Open();
  FakeRun run;
  for (int i = 0; i < 4; ++i) {
    run.Advance();
    ASSERT_OK(store->Publish(run.InputFor(*store)));
  }
  // Numbers go on after the left-over file's. Checkpoint 30 holds rows 4 to 8, 40 rows 7 to 11.
  EXPECT_THAT(Files(), UnorderedElementsAre("CURRENT", "manifest-6.json", "manifest-7.json",
                                            "part-6-agent", "part-7-agent", "log-5-replay-3",
                                            "log-6-replay-6", "log-7-replay-9", "notes.txt"));
  auto frugal = Open(/*keep=*/1);
  ASSERT_OK(frugal->RestoreNewest());
  run.Advance();
  ASSERT_OK(frugal->Publish(run.InputFor(*frugal)));
  EXPECT_THAT(Files(), UnorderedElementsAre("CURRENT", "manifest-8.json", "part-8-agent",
                                            "log-7-replay-9", "log-8-replay-12", "notes.txt"));
}

TEST_F(CheckpointStoreTest, DropsALogThatIsLeftOut) {
  auto store = Open(/*keep=*/1);
  FakeRun run;
  run.Advance();
  ASSERT_OK(store->Publish(run.InputFor(*store)));
  CheckpointInput input;
  input.id = 11;
  ASSERT_OK(store->Publish(input));
  EXPECT_EQ(store->LogEnd("replay"), 0);
  EXPECT_THAT(Files(), ElementsAre("CURRENT", "manifest-2.json"));
}

TEST_F(CheckpointStoreTest, FollowsALogThatMovedOnPastAllThatIsStored) {
  auto store = Open();
  CheckpointInput input;
  input.id = 1;
  input.logs["replay"] = {0, {{0, 10, "old"}}};
  ASSERT_OK(store->Publish(input));
  input.id = 2;
  input.logs["replay"] = {500, {{500, 510, "new"}}};
  ASSERT_OK(store->Publish(input));
  ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, Open()->RestoreNewest());
  EXPECT_THAT(restored.logs.at("replay").segments, SizeIs(1));
  EXPECT_EQ(restored.logs.at("replay").segments[0].bytes, "new");
}

TEST_F(CheckpointStoreTest, RefusesInputThatDoesNotFollow) {
  auto store = Open();
  CheckpointInput first;
  first.id = 5;
  first.logs["replay"] = {10, {{10, 20, "rows"}}};
  ASSERT_OK(store->Publish(first));
  const int64_t operations = disk_.operations();

  const auto publish = [&](int64_t id, const LogInput& log, const std::string& part = "agent") {
    CheckpointInput input;
    input.id = id;
    input.logs["replay"] = log;
    input.parts[part] = "bytes";
    return store->Publish(input);
  };
  const auto is_refused = [](const std::string& why) {
    return StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why));
  };
  EXPECT_THAT(publish(4, {10, {}}), is_refused("id is 4, expected at least 5"));
  EXPECT_THAT(publish(6, {10, {{19, 30, ""}}}),
              is_refused("[19, 30), expected at least one, from"));
  EXPECT_THAT(publish(6, {10, {{21, 30, ""}}}), is_refused("from row 20 on"));
  EXPECT_THAT(publish(6, {10, {{20, 20, ""}}}), is_refused("[20, 20)"));
  EXPECT_THAT(publish(6, {10, {{20, 30, ""}, {31, 32, ""}}}), is_refused("from row 30 on"));
  EXPECT_THAT(publish(6, {25, {{20, 30, ""}}}), is_refused("from row 25 on"));
  EXPECT_THAT(publish(6, {9, {}}), is_refused("begins at 9, expected at least 10"));
  EXPECT_THAT(publish(6, {10, {}}, "../agent"), is_refused("part name '../agent'"));
  EXPECT_EQ(disk_.operations(), operations);
  EXPECT_EQ(store->LogEnd("replay"), 20);
  EXPECT_OK(publish(6, {10, {{20, 30, ""}}}));
  EXPECT_THAT(CheckpointStore::Open(&disk_, kFolder, {0}), is_refused("keeps 0 checkpoints"));
}

TEST_F(CheckpointStoreTest, DoesNotStartARunOverInAFolderWithCheckpoints) {
  FakeRun run;
  run.Advance();
  auto store = Open();
  ASSERT_OK(store->Publish(run.InputFor(*store)));
  FakeRun other;
  other.Advance();
  auto reopened = Open();
  EXPECT_THAT(reopened->Publish(other.InputFor(*reopened)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("restore the newest")));
}

TEST_F(CheckpointStoreTest, GoesBackToTheNewestWhenAskedAgain) {
  auto store = Open();
  FakeRun run;
  run.Advance();
  ASSERT_OK(store->Publish(run.InputFor(*store)));
  const std::string published = run.ToString();
  ASSERT_OK_AND_ASSIGN(const RestoredCheckpoint restored, store->RestoreNewest());
  EXPECT_EQ(FakeRun::From(restored).ToString(), published);
}

}  // namespace
}  // namespace vagram

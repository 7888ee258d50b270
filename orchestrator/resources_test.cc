#include "orchestrator/resources.h"

#include <google/protobuf/text_format.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::Eq;
using ::testing::Optional;

Resources Needs(const std::string& text) {
  v1::TrialConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config));
  return NeedsOf(config);
}

constexpr char kWide[] =
    "resources { actors: 3 threads { learner: 2 model_server: 4 actor: 5 } slots: 2 "
    "memory_gib: 1.5 }";

TEST(NeedsOfTest, TakesTheWidestRoleInLockstep) {
  const Resources needs = Needs(absl::StrCat("schedule { mode: 'lockstep' } ", kWide));
  EXPECT_EQ(needs.slots, 2);
  EXPECT_EQ(needs.threads, 5);
  EXPECT_EQ(needs.memory_mib, 1536);
}

TEST(NeedsOfTest, AddsAllRolesUpWhereTheyWorkAtTheSameTime) {
  for (const char* mode : {"pipelined", "async"}) {
    EXPECT_EQ(Needs(absl::StrCat("schedule { mode: '", mode, "' } ", kWide)).threads,
              2 + 4 + 3 * 5);
  }
  EXPECT_EQ(Needs(absl::StrCat("algorithm: 'sac' schedule { mode: 'async' } ", kWide)).threads,
            2 + 3 * 5)
      << "there is no model server";
}

TEST(NeedsOfTest, CountsAtLeastOneSlotAndThread) {
  const Resources needs = Needs("");
  EXPECT_EQ(needs.slots, 1);
  EXPECT_EQ(needs.threads, 1);
  EXPECT_EQ(needs.memory_mib, 0);
}

TEST(BudgetTest, NamesTheFirstResourceThatIsShort) {
  const Budget budget({2, 4, 1024});
  EXPECT_THAT(budget.Short({2, 4, 1024}, {}), Eq(absl::nullopt));
  EXPECT_EQ(*budget.Short({3, 5, 1}, {}), Resource::kSlots);
  EXPECT_EQ(*budget.Short({1, 4, 1}, {1, 1, 0}), Resource::kThreads);
  EXPECT_EQ(*budget.Short({1, 1, 1000}, {1, 1, 100}), Resource::kMemory);
  EXPECT_THAT(budget.Short({1, 1, 0}, {1, 1, 2000}), Eq(absl::nullopt)) << "it needs none";
}

TEST(BudgetTest, HasNoLimitWhereItIsZero) {
  const Budget budget({1, 0, 0});
  EXPECT_THAT(budget.Short({1, 1000, 1 << 30}, {0, 5, 5}), Eq(absl::nullopt));
  EXPECT_TRUE(budget.SomeLeft({1, 1, 1}, {0, 5, 5}));
  EXPECT_EQ(budget.Share({0, 5, 5}), 0);
}

TEST(BudgetTest, SharesAreOfWhateverIsUsedMost) {
  EXPECT_EQ(Budget({10, 4, 1000}).Share({1, 1, 500}), 0.5);
}

TEST(ResourcesTest, ReadLikeSentences) {
  EXPECT_EQ(Amount(Resource::kSlots, {4, 0, 0}), "4 slots");
  EXPECT_EQ(Amount(Resource::kThreads, {0, 1, 0}), "1 thread");
  EXPECT_EQ(Amount(Resource::kMemory, {0, 0, 2560}), "2.5 GiB of memory");
  EXPECT_EQ(Shortage(Resource::kMemory, {0, 0, 2048}, {0, 0, 3072}, {0, 0, 4096}),
            "memory: 3 of 4 GiB in use, needs 2");
  EXPECT_EQ(Shortage(Resource::kThreads, {0, 3, 0}, {0, 6, 0}, {0, 8, 0}),
            "threads: 6 of 8 in use, needs 3");
}

TEST(ResourcesTest, RoundMemoryUp) {
  EXPECT_EQ(ToMib(0.0001), 1);
  EXPECT_EQ(ToMib(1000000), int64_t{1024} * 1000000);
  EXPECT_EQ(ToGib(512), 0.5);
}

}  // namespace
}  // namespace vagram

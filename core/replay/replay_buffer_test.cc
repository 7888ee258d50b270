#include "core/replay/replay_buffer.h"

#include <cstdint>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr int kObsDim = 2;
constexpr int kActDim = 1;

// Transitions whose every value tells their index.
TransitionBatch Numbered(int64_t first, int64_t size) {
  TransitionBatch batch(size, kObsDim, kActDim);
  for (int64_t i = 0; i < size; ++i) {
    const float x = static_cast<float>(first + i);
    batch.observation[2 * i] = x;
    batch.observation[2 * i + 1] = -x;
    batch.action[i] = x + 0.25f;
    batch.reward[i] = 10 * x;
    batch.next_observation[2 * i] = x + 1;
    batch.next_observation[2 * i + 1] = -x - 1;
    batch.terminated[i] = (first + i) % 3 == 0;
    batch.truncated[i] = (first + i) % 5 == 0;
  }
  return batch;
}

void ExpectEqual(const TransitionBatch& actual, const TransitionBatch& expected) {
  EXPECT_EQ(actual.size, expected.size);
  EXPECT_EQ(actual.observation, expected.observation);
  EXPECT_EQ(actual.action, expected.action);
  EXPECT_EQ(actual.reward, expected.reward);
  EXPECT_EQ(actual.next_observation, expected.next_observation);
  EXPECT_EQ(actual.terminated, expected.terminated);
  EXPECT_EQ(actual.truncated, expected.truncated);
}

TransitionBatch ReadAll(const ReplayBuffer& buffer) {
  TransitionBatch out;
  EXPECT_TRUE(buffer.Read(buffer.begin_index(), buffer.end_index(), &out).ok());
  return out;
}

TEST(ReplayBuffer, KeepsTheNewestWhenTheRingWrapsAround) {
  ReplayBuffer buffer(8, kObsDim, kActDim);
  for (int64_t first = 0; first < 21; first += 3) {
    ASSERT_TRUE(buffer.Append(Numbered(first, 3)).ok());
  }
  EXPECT_EQ(buffer.size(), 8);
  EXPECT_EQ(buffer.begin_index(), 13);
  EXPECT_EQ(buffer.end_index(), 21);
  ExpectEqual(ReadAll(buffer), Numbered(13, 8));
}

TEST(ReplayBuffer, ReadsAPartAcrossTheWrap) {
  ReplayBuffer buffer(8, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 8)).ok());
  ASSERT_TRUE(buffer.Append(Numbered(8, 3)).ok());
  TransitionBatch out;
  ASSERT_TRUE(buffer.Read(6, 10, &out).ok());  // rows 6, 7, 0, 1
  ExpectEqual(out, Numbered(6, 4));
}

TEST(ReplayBuffer, StoresTheEndOfABatchLargerThanItself) {
  ReplayBuffer buffer(4, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 3)).ok());
  ASSERT_TRUE(buffer.Append(Numbered(3, 10)).ok());
  EXPECT_EQ(buffer.begin_index(), 9);
  ExpectEqual(ReadAll(buffer), Numbered(9, 4));
}

TEST(ReplayBuffer, AcceptsAnEmptyBatchAndAnEmptyRead) {
  ReplayBuffer buffer(4, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(TransitionBatch(0, kObsDim, kActDim)).ok());
  TransitionBatch out = Numbered(0, 2);
  ASSERT_TRUE(buffer.Read(0, 0, &out).ok());
  EXPECT_EQ(out.size, 0);
}

TEST(ReplayBuffer, AnswersOutOfRangeForWhatIsNotHeld) {
  ReplayBuffer buffer(4, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 6)).ok());
  TransitionBatch out = Numbered(100, 1);
  const absl::Status dropped = buffer.Read(1, 4, &out);
  EXPECT_EQ(dropped.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(dropped.message()),
              HasSubstr("asked for transitions [1, 4), this replay holds [2, 6); older ones"));
  const absl::Status future = buffer.Read(4, 7, &out);
  EXPECT_EQ(future.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(future.message(), "asked for transitions [4, 7), this replay holds [2, 6)");
  EXPECT_EQ(buffer.Read(5, 4, &out).code(), absl::StatusCode::kOutOfRange);
  ExpectEqual(out, Numbered(100, 1));
}

TEST(ReplayBuffer, RefusesColumnsOfWrongSizesAndStoresNothing) {
  ReplayBuffer buffer(4, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 2)).ok());

  TransitionBatch short_reward = Numbered(2, 2);
  short_reward.reward.pop_back();
  const absl::Status refused = buffer.Append(short_reward);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("column reward has 1 values, expected 2"));

  TransitionBatch long_flags = Numbered(2, 2);
  long_flags.truncated.push_back(0);
  EXPECT_THAT(std::string(buffer.Append(long_flags).message()), HasSubstr("column truncated"));

  const absl::Status other_task = buffer.Append(TransitionBatch(2, kObsDim + 1, kActDim));
  EXPECT_EQ(other_task.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(other_task.message()), HasSubstr("obs_dim 3"));

  EXPECT_EQ(buffer.end_index(), 2);
  ExpectEqual(ReadAll(buffer), Numbered(0, 2));
}

TEST(ReplayBuffer, GoesOnCountingAfterClear) {
  ReplayBuffer buffer(4, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 7)).ok());
  buffer.Clear();
  EXPECT_EQ(buffer.size(), 0);
  EXPECT_EQ(buffer.begin_index(), 7);
  ASSERT_TRUE(buffer.Append(Numbered(7, 6)).ok());
  EXPECT_EQ(buffer.end_index(), 13);
  ExpectEqual(ReadAll(buffer), Numbered(9, 4));
}

TEST(ReplayBuffer, RestartsAtACheckpointsIndex) {
  ReplayBuffer buffer(4, kObsDim, kActDim);
  buffer.Restart(1001);
  ASSERT_TRUE(buffer.Append(Numbered(1001, 3)).ok());
  ASSERT_TRUE(buffer.Append(Numbered(1004, 3)).ok());
  EXPECT_EQ(buffer.begin_index(), 1003);
  EXPECT_EQ(buffer.end_index(), 1007);
  ExpectEqual(ReadAll(buffer), Numbered(1003, 4));
}

TEST(ReplayBuffer, GathersRowsIntoTheMiddleOfABatch) {
  ReplayBuffer buffer(4, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 6)).ok());
  TransitionBatch out = Numbered(50, 4);
  buffer.Gather({5, 2}, 1, &out);
  EXPECT_THAT(out.reward, ElementsAre(500, 50, 20, 530));
  EXPECT_THAT(out.next_observation, ElementsAre(51, -51, 6, -6, 3, -3, 54, -54));
}

TEST(ReplayBuffer, SamplesEveryHeldTransitionEquallyOften) {
  ReplayBuffer buffer(10, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 25)).ok());  // holds 15..24
  Rng rng(7);
  std::vector<int64_t> indices(100'000);
  buffer.SampleIndices(rng, absl::MakeSpan(indices));
  std::vector<int> counts(10);
  for (const int64_t index : indices) {
    ASSERT_THAT(index, testing::AllOf(Ge(15), Le(24)));
    ++counts[index - 15];
  }
  // Chi-square, 9 degrees of freedom: 27.9 is its 99.9 % quantile.
  double chi_square = 0;
  for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  EXPECT_LT(chi_square, 27.9);
}

TEST(ReplayBuffer, SamplesTheSameForTheSameSeedOnly) {
  ReplayBuffer buffer(1000, kObsDim, kActDim);
  ASSERT_TRUE(buffer.Append(Numbered(0, 1000)).ok());
  const auto sample = [&](uint64_t seed) {
    Rng rng(seed);
    std::vector<int64_t> indices(32);
    buffer.SampleIndices(rng, absl::MakeSpan(indices));
    return indices;
  };
  EXPECT_EQ(sample(1), sample(1));
  EXPECT_NE(sample(1), sample(2));
}

TEST(ReplayBuffer, TakesMemoryForWhatIsStoredOnly) {
  ReplayBuffer buffer(1'000'000'000'000, kObsDim, kActDim);
  EXPECT_EQ(buffer.allocated_rows(), 0);
  for (int64_t i = 0; i < 1000; ++i) ASSERT_TRUE(buffer.Append(Numbered(i, 1)).ok());
  EXPECT_THAT(buffer.allocated_rows(), testing::AllOf(Ge(1000), Le(2000)));

  ReplayBuffer small(1500, kObsDim, kActDim);
  for (int64_t i = 0; i < 4000; ++i) ASSERT_TRUE(small.Append(Numbered(i, 1)).ok());
  EXPECT_EQ(small.allocated_rows(), 1500);
}

}  // namespace
}  // namespace vagram

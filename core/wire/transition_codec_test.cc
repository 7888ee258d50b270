#include "core/wire/transition_codec.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TransitionBatch ThreeRows() {
  TransitionBatch batch(3, 2, 1);
  for (int i = 0; i < 6; ++i) batch.observation[i] = i;
  for (int i = 0; i < 6; ++i) batch.next_observation[i] = 10 + i;
  for (int i = 0; i < 3; ++i) batch.action[i] = -i;
  for (int i = 0; i < 3; ++i) batch.reward[i] = 0.5f * i;
  batch.terminated[1] = 1;
  batch.truncated[2] = 1;
  return batch;
}

TEST(TransitionCodecTest, RoundTripKeepsEveryColumn) {
  const TransitionBatch batch = ThreeRows();
  const auto decoded = DecodeTransitions(EncodeTransitions(batch), 2, 1);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->observation, batch.observation);
  EXPECT_EQ(decoded->action, batch.action);
  EXPECT_EQ(decoded->reward, batch.reward);
  EXPECT_EQ(decoded->next_observation, batch.next_observation);
  EXPECT_EQ(decoded->terminated, batch.terminated);
  EXPECT_EQ(decoded->truncated, batch.truncated);
}

TEST(TransitionCodecTest, EncodesAWindowOfRows) {
  const auto decoded = DecodeTransitions(EncodeTransitions(ThreeRows(), 1, 3), 2, 1);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->size, 2);
  EXPECT_EQ(decoded->observation, (std::vector<float>{2, 3, 4, 5}));
  EXPECT_EQ(decoded->terminated, (std::vector<uint8_t>{1, 0}));
}

TEST(TransitionCodecTest, RefusesWhatDoesNotFit) {
  const v1::TransitionColumns good = EncodeTransitions(ThreeRows());
  auto message = [](const v1::TransitionColumns& columns) {
    return std::string(DecodeTransitions(columns, 2, 1).status().message());
  };
  v1::TransitionColumns bad = good;
  bad.mutable_reward()->mutable_data()->pop_back();
  EXPECT_THAT(message(bad), HasSubstr("column reward is FLOAT32 [3] in 11 bytes"));
  bad = good;
  bad.mutable_action()->set_dtype(v1::FLOAT64);
  EXPECT_THAT(message(bad), HasSubstr("expected FLOAT32 [3, 1]"));
  bad = good;
  bad.set_size(int64_t{1} << 60);
  EXPECT_THAT(message(bad), HasSubstr("rows"));
  bad = good;
  (*bad.mutable_terminated()->mutable_data())[0] = 7;
  EXPECT_THAT(message(bad), HasSubstr("expected 0 or 1"));
  TransitionBatch infinite = ThreeRows();
  infinite.next_observation[3] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(message(EncodeTransitions(infinite)), HasSubstr("next_observation holds inf"));
}

TEST(TransitionCodecTest, ChunksStayNearOneMebibyte) {
  EXPECT_EQ(RowsPerChunk(11, 3), (1 << 20) / (26 * 4 + 2));
  EXPECT_EQ(RowsPerChunk(1 << 20, 1), 1);
}

}  // namespace
}  // namespace vagram

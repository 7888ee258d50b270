#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "google/protobuf/duration.pb.h"
#include "gtest/gtest.h"
#include "testing/eventually.h"
#include "testing/fake_clock.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::google::protobuf::Duration;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<int> Seven() { return 7; }
absl::StatusOr<int> Nothing() { return absl::NotFoundError("no such number"); }

TEST(StatusMatchersTest, TellOkFromError) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_OK(Seven());
  EXPECT_THAT(Nothing(), Not(IsOk()));
}

TEST(StatusMatchersTest, CompareCodeAndMessage) {
  EXPECT_THAT(Nothing(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Nothing(), StatusIs(absl::StatusCode::kNotFound, HasSubstr("such")));
  EXPECT_THAT(Nothing(), StatusIs(absl::StatusCode::kNotFound, "no such number"));
  EXPECT_THAT(Nothing(), Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(Nothing(), Not(StatusIs(absl::StatusCode::kNotFound, HasSubstr("other"))));
}

TEST(StatusMatchersTest, CompareTheValueHeld) {
  EXPECT_THAT(Seven(), IsOkAndHolds(7));
  EXPECT_THAT(Seven(), Not(IsOkAndHolds(8)));
  EXPECT_THAT(Nothing(), Not(IsOkAndHolds(7)));
  ASSERT_OK_AND_ASSIGN(const int seven, Seven());
  EXPECT_EQ(seven, 7);
}

TEST(StatusMatchersTest, ExplainAFailure) {
  ::testing::StringMatchResultListener listener;
  EXPECT_FALSE(::testing::ExplainMatchResult(IsOk(), Nothing(), &listener));
  EXPECT_THAT(listener.str(), HasSubstr("NOT_FOUND: no such number"));
}

TEST(ProtoMatchersTest, CompareWithAMessageAndWithText) {
  Duration duration;
  duration.set_seconds(3);
  EXPECT_THAT(duration, EqualsProto(duration));
  EXPECT_THAT(duration, EqualsProto("seconds: 3"));
  EXPECT_THAT(duration, Not(EqualsProto("seconds: 4")));
  EXPECT_THAT(duration, Not(EqualsProto("no such field: 4")));
}

TEST(ProtoMatchersTest, ListDifferences) {
  Duration duration;
  duration.set_seconds(3);
  ::testing::StringMatchResultListener listener;
  EXPECT_FALSE(::testing::ExplainMatchResult(EqualsProto("seconds: 4"), duration, &listener));
  EXPECT_THAT(listener.str(), HasSubstr("seconds: 4 -> 3"));
}

TEST(FakeClockTest, MovesOnlyWhenAdvanced) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now() - start, absl::Seconds(5));
}

TEST(EventuallyTest, AsksAgainUntilTheMatcherIsSatisfied) {
  int calls = 0;
  EXPECT_TRUE(Eventually(
      absl::InfiniteDuration(), [&] { return ++calls; }, ::testing::Ge(3)));
  EXPECT_EQ(calls, 3);
  EXPECT_TRUE(Eventually(absl::InfiniteDuration(), [&] { return ++calls > 4; }));
}

TEST(EventuallyTest, PrintsTheLastValueWhenTimeIsUp) {
  const auto result = Eventually(
      absl::ZeroDuration(), [] { return 41; }, ::testing::Eq(42));
  EXPECT_FALSE(result);
  EXPECT_THAT(result.message(), HasSubstr("41"));
}

}  // namespace
}  // namespace vagram

#include "core/rpc/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "third_party/googleapis/google/rpc/error_details.pb.h"
#include "third_party/googleapis/google/rpc/status.pb.h"

namespace vagram {

bool operator==(const FieldFault& a, const FieldFault& b) {
  return a.field == b.field && a.description == b.description;
}

namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::Status RoundTrip(const absl::Status& status) { return FromGrpcStatus(ToGrpcStatus(status)); }

TEST(StatusTest, EveryCodeSurvivesTheRoundTrip) {
  EXPECT_OK(RoundTrip(absl::OkStatus()));
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), absl::StrCat("code ", code));
    EXPECT_EQ(RoundTrip(status), status);
    EXPECT_EQ(static_cast<int>(ToGrpcStatus(status).error_code()), code);
  }
}

TEST(StatusTest, PayloadsSurviveTheRoundTrip) {
  absl::Status status = WithResource(
      InvalidFields("bad spec", {{"model.elites", "9, expected at most 7"}}), "trial", "3/0");
  status.SetPayload("type.example.com/unknown", absl::Cord(std::string("\0\xff", 2)));
  EXPECT_EQ(RoundTrip(status), status);
  EXPECT_THAT(FieldFaults(RoundTrip(status)),
              ElementsAre(FieldFault{"model.elites", "9, expected at most 7"}));
}

TEST(StatusTest, OtherClientsCanReadTheDetails) {
  const grpc::Status sent = ToGrpcStatus(WithResource(absl::NotFoundError("gone"), "trial", "3/0"));
  google::rpc::Status rich;
  ASSERT_TRUE(rich.ParseFromString(sent.error_details()));
  EXPECT_EQ(rich.code(), 5);
  EXPECT_EQ(rich.message(), "gone");
  google::rpc::ResourceInfo resource;
  ASSERT_EQ(rich.details_size(), 1);
  ASSERT_TRUE(rich.details(0).UnpackTo(&resource));
  EXPECT_EQ(resource.resource_type(), "trial");
  EXPECT_EQ(resource.resource_name(), "3/0");
}

TEST(StatusTest, MalformedDetailsLeaveCodeAndMessage) {
  const grpc::Status status(grpc::StatusCode::NOT_FOUND, "gone", "\xff\xff not a message");
  EXPECT_EQ(FromGrpcStatus(status), absl::NotFoundError("gone"));
}

TEST(StatusTest, UnknownCodesBecomeUnknown) {
  // No code of today, and the largest value that the enumeration can represent.
  const grpc::Status status(static_cast<grpc::StatusCode>(31), "from the future");
  EXPECT_THAT(FromGrpcStatus(status), StatusIs(absl::StatusCode::kUnknown, "from the future"));
}

TEST(StatusTest, InvalidFieldsNamesEveryFault) {
  const absl::Status status = InvalidFields(
      "2 faults",
      {{"a.yaml:3: model.elite", "unknown key; did you mean elites?"}, {"seeds", "no"}});
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "2 faults: a.yaml:3: model.elite: unknown key; did you mean elites?; "
                       "seeds: no"));
  EXPECT_THAT(FieldFaults(status), SizeIs(2));
  EXPECT_THAT(FieldFaults(absl::NotFoundError("none")), IsEmpty());
}

TEST(StatusTest, HugeErrorsStayWithinTheTrailer) {
  std::vector<FieldFault> faults(1000, {"some.field", std::string(100, 'x')});
  faults.front().description = std::string(1 << 20, 'y');
  const absl::Status status = InvalidFields("many", faults);
  EXPECT_THAT(std::string(status.message()), EndsWith("; and 999 more"));
  const grpc::Status sent = ToGrpcStatus(status);
  EXPECT_LE(sent.error_message().size() * 3 + sent.error_details().size(), 64u << 10);
  EXPECT_THAT(FieldFaults(FromGrpcStatus(sent)), SizeIs(1));

  std::string text = "a";
  for (int i = 0; i < 10000; ++i) text += "\xc3\xa4";
  const grpc::Status umlauts = ToGrpcStatus(absl::InternalError(text));
  EXPECT_LE(umlauts.error_message().size(), 8u << 10);
  EXPECT_THAT(umlauts.error_message(), EndsWith("\xc3\xa4..."));
}

TEST(StatusTest, DetailsTooLargeForTheTrailerAreLeftOut) {
  absl::Status status = absl::InternalError("big");
  status.SetPayload("type.example.com/big", absl::Cord(std::string(1 << 20, 'x')));
  EXPECT_EQ(RoundTrip(status), absl::InternalError("big"));
}

}  // namespace
}  // namespace vagram

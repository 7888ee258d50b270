#include "core/rpc/handler.h"

#include <stdexcept>

#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(HandlerTest, PassesStatusesOn) {
  EXPECT_TRUE(Handle([] { return absl::OkStatus(); }).ok());
  const absl::Status status = InvalidFields("bad", {{"seeds", "none given"}});
  EXPECT_EQ(FromGrpcStatus(Handle([&] { return status; })), status);
}

TEST(HandlerTest, TurnsExceptionsIntoInternal) {
  EXPECT_THAT(
      FromGrpcStatus(Handle([]() -> absl::Status { throw std::runtime_error("disk on fire"); })),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("disk on fire")));
  EXPECT_THAT(FromGrpcStatus(Handle([]() -> absl::Status { throw 7; })),
              StatusIs(absl::StatusCode::kInternal));
}

TEST(HandlerTest, LogsOurFaultsOnceAndNoOthers) {
  ::testing::internal::CaptureStderr();
  Handle([] { return absl::NotFoundError("no such trial"); });
  Handle([] { return absl::InternalError("wheels came off"); });
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("wheels came off"));
  EXPECT_THAT(log, ::testing::Not(HasSubstr("no such trial")));
  EXPECT_EQ(log.find("wheels came off"), log.rfind("wheels came off"));
}

}  // namespace
}  // namespace vagram

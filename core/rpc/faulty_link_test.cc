#include "core/rpc/faulty_link.h"

#include <memory>
#include <string>
#include <thread>

#include "core/rpc/channel.h"
#include "core/rpc/server.h"
#include "core/rpc/status.h"
#include "core/rpc/testdata/echo_service.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using testdata::Echo;
using testdata::EchoMessage;

constexpr absl::Duration kDeadline = absl::Seconds(30);

class FaultyLinkTest : public ::testing::Test {
 protected:
  FaultyLinkTest() {
    RpcServer::Options options;
    options.token = "secret";
    options.services = {&service_};
    server_ = *RpcServer::Start(options);
    link_ = *FaultyLink::Start(server_->address());
    endpoint_ = {link_->address(), "secret"};
    stub_ = Echo::NewStub(MakeChannel(endpoint_));
  }
  ~FaultyLinkTest() override { service_.release.Trip("the test is over"); }

  absl::Status Say(absl::Duration deadline = kDeadline) {
    EchoMessage in, out;
    return FromGrpcStatus(stub_->Say(MakeContext(endpoint_, deadline).get(), in, &out));
  }

  EchoService service_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<FaultyLink> link_;
  Endpoint endpoint_;
  std::unique_ptr<Echo::Stub> stub_;
};

TEST_F(FaultyLinkTest, CarriesCallsAndLargeMessages) {
  EXPECT_OK(Say());
  EchoMessage in, out;
  in.set_payload(std::string(3 << 20, 'x'));
  EXPECT_OK(FromGrpcStatus(stub_->Say(MakeContext(endpoint_, kDeadline).get(), in, &out)));
  EXPECT_EQ(out.payload(), in.payload());
  EXPECT_GT(link_->request_bytes(), 3 << 20);
}

TEST_F(FaultyLinkTest, ACutEndsCallsAndNewOnesGetThrough) {
  std::thread cutter([&] {
    service_.AwaitHeld(1);
    link_->Cut();
  });
  EchoMessage out;
  EXPECT_THAT(
      FromGrpcStatus(stub_->Hold(MakeContext(endpoint_, kDeadline).get(), EchoMessage(), &out)),
      StatusIs(absl::StatusCode::kUnavailable));
  cutter.join();
  const Stop never;
  EXPECT_OK(Retry(RetryPolicy(), never, [&] { return Say(); }));
}

TEST_F(FaultyLinkTest, ALostAnswerIsMissed) {
  EXPECT_OK(Say());
  link_->LoseAnswers();
  EXPECT_THAT(Say(absl::Milliseconds(50)), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(FaultyLinkTest, ADelayedAnswerComes) {
  link_->SetDelay(absl::Milliseconds(5));
  EXPECT_OK(Say());
}

}  // namespace
}  // namespace vagram

#include "core/rpc/channel.h"

#include <memory>
#include <string>
#include <thread>

#include "core/rpc/server.h"
#include "core/rpc/status.h"
#include "core/rpc/testdata/echo_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using testdata::Echo;
using testdata::EchoMessage;
using ::testing::SizeIs;

constexpr absl::Duration kDeadline = absl::Seconds(30);

std::unique_ptr<RpcServer> StartServer(grpc::Service* service, const std::string& address) {
  RpcServer::Options options;
  options.address = address;
  options.token = "secret";
  options.services = {service};
  auto server = RpcServer::Start(options);
  EXPECT_OK(server);
  return server.ok() ? *std::move(server) : nullptr;
}

class ChannelTest : public ::testing::Test {
 protected:
  void TearDown() override { service_.release.Trip("the test is over"); }

  absl::Status Hold(grpc::ClientContext* context) {
    EchoMessage out;
    return FromGrpcStatus(stub_->Hold(context, EchoMessage(), &out));
  }

  EchoService service_;
  std::unique_ptr<RpcServer> server_ = StartServer(&service_, "127.0.0.1:0");
  const Endpoint endpoint_{server_->address(), "secret"};
  std::unique_ptr<Echo::Stub> stub_ = Echo::NewStub(MakeChannel(endpoint_));
};

TEST_F(ChannelTest, DeadlineEndsACall) {
  EXPECT_THAT(Hold(MakeContext(endpoint_, absl::Milliseconds(20)).get()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(ChannelTest, StopEndsACall) {
  Stop stop;
  auto context = MakeContext(endpoint_, kDeadline);
  auto cancel = CancelOnStop(&stop, context.get());
  std::thread tripper([&] {
    service_.AwaitHeld(1);
    stop.Trip("enough");
  });
  EXPECT_THAT(Hold(context.get()), StatusIs(absl::StatusCode::kCancelled));
  tripper.join();
}

TEST_F(ChannelTest, StopTrippedBeforeTheCallEndsItToo) {
  Stop stop;
  stop.Trip("enough");
  auto context = MakeContext(endpoint_, kDeadline);
  auto cancel = CancelOnStop(&stop, context.get());
  EXPECT_THAT(Hold(context.get()), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(ChannelTest, FindsAServerRestartedOnTheSamePort) {
  const auto say = [this] {
    EchoMessage out;
    return FromGrpcStatus(stub_->Say(MakeContext(endpoint_, kDeadline).get(), EchoMessage(), &out));
  };
  ASSERT_OK(say());
  server_.reset();
  EXPECT_THAT(say(), StatusIs(absl::StatusCode::kUnavailable));
  server_ = StartServer(&service_, endpoint_.address);
  Stop stop;
  EXPECT_OK(Retry(RetryPolicy(), stop, say));
}

TEST_F(ChannelTest, ErrorsWithManyFaultsArriveWhole) {
  EchoMessage in, out;
  in.set_faults(300);
  const absl::Status status =
      FromGrpcStatus(stub_->Say(MakeContext(endpoint_, kDeadline).get(), in, &out));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(FieldFaults(status), SizeIs(300));
}

TEST(RetryTest, TriesAgainUntilItSucceeds) {
  Stop stop;
  int calls = 0;
  const RetryPolicy policy{absl::Microseconds(1), absl::Microseconds(10), absl::Hours(1)};
  EXPECT_OK(Retry(policy, stop, [&] {
    switch (++calls) {
      case 1:
        return absl::UnavailableError("not yet");
      case 2:
        return absl::DeadlineExceededError("too slow");
      default:
        return absl::OkStatus();
    }
  }));
  EXPECT_EQ(calls, 3);
}

TEST(RetryTest, LetsOtherErrorsThroughAtOnce) {
  Stop stop;
  for (int code = 1; code <= 16; ++code) {
    const absl::Status error(static_cast<absl::StatusCode>(code), "error");
    if (absl::IsUnavailable(error) || absl::IsDeadlineExceeded(error)) continue;
    int calls = 0;
    EXPECT_EQ(Retry(RetryPolicy(), stop,
                    [&] {
                      ++calls;
                      return error;
                    }),
              error);
    EXPECT_EQ(calls, 1);
  }
}

TEST(RetryTest, ReturnsTheLastErrorWhenTheBudgetIsSpent) {
  Stop stop;
  int calls = 0;
  const RetryPolicy policy{absl::Milliseconds(1), absl::Milliseconds(2), absl::Milliseconds(20)};
  EXPECT_THAT(Retry(policy, stop,
                    [&] {
                      return ++calls == 1 ? absl::DeadlineExceededError("first")
                                          : absl::UnavailableError("later");
                    }),
              StatusIs(absl::StatusCode::kUnavailable, "later"));
  EXPECT_GT(calls, 1);
}

TEST(RetryTest, TriesOnceWithoutABudget) {
  Stop stop;
  int calls = 0;
  const RetryPolicy policy{absl::Milliseconds(1), absl::Milliseconds(2), absl::ZeroDuration()};
  EXPECT_THAT(Retry(policy, stop,
                    [&] {
                      ++calls;
                      return absl::UnavailableError("down");
                    }),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(calls, 1);
}

TEST(RetryTest, StopEndsTheWaitBetweenTries) {
  Stop stop;
  // Without the stop, the test would wait for a back-off that is half an hour on average.
  const RetryPolicy policy{absl::Hours(1), absl::Hours(1), absl::Hours(24)};
  EXPECT_THAT(Retry(policy, stop,
                    [&] {
                      stop.Trip("enough");
                      return absl::UnavailableError("down");
                    }),
              StatusIs(absl::StatusCode::kCancelled, "enough"));
  int calls = 0;
  EXPECT_THAT(Retry(policy, stop,
                    [&] {
                      ++calls;
                      return absl::OkStatus();
                    }),
              StatusIs(absl::StatusCode::kCancelled, "enough"));
  EXPECT_EQ(calls, 0);
}

TEST(RetryTest, BackoffIsUniformBelowADoublingCeiling) {
  const RetryPolicy policy{absl::Milliseconds(50), absl::Seconds(2), absl::Seconds(30)};
  Rng rng(1);
  for (const auto& [failures, ceiling] :
       {std::pair{1, absl::Milliseconds(50)}, std::pair{2, absl::Milliseconds(100)},
        std::pair{6, absl::Milliseconds(1600)}, std::pair{7, absl::Seconds(2)},
        std::pair{1000, absl::Seconds(2)}}) {
    absl::Duration longest, shortest = absl::InfiniteDuration(), sum;
    for (int i = 0; i < 1000; ++i) {
      const absl::Duration backoff = policy.Backoff(failures, rng);
      longest = std::max(longest, backoff);
      shortest = std::min(shortest, backoff);
      sum += backoff;
    }
    EXPECT_GE(shortest, absl::ZeroDuration());
    EXPECT_LT(shortest, ceiling * 0.02);
    EXPECT_LE(longest, ceiling);
    EXPECT_GT(longest, ceiling * 0.98);
    EXPECT_NEAR(absl::FDivDuration(sum, 1000 * ceiling), 0.5, 0.05);
  }
}

}  // namespace
}  // namespace vagram

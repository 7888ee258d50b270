#include "core/rpc/server.h"

#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "core/rpc/channel.h"
#include "core/rpc/status.h"
#include "core/rpc/testdata/echo_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using testdata::Echo;
using testdata::EchoMessage;
using ::testing::_;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Property;

constexpr absl::Duration kDeadline = absl::Seconds(30);

class RpcServerTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<RpcServer>> Start(RpcServer::Options options = {}) {
    options.token = "secret";
    options.services = {&service_};
    return RpcServer::Start(options);
  }

  // Calls Say on `channel` with the token of `endpoint`.
  static absl::StatusOr<EchoMessage> Say(const std::shared_ptr<grpc::Channel>& channel,
                                         const Endpoint& endpoint, const EchoMessage& in = {}) {
    EchoMessage out;
    auto context = MakeContext(endpoint, kDeadline);
    const absl::Status status =
        FromGrpcStatus(Echo::NewStub(channel)->Say(context.get(), in, &out));
    if (!status.ok()) return status;
    return out;
  }

  static absl::StatusOr<EchoMessage> Say(const Endpoint& endpoint, const EchoMessage& in = {}) {
    return Say(MakeChannel(endpoint), endpoint, in);
  }

  // Calls any method without a token and with bytes instead of messages.
  static absl::StatusOr<std::string> CallOpenly(const std::string& address,
                                                const std::string& method,
                                                const std::string& request) {
    grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kDeadline));
    const grpc::Slice slice(request);
    const grpc::ByteBuffer in(&slice, 1);
    grpc::ByteBuffer out;
    grpc::Status status;
    absl::Notification done;
    stub.UnaryCall(&context, method, {}, &in, &out, [&](grpc::Status s) {
      status = std::move(s);
      done.Notify();
    });
    done.WaitForNotification();
    if (!status.ok()) return FromGrpcStatus(status);
    std::vector<grpc::Slice> slices;
    if (!out.Dump(&slices).ok()) return absl::InternalError("cannot read the answer's bytes");
    std::string bytes;
    for (const grpc::Slice& part : slices) {
      bytes.append(reinterpret_cast<const char*>(part.begin()), part.size());
    }
    return bytes;
  }

  EchoService service_;
};

TEST_F(RpcServerTest, AnswersCallsWithTheToken) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  EchoMessage in;
  in.set_payload("hello");
  EXPECT_THAT(Say({server->address(), "secret"}, in),
              IsOkAndHolds(Property(&EchoMessage::payload, "hello")));
}

TEST_F(RpcServerTest, RefusesCallsWithAWrongToken) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  for (const char* token : {"", "Secret", "secre", "secrets", "other1"}) {
    EXPECT_THAT(Say({server->address(), token}),
                StatusIs(absl::StatusCode::kUnauthenticated,
                         AllOf(HasSubstr("wrong token"), HasSubstr("$VAGRAM_HOME/token"))))
        << token;
  }
}

TEST_F(RpcServerTest, RefusesCallsWithoutAToken) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  EXPECT_THAT(CallOpenly(server->address(), "/vagram.testdata.Echo/Say", ""),
              StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr("no token in the call")));
}

TEST_F(RpcServerTest, ServesPlainTextClients) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  auto channel = grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
  EXPECT_OK(Say(channel, {server->address(), "secret"}));
}

TEST_F(RpcServerTest, KeepsTheTokenFromHandlers) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  EXPECT_THAT(
      Say({server->address(), "secret"}),
      IsOkAndHolds(Property(&EchoMessage::metadata, AllOf(Contains(Key("user-agent")),
                                                          Not(Contains(Key("authorization")))))));
}

TEST_F(RpcServerTest, TellsItsHealthToEveryone) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  // HealthCheckResponse{status: SERVING}
  EXPECT_THAT(CallOpenly(server->address(), "/grpc.health.v1.Health/Check", ""),
              IsOkAndHolds(std::string("\x08\x01")));
}

TEST_F(RpcServerTest, TellsTheHealthOfEachServiceAndThatItIsAboutToStop) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  const auto health = [&server](const std::string& service) {
    const std::string request =  // HealthCheckRequest{service: ...}
        absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
    return CallOpenly(server->address(), "/grpc.health.v1.Health/Check", request);
  };
  EXPECT_THAT(health("vagram.testdata.Echo"), IsOkAndHolds(std::string("\x08\x01")));
  EXPECT_THAT(health("vagram.testdata.Other"), StatusIs(absl::StatusCode::kNotFound));
  server->AnnounceStop();
  server->AnnounceStop();
  // HealthCheckResponse{status: NOT_SERVING}
  EXPECT_THAT(health("vagram.testdata.Echo"), IsOkAndHolds(std::string("\x08\x02")));
  EXPECT_THAT(health(""), IsOkAndHolds(std::string("\x08\x02")));
  EXPECT_OK(Say({server->address(), "secret"})) << "it still serves";
}

// Notes what it is told of calls.
class NotingObserver : public CallObserver {
 public:
  void OnAnswer(absl::string_view method, bool unary, absl::StatusCode code,
                absl::Duration duration) override {
    absl::MutexLock lock(&mu_);
    answers_.push_back(absl::StrCat(method, unary ? " unary " : " stream ",
                                    absl::StatusCodeToString(code),
                                    duration >= absl::ZeroDuration() ? "" : " before it began"));
  }

  // The first `n`, once there are so many.
  std::vector<std::string> Await(size_t n) {
    absl::MutexLock lock(&mu_);
    const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return answers_.size() >= n; };
    mu_.AwaitWithTimeout(absl::Condition(&enough), kDeadline);
    return answers_;
  }

 private:
  absl::Mutex mu_;
  std::vector<std::string> answers_ ABSL_GUARDED_BY(mu_);
};

TEST_F(RpcServerTest, TellsItsObserverOfEveryAnswerToATokenHolder) {
  NotingObserver observer;
  RpcServer::Options options;
  options.observer = &observer;
  ASSERT_OK_AND_ASSIGN(auto server, Start(options));
  const Endpoint endpoint{server->address(), "secret"};
  ASSERT_OK(Say(endpoint));
  EXPECT_THAT(observer.Await(1), ElementsAre("/vagram.testdata.Echo/Say unary OK"));
  EchoMessage faulty;
  faulty.set_faults(1);
  EXPECT_THAT(Say(endpoint, faulty), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(observer.Await(2)[1], "/vagram.testdata.Echo/Say unary INVALID_ARGUMENT");
  EXPECT_THAT(Say({server->address(), "wrong"}), StatusIs(absl::StatusCode::kUnauthenticated));
  auto context = MakeContext(endpoint, kDeadline);
  const auto stub = Echo::NewStub(MakeChannel(endpoint));
  const auto stream = stub->Chat(context.get());
  stream->WritesDone();
  ASSERT_TRUE(stream->Finish().ok());
  EXPECT_THAT(observer.Await(3), ElementsAre(_, _, "/vagram.testdata.Echo/Chat stream OK"));
}

TEST_F(RpcServerTest, ListsItsServicesToEveryone) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  // ServerReflectionRequest{list_services: ""}
  EXPECT_THAT(CallOpenly(server->address(),
                         "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                         std::string("\x3a\x00", 2)),
              IsOkAndHolds(HasSubstr("vagram.testdata.Echo")));
}

TEST_F(RpcServerTest, RefusesAnOversizedMessage) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  // The project's own channels refuse to send it; a foreign client might not.
  auto channel = grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
  EchoMessage in;
  in.set_payload(std::string(kMaxMessageBytes + 1, 'x'));
  EXPECT_THAT(Say(channel, {server->address(), "secret"}, in),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(Say({server->address(), "secret"}, in),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_OK(Say(channel, {server->address(), "secret"}));
}

TEST_F(RpcServerTest, RefusesAPortInUse) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  RpcServer::Options options;
  options.address = server->address();
  EXPECT_THAT(Start(options),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr(server->address()), HasSubstr("choose another port"))));
}

TEST_F(RpcServerTest, RefusesOptionsThatCannotBe) {
  RpcServer::Options options;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "10.0.0.1:0", "127.0.0.1", "example.org:0"}) {
    options.address = address;
    EXPECT_THAT(Start(options), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(address)));
  }
  options.address = "127.0.0.1:0";
  options.max_threads = 0;
  EXPECT_THAT(Start(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_threads")));
  EXPECT_THAT(RpcServer::Start({}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("token is empty")));
}

TEST_F(RpcServerTest, RefusesCallsBeyondItsThreads) {
  RpcServer::Options options;
  options.max_threads = 2;
  ASSERT_OK_AND_ASSIGN(auto server, Start(options));
  const Endpoint endpoint{server->address(), "secret"};
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&endpoint] {
      EchoMessage out;
      auto context = MakeContext(endpoint, kDeadline);
      EXPECT_OK(FromGrpcStatus(
          Echo::NewStub(MakeChannel(endpoint))->Hold(context.get(), EchoMessage(), &out)));
    });
  }
  service_.AwaitHeld(2);
  EXPECT_THAT(Say(endpoint), StatusIs(absl::StatusCode::kResourceExhausted));
  service_.release.Trip("test");
  for (std::thread& caller : callers) caller.join();
  EXPECT_TRUE(Eventually(
      kDeadline, [&] { return Say(endpoint).status(); }, IsOk()));
}

TEST_F(RpcServerTest, ShutdownRefusesNewCallsAndWaitsForRunningOnes) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  const Endpoint endpoint{server->address(), "secret"};
  std::thread running([&endpoint] {
    EchoMessage out;
    auto context = MakeContext(endpoint, kDeadline);
    EXPECT_OK(FromGrpcStatus(
        Echo::NewStub(MakeChannel(endpoint))->Hold(context.get(), EchoMessage(), &out)));
  });
  service_.AwaitHeld(1);
  std::thread shutdown([&server] { server->Shutdown(kDeadline); });
  EXPECT_TRUE(Eventually(
      kDeadline, [&] { return Say(endpoint).status(); }, StatusIs(absl::StatusCode::kUnavailable)));
  service_.release.Trip("test");
  running.join();
  shutdown.join();
  server->Shutdown(absl::ZeroDuration());  // and once more
}

TEST_F(RpcServerTest, ShutdownCancelsWhatOutlastsTheGrace) {
  ASSERT_OK_AND_ASSIGN(auto server, Start());
  const Endpoint endpoint{server->address(), "secret"};
  auto stub = Echo::NewStub(MakeChannel(endpoint));
  auto context = MakeContext(endpoint, kDeadline);
  auto stream = stub->Chat(context.get());
  EchoMessage message;
  ASSERT_TRUE(stream->Write(message));
  ASSERT_TRUE(stream->Read(&message));
  server->Shutdown(absl::ZeroDuration());  // would wait for ever for a stream nobody ends
  EXPECT_FALSE(stream->Read(&message));
  EXPECT_THAT(FromGrpcStatus(stream->Finish()), Not(IsOk()));
}

}  // namespace
}  // namespace vagram

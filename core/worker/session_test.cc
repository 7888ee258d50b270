#include "core/worker/session.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/rpc/faulty_link.h"
#include "core/rpc/limits.h"
#include "core/rpc/server.h"
#include "core/worker/testdata/fake_workers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"
#include "testing/proto_matchers.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using State = FakeWorkers::State;

// What a wait that a test expects to end is given; only a failing test spends it.
constexpr absl::Duration kPatience = absl::Seconds(30);

class WorkerSessionTest : public ::testing::Test {
 protected:
  WorkerSessionTest() {
    StartServer("127.0.0.1:0");
    address_ = server_->address();
  }

  void StartServer(const std::string& address) {
    RpcServer::Options options;
    options.address = address;
    options.token = "secret";
    options.services = {&workers_};
    auto server = RpcServer::Start(options);
    ASSERT_OK(server);
    server_ = *std::move(server);
  }

  WorkerSession::Options Options() {
    WorkerSession::Options options;
    options.orchestrator = {address_, "secret"};
    options.trial_id = "3/0";
    options.attempt = 2;
    options.role = v1::LEARNER;
    options.index = 0;
    options.stop = &stop_;
    options.clock = &clock_;
    return options;
  }

  std::unique_ptr<WorkerSession> Session(Stop* leave = nullptr) {
    WorkerSession::Options options = Options();
    options.leave = leave;
    auto session = WorkerSession::Create(options);
    EXPECT_OK(session);
    return session.ok() ? *std::move(session) : nullptr;
  }

  // Blocks until the orchestrator has received `n` more heartbeats.
  void AwaitHeartbeats(size_t n) {
    const size_t before = workers_.Do([](State& state) { return state.heartbeats.size(); });
    workers_.Await([=](const State& state) { return state.heartbeats.size() >= before + n; });
  }

  Stop stop_;
  FakeClock clock_;
  FakeWorkers workers_;
  std::unique_ptr<RpcServer> server_;
  std::string address_;
};

TEST_F(WorkerSessionTest, RefusesOptionsThatCannotBe) {
  for (const auto& spoil : std::vector<void (*)(WorkerSession::Options&)>{
           [](auto& o) { o.orchestrator.address = "nowhere"; }, [](auto& o) { o.trial_id = ""; },
           [](auto& o) { o.attempt = 0; }, [](auto& o) { o.role = v1::ROLE_UNSPECIFIED; },
           [](auto& o) { o.index = -1; }, [](auto& o) { o.stop = nullptr; }}) {
    WorkerSession::Options options = Options();
    spoil(options);
    EXPECT_THAT(WorkerSession::Create(options), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_F(WorkerSessionTest, RegistersAndLearnsItsTrial) {
  workers_.Do([](State& state) { state.registration.mutable_config()->set_seed(7); });
  auto session = Session();
  ASSERT_OK_AND_ASSIGN(const v1::TrialConfig config, session->Register("127.0.0.1:4"));
  EXPECT_EQ(config.seed(), 7);
  const v1::RegisterRequest request = workers_.Do([](State& s) { return s.registers.at(0); });
  EXPECT_EQ(request.trial_id(), "3/0");
  EXPECT_EQ(request.attempt(), 2);
  EXPECT_EQ(request.role(), v1::LEARNER);
  EXPECT_EQ(request.address(), "127.0.0.1:4");
  EXPECT_EQ(request.pid(), getpid());
  EXPECT_FALSE(request.host().empty());
}

TEST_F(WorkerSessionTest, RegistersAgainWithItsAddress) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  ASSERT_OK(session->Register("127.0.0.1:4"));
  AwaitHeartbeats(2);  // the first may have been on its way already
  EXPECT_EQ(workers_.Do([](State& s) { return s.heartbeats.back().address(); }), "127.0.0.1:4");
}

TEST_F(WorkerSessionTest, RegistersOnceTheOrchestratorIsUp) {
  server_.reset();
  auto session = Session();
  std::thread late([this] { StartServer(address_); });
  EXPECT_OK(session->Register(""));
  late.join();
}

TEST_F(WorkerSessionTest, RefusesALeaseThatCannotBeKept) {
  workers_.Do([](State& state) { state.registration.set_heartbeat_seconds(0); });
  EXPECT_THAT(Session()->Register(""),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("0 < interval < lease")));
}

TEST_F(WorkerSessionTest, WaitsForAPeerToRegister) {
  auto session = Session();
  std::thread peer([this] {
    workers_.Await([](const State& state) { return state.resolves >= 2; });
    workers_.Do([](State& state) { state.peers[{v1::MODEL_SERVER, 0}] = "127.0.0.1:9"; });
  });
  EXPECT_THAT(session->Resolve(v1::MODEL_SERVER, 0), IsOkAndHolds("127.0.0.1:9"));
  peer.join();
  EXPECT_EQ(session->EndpointOf("127.0.0.1:9").token, "secret");
}

TEST_F(WorkerSessionTest, StopEndsTheWaitForAPeer) {
  auto session = Session();
  std::thread stopper([this] {
    workers_.Await([](const State& state) { return state.resolves >= 1; });
    stop_.Trip("enough");
  });
  EXPECT_THAT(session->Resolve(v1::MODEL_SERVER, 0), StatusIs(absl::StatusCode::kCancelled));
  stopper.join();
}

TEST_F(WorkerSessionTest, ReportsMetricsUntilTheyAreStored) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  workers_.Do([](State& state) { state.failures.assign(2, absl::UnavailableError("restarting")); });
  v1::MetricRow row;
  row.set_row(5);
  EXPECT_OK(session->ReportMetrics({row}));
  EXPECT_THAT(workers_.Do([](State& state) { return state.rows; }),
              ElementsAre(EqualsProto("row: 5")));
}

TEST_F(WorkerSessionTest, ReportsAgainWhereOnlyTheAnswerWasLost) {
  auto link = FaultyLink::Start(address_);
  ASSERT_OK(link);
  WorkerSession::Options options = Options();
  options.orchestrator.address = (*link)->address();
  workers_.Do([](State& state) {
    state.registration.set_heartbeat_seconds(3000);
    state.registration.set_lease_seconds(6000);
  });
  auto session = WorkerSession::Create(options);
  ASSERT_OK(session);
  ASSERT_OK((*session)->Register(""));
  (*link)->LoseAnswers();
  v1::MetricRow row;
  row.set_row(5);
  std::thread reporter([&] { EXPECT_OK((*session)->ReportMetrics({row})); });
  workers_.Await([](const State& state) { return state.rows.size() == 1; });
  (*link)->Cut();
  reporter.join();
  EXPECT_THAT(workers_.Do([](State& state) { return state.rows; }),
              ElementsAre(EqualsProto("row: 5"), EqualsProto("row: 5")))
      << "it is for the orchestrator to know that the second is the first";
}

TEST_F(WorkerSessionTest, PoliciesAreSentUntilTheyAreStored) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  workers_.Do([](State& state) { state.failures.assign(2, absl::UnavailableError("disk full")); });
  v1::PolicyFile policy;
  policy.set_epoch(4);
  EXPECT_OK(session->ReportPolicy(policy, /*last=*/true));
  EXPECT_THAT(workers_.Do([](State& state) { return state.policies; }),
              ElementsAre(EqualsProto("trial_id: '3/0' attempt: 2 last: true "
                                      "policy { trial_id: '3/0' epoch: 4 }")));
}

TEST_F(WorkerSessionTest, RefusesAPolicyThatNoMessageHolds) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  v1::PolicyFile policy;
  policy.mutable_policy()->mutable_actor()->mutable_values()->set_data(
      std::string(kMaxMessageBytes, 'x'));
  EXPECT_THAT(session->ReportPolicy(policy, /*last=*/true),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sac.hidden_sizes")));
  EXPECT_THAT(workers_.Do([](State& state) { return state.policies; }), IsEmpty());
}

TEST_F(WorkerSessionTest, FinishTellsTheOutcome) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  workers_.Do([](State& state) { state.failures = {absl::UnavailableError("restarting")}; });
  EXPECT_OK(session->Finish(absl::OkStatus()));
  EXPECT_OK(session->Finish(absl::InternalError("diverged")));
  EXPECT_THAT(workers_.Do([](State& state) { return state.finishes; }),
              ElementsAre(EqualsProto("trial_id: '3/0' attempt: 2 succeeded: true"),
                          EqualsProto("trial_id: '3/0' attempt: 2 reason: 'INTERNAL: diverged'")));
}

TEST_F(WorkerSessionTest, FinishSpeaksOnceWhenToldToStop) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  stop_.Trip("received SIGTERM");
  EXPECT_OK(session->Finish(absl::OkStatus()));
  EXPECT_THAT(workers_.Do([](State& state) { return state.finishes; }), SizeIs(1));
  server_.reset();
  EXPECT_THAT(session->Finish(absl::OkStatus()), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(WorkerSessionTest, HeartbeatsCarryTheLastProgress) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  v1::Progress progress;
  progress.set_step(40);
  session->SetProgress(progress);
  workers_.Await([](const State& state) {
    return !state.heartbeats.empty() && state.heartbeats.back().progress().step() == 40;
  });
  progress.set_step(50);
  session->SetProgress(progress);
  EXPECT_OK(session->Finish(absl::OkStatus()));
  EXPECT_EQ(workers_.Do([](State& s) { return s.heartbeats.back().progress().step(); }), 50);
}

TEST_F(WorkerSessionTest, HeartbeatsSayWhereTheTimeGoes) {
  auto session = Session();
  {
    const TimeUse::Span working(&session->time_use(), TimeUse::kWorking);
    clock_.Advance(absl::Seconds(3));
  }
  clock_.Advance(absl::Seconds(4));
  ASSERT_OK(session->Register(""));
  workers_.Await([](const State& state) {
    if (state.heartbeats.empty()) return false;
    const v1::TimeUse& time_use = state.heartbeats.back().time_use();
    return time_use.working() == 3 && time_use.starved() == 4 && time_use.blocked() == 0;
  });
}

TEST_F(WorkerSessionTest, StopsWhenTheOrchestratorSaysSo) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  workers_.Do([](State& state) { state.stop = true; });
  ASSERT_TRUE(stop_.WaitFor(kPatience));
  EXPECT_EQ(stop_.reason(), "the orchestrator said stop");
  EXPECT_FALSE(session->lost());
}

TEST_F(WorkerSessionTest, StopsWhenANewerAttemptHasTakenOver) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  workers_.Do([](State& state) { state.heartbeat = absl::AbortedError("attempt 3 runs"); });
  ASSERT_TRUE(stop_.WaitFor(kPatience));
  EXPECT_EQ(stop_.reason(), "superseded by a newer attempt: attempt 3 runs");
  EXPECT_FALSE(session->lost());
}

TEST_F(WorkerSessionTest, EveryCallNoticesThatANewerAttemptHasTakenOver) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  workers_.Do([](State& state) { state.failures = {absl::AbortedError("attempt 3 runs")}; });
  EXPECT_THAT(session->ReportMetrics({}), StatusIs(absl::StatusCode::kAborted));
  EXPECT_TRUE(stop_.tripped());
}

TEST_F(WorkerSessionTest, ToleratesSilenceWithinTheLeaseAndStopsBeyondIt) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  AwaitHeartbeats(1);
  workers_.Do([](State& state) { state.heartbeat = absl::UnavailableError("overloaded"); });
  clock_.Advance(absl::Seconds(59));
  AwaitHeartbeats(3);
  EXPECT_FALSE(stop_.tripped());
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(stop_.WaitFor(kPatience));
  EXPECT_EQ(stop_.reason(), "lost the orchestrator for 1m1s");
  EXPECT_TRUE(session->lost());
}

TEST_F(WorkerSessionTest, AnAnswerRenewsTheLease) {
  auto session = Session();
  ASSERT_OK(session->Register(""));
  for (int i = 0; i < 5; ++i) {
    workers_.Do([](State& state) { state.heartbeat = absl::UnavailableError("overloaded"); });
    clock_.Advance(absl::Seconds(50));
    AwaitHeartbeats(2);
    workers_.Do([](State& state) { state.heartbeat = absl::OkStatus(); });
    AwaitHeartbeats(2);
  }
  EXPECT_FALSE(stop_.tripped());
}

TEST_F(WorkerSessionTest, FindsAnOrchestratorRestartedOnItsAddress) {
  auto session = Session();
  ASSERT_OK(session->Register("127.0.0.1:4"));
  server_.reset();
  workers_.Do([](State& state) { state.heartbeats.clear(); });
  StartServer(address_);
  workers_.Await([](const State& state) { return !state.heartbeats.empty(); });
  EXPECT_EQ(workers_.Do([](State& s) { return s.heartbeats.back().address(); }), "127.0.0.1:4");
  EXPECT_FALSE(stop_.tripped());
}

TEST_F(WorkerSessionTest, StopsWhenTheOrchestratorIsGoneForLongerThanTheLease) {
  WorkerSession::Options options = Options();
  options.clock = Clock::Real();
  workers_.Do([](State& state) { state.registration.set_lease_seconds(0.05); });
  ASSERT_OK_AND_ASSIGN(auto session, WorkerSession::Create(options));
  ASSERT_OK(session->Register(""));
  server_.reset();
  ASSERT_TRUE(stop_.WaitFor(kPatience));
  EXPECT_THAT(stop_.reason(), HasSubstr("lost the orchestrator for"));
  EXPECT_THAT(session->ReportMetrics({}), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(WorkerSessionTest, SaysAtOnceThatItLeaves) {
  workers_.Do([](State& state) {
    state.registration.set_heartbeat_seconds(3000);
    state.registration.set_lease_seconds(6000);
    state.registration.set_grace_seconds(3000);
  });
  Stop leave;
  auto session = Session(&leave);
  ASSERT_OK(session->Register(""));
  leave.Trip("told to end");
  workers_.Await([](const State& state) {
    return !state.heartbeats.empty() && state.heartbeats.back().leaving();
  });
  EXPECT_FALSE(stop_.tripped()) << "it has its grace";
}

TEST_F(WorkerSessionTest, StopsWhenTheGraceIsOver) {
  workers_.Do([](State& state) { state.registration.set_grace_seconds(20); });
  Stop leave;
  auto session = Session(&leave);
  ASSERT_OK(session->Register(""));
  leave.Trip("told to end");
  AwaitHeartbeats(2);
  EXPECT_FALSE(stop_.tripped());
  clock_.Advance(absl::Seconds(20));
  EXPECT_TRUE(stop_.WaitFor(kPatience));
  EXPECT_THAT(stop_.reason(), HasSubstr("its grace is over"));
}

TEST_F(WorkerSessionTest, LeavingBeforeRegistrationStopsAtOnce) {
  Stop leave;
  auto session = Session(&leave);
  leave.Trip("told to end");
  EXPECT_TRUE(stop_.tripped());
}

TEST_F(WorkerSessionTest, ALostOrchestratorLeavesTimeToSave) {
  workers_.Do([](State& state) {
    state.registration.set_lease_seconds(60);
    state.registration.set_grace_seconds(20);
  });
  Stop leave;
  auto session = Session(&leave);
  ASSERT_OK(session->Register(""));
  AwaitHeartbeats(1);
  server_.reset();
  // Whatever heartbeat was under way has been answered or has failed by the time of a later one.
  while (!leave.WaitFor(absl::Milliseconds(1))) clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(leave.reason(), HasSubstr("lost the orchestrator"));
  EXPECT_TRUE(session->lost());
  while (!stop_.WaitFor(absl::Milliseconds(1))) clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(stop_.reason(), HasSubstr("its grace is over"));
}

TEST_F(WorkerSessionTest, EndsWithoutRegistration) {
  Session().reset();
  EXPECT_THAT(workers_.Do([](State& state) { return state.heartbeats; }), IsEmpty());
}

}  // namespace
}  // namespace vagram

#include "core/worker/run_worker.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/rpc/server.h"
#include "core/worker/testdata/fake_workers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ExitedWithCode;

// Every worker is a process of its own: a death test that ends with the worker's exit code.
class RunWorkerTest : public ::testing::Test {
 protected:
  RunWorkerTest() {
    // The child starts from main, as threads do not survive a fork.
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  }

  // Runs a worker against an orchestrator of its own and ends the process.
  [[noreturn]] static void RunAndExit(
      const std::function<absl::Status(WorkerSession&, Stop&)>& body,
      const std::function<void(FakeWorkers::State&)>& prepare = [](FakeWorkers::State&) {}) {
    // As a worker's main does before any thread starts, here those of the orchestrator.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    FakeWorkers workers;
    workers.Do([&](FakeWorkers::State& state) { prepare(state); });
    RpcServer::Options options;
    options.token = "secret";
    options.services = {&workers};
    auto server = RpcServer::Start(options);
    if (!server.ok()) std::_Exit(100);
    const std::string token_file = absl::StrCat(::testing::TempDir(), "/token.", getpid());
    std::ofstream(token_file) << "secret";
    std::vector<std::string> arguments = {
        "worker", absl::StrCat("--orchestrator=", (*server)->address()),
        absl::StrCat("--token_file=", token_file), "--trial=3/0", "--attempt=1"};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    std::_Exit(RunWorker(static_cast<int>(argv.size()), argv.data(), v1::ACTOR, body));
  }
};

TEST_F(RunWorkerTest, ExitsWith0WhenDone) {
  EXPECT_EXIT(
      RunAndExit([](WorkerSession& session, Stop&) { return session.Register("").status(); }),
      ExitedWithCode(0), "worker_done");
}

TEST_F(RunWorkerTest, ExitsWith0WhenTheOrchestratorSaysStop) {
  EXPECT_EXIT(RunAndExit(
                  [](WorkerSession& session, Stop& stop) {
                    RETURN_IF_ERROR(session.Register("").status());
                    stop.Wait();
                    return stop.Check();
                  },
                  [](FakeWorkers::State& state) { state.stop = true; }),
              ExitedWithCode(0), "worker_stopped reason=\"the orchestrator said stop\"");
}

TEST_F(RunWorkerTest, ExitsWith75OnASignal) {
  EXPECT_EXIT(RunAndExit([](WorkerSession&, Stop& stop) {
                kill(getpid(), SIGTERM);
                stop.Wait();
                return stop.Check();
              }),
              ExitedWithCode(75), "worker_stopped reason=\"received SIGTERM\"");
}

absl::Status LeaveWhenTold(WorkerSession& session, Stop& stop) {
  RETURN_IF_ERROR(session.Register("").status());
  kill(getpid(), SIGTERM);
  session.leave().Wait();
  return stop.WaitFor(absl::ZeroDuration()) ? stop.Check()
                                            : absl::CancelledError("saved what there was");
}

// Told to end, it goes on until it must.
absl::Status WaitForTheStopThough(WorkerSession& session, Stop& stop) {
  RETURN_IF_ERROR(session.Register("").status());
  kill(getpid(), SIGTERM);
  stop.Wait();
  return stop.Check();
}

TEST_F(RunWorkerTest, HasTimeToPutItsWorkInOrder) {
  EXPECT_EXIT(
      RunAndExit(LeaveWhenTold,
                 [](FakeWorkers::State& state) { state.registration.set_grace_seconds(60); }),
      ExitedWithCode(75), "worker_stopped reason=\"received SIGTERM\"");
}

TEST_F(RunWorkerTest, EndsAtTheEndOfItsGrace) {
  EXPECT_EXIT(
      RunAndExit(WaitForTheStopThough,
                 [](FakeWorkers::State& state) { state.registration.set_grace_seconds(0.05); }),
      ExitedWithCode(75), "worker_stopped reason=\"received SIGTERM\"");
}

TEST_F(RunWorkerTest, ExitsWith0WhenTheOrchestratorHasNoUseForWhatItWouldSave) {
  EXPECT_EXIT(RunAndExit(WaitForTheStopThough,
                         [](FakeWorkers::State& state) {
                           state.registration.set_heartbeat_seconds(50);
                           state.registration.set_grace_seconds(60);
                           state.stop_when_leaving = true;
                         }),
              ExitedWithCode(0), "the orchestrator said stop");
}

TEST_F(RunWorkerTest, ExitsWith1WhenItFails) {
  EXPECT_EXIT(RunAndExit([](WorkerSession&, Stop&) { return absl::DataLossError("torn file"); }),
              ExitedWithCode(1), "DATA_LOSS: torn file");
  EXPECT_EXIT(RunAndExit([](WorkerSession&, Stop&) -> absl::Status {
                throw std::runtime_error("disk on fire");
              }),
              ExitedWithCode(1), "disk on fire");
}

TEST_F(RunWorkerTest, ExitsWith1WhenAFailureTripsTheStop) {
  EXPECT_EXIT(RunAndExit([](WorkerSession&, Stop& stop) {
                stop.Trip("failing");
                return absl::InternalError("wheels came off");
              }),
              ExitedWithCode(1), "wheels came off");
}

TEST_F(RunWorkerTest, ExitsWith1WhenItLosesTheOrchestrator) {
  EXPECT_EXIT(RunAndExit(
                  [](WorkerSession& session, Stop& stop) {
                    RETURN_IF_ERROR(session.Register("").status());
                    stop.Wait();
                    return stop.Check();
                  },
                  [](FakeWorkers::State& state) {
                    state.registration.set_lease_seconds(0.05);
                    state.heartbeat = absl::UnavailableError("down");
                  }),
              ExitedWithCode(1), "lost the orchestrator");
}

TEST_F(RunWorkerTest, ExitsWith2OnABadCommandLine) {
  EXPECT_EXIT(
      {
        char name[] = "worker";
        char* argv[] = {name};
        std::_Exit(
            RunWorker(1, argv, v1::ACTOR, [](WorkerSession&, Stop&) { return absl::OkStatus(); }));
      },
      ExitedWithCode(2), "--orchestrator");
}

}  // namespace
}  // namespace vagram

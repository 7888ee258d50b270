// What every launcher promises, asked of the fake and of the real one.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/launcher/fake_launcher.h"
#include "orchestrator/launcher/launcher.h"
#include "orchestrator/launcher/local_launcher.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

// A launcher with a way to get workers that behave.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual Launcher& launcher() = 0;
  // As the next orchestrator process finds it: the same machine, but no memory.
  virtual void Restart() = 0;
  // Workers that run until they are ended, that ignore SIGTERM, that exit with 3, that cannot
  // start.
  virtual absl::StatusOr<Process> Sleeper() = 0;
  virtual absl::StatusOr<Process> Stubborn() = 0;
  virtual absl::StatusOr<Process> Exiting() = 0;
  virtual absl::StatusOr<Process> Missing() = 0;
};

class FakeBench : public Bench {
 public:
  Launcher& launcher() override { return launcher_; }
  void Restart() override { launcher_.Restart(); }
  absl::StatusOr<Process> Sleeper() override { return launcher_.Launch({}); }
  absl::StatusOr<Process> Stubborn() override {
    launcher_.IgnoreTerminate(true);
    return launcher_.Launch({});
  }
  absl::StatusOr<Process> Exiting() override {
    absl::StatusOr<Process> process = launcher_.Launch({});
    launcher_.End(process->pid, Exit{3, std::nullopt});
    return process;
  }
  absl::StatusOr<Process> Missing() override {
    launcher_.FailLaunches(absl::NotFoundError("no such program"));
    return launcher_.Launch({});
  }

 private:
  FakeLauncher launcher_;
};

class LocalBench : public Bench {
 public:
  Launcher& launcher() override { return *launcher_; }
  void Restart() override { launcher_ = std::make_unique<LocalLauncher>(); }
  absl::StatusOr<Process> Sleeper() override { return Shell("exec sleep 1000"); }
  absl::StatusOr<Process> Stubborn() override {
    const std::string ready = absl::StrCat(::testing::TempDir(), "/stubborn_is_ready");
    remove(ready.c_str());
    // An ignored signal stays ignored across exec.
    const auto process = Shell("trap '' TERM; touch " + ready + "; exec sleep 1000");
    EXPECT_TRUE(Eventually(kPatience, [&] { return access(ready.c_str(), F_OK) == 0; }));
    return process;
  }
  absl::StatusOr<Process> Exiting() override { return Shell("exit 3"); }
  absl::StatusOr<Process> Missing() override {
    return launcher_->Launch(Command({"/no/such/program"}));
  }

 private:
  static WorkerCommand Command(std::vector<std::string> args) {
    WorkerCommand command;
    command.args = std::move(args);
    command.log_file = absl::StrCat(::testing::TempDir(), "/conformance.log");
    return command;
  }
  absl::StatusOr<Process> Shell(const std::string& script) {
    return launcher_->Launch(Command({"/bin/sh", "-c", script}));
  }

  std::unique_ptr<LocalLauncher> launcher_ = std::make_unique<LocalLauncher>();
};

using MakeBench = std::function<std::unique_ptr<Bench>()>;

class LauncherTest : public ::testing::TestWithParam<MakeBench> {
 protected:
  ~LauncherTest() override {
    for (const Process& process : launched_) EXPECT_OK(bench_->launcher().Kill(process));
  }

  // Cleans up after the test whatever becomes of it.
  Process Keep(const absl::StatusOr<Process>& process) {
    EXPECT_OK(process);
    if (process.ok()) launched_.push_back(*process);
    return process.value_or(Process{});
  }

  bool Runs(const Process& process) {
    const auto exit = bench_->launcher().Poll(process);
    EXPECT_OK(exit);
    return exit.ok() && !exit->has_value();
  }

  Exit WaitForExit(const Process& process) {
    Exit exit;
    EXPECT_TRUE(Eventually(kPatience, [&] {
      const auto polled = bench_->launcher().Poll(process);
      if (polled.ok() && polled->has_value()) exit = **polled;
      return polled.ok() && polled->has_value();
    }));
    return exit;
  }

  const std::unique_ptr<Bench> bench_ = GetParam()();
  std::vector<Process> launched_;
};

TEST_P(LauncherTest, SaysHowAWorkerExitedOnceAndThatItIsGoneAfterwards) {
  const Process process = Keep(bench_->Exiting());
  const Exit exit = WaitForExit(process);
  EXPECT_EQ(exit.code, 3);
  EXPECT_FALSE(exit.signal.has_value());
  const Exit again = WaitForExit(process);
  EXPECT_FALSE(again.code.has_value());
  EXPECT_FALSE(again.signal.has_value());
}

TEST_P(LauncherTest, TerminatesAWorker) {
  const Process process = Keep(bench_->Sleeper());
  EXPECT_TRUE(Runs(process));
  ASSERT_OK(bench_->launcher().Terminate(process));
  EXPECT_EQ(WaitForExit(process).signal, SIGTERM);
}

TEST_P(LauncherTest, KillsAWorkerThatIgnoresTerminate) {
  const Process process = Keep(bench_->Stubborn());
  ASSERT_OK(bench_->launcher().Terminate(process));
  EXPECT_TRUE(Runs(process));
  ASSERT_OK(bench_->launcher().Kill(process));
  EXPECT_EQ(WaitForExit(process).signal, SIGKILL);
}

TEST_P(LauncherTest, EndsOnlyTheWorkerThatItIsAskedToEnd) {
  const Process first = Keep(bench_->Sleeper());
  const Process second = Keep(bench_->Sleeper());
  ASSERT_OK(bench_->launcher().Kill(first));
  WaitForExit(first);
  EXPECT_TRUE(Runs(second));
}

TEST_P(LauncherTest, EndingAWorkerThatIsGoneIsOk) {
  const Process process = Keep(bench_->Exiting());
  WaitForExit(process);
  EXPECT_OK(bench_->launcher().Terminate(process));
  EXPECT_OK(bench_->launcher().Kill(process));
}

TEST_P(LauncherTest, FindsAWorkerOfAnEarlierLauncherAndEndsIt) {
  const Process process = Keep(bench_->Sleeper());
  bench_->Restart();
  EXPECT_TRUE(Runs(process));
  ASSERT_OK(bench_->launcher().Terminate(process));
  WaitForExit(process);
}

TEST_P(LauncherTest, NeverTouchesAnotherProcessWithTheSamePid) {
  const Process process = Keep(bench_->Sleeper());
  Process recycled = process;
  recycled.incarnation = "an earlier one";
  const auto exit = bench_->launcher().Poll(recycled);
  ASSERT_OK(exit);
  EXPECT_TRUE(exit->has_value());
  EXPECT_OK(bench_->launcher().Terminate(recycled));
  EXPECT_OK(bench_->launcher().Kill(recycled));
  EXPECT_TRUE(Runs(process));
}

TEST_P(LauncherTest, AnswersWithAnErrorForAProgramThatIsNotThere) {
  EXPECT_THAT(bench_->Missing(), StatusIs(absl::StatusCode::kNotFound));
}

INSTANTIATE_TEST_SUITE_P(
    , LauncherTest,
    ::testing::Values([]() -> std::unique_ptr<Bench> { return std::make_unique<FakeBench>(); },
                      []() -> std::unique_ptr<Bench> { return std::make_unique<LocalBench>(); }),
    [](const ::testing::TestParamInfo<MakeBench>& info) {
      return info.index == 0 ? "Fake" : "Local";
    });

}  // namespace
}  // namespace vagram

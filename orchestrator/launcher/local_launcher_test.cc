#include "orchestrator/launcher/local_launcher.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/launcher/process_stat.h"
#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Seconds(60);

class LocalLauncherTest : public ::testing::Test {
 protected:
  LocalLauncherTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    command_.log_file = absl::StrCat(::testing::TempDir(), "/", test->name(), ".log");
    command_.log_heading = "=== attempt 1";
    remove(command_.log_file.c_str());
  }

  // Runs a shell script as a worker to its end and returns its log.
  std::string LogOf(const std::string& script) {
    command_.args = {"/bin/sh", "-c", script};
    const absl::StatusOr<Process> process = launcher_.Launch(command_);
    EXPECT_OK(process);
    if (!process.ok()) return "";
    EXPECT_TRUE(Eventually(kPatience, [&] {
      const auto exit = launcher_.Poll(*process);
      return exit.ok() && exit->has_value();
    }));
    std::ostringstream log;
    log << std::ifstream(command_.log_file).rdbuf();
    return log.str();
  }

  LocalLauncher launcher_;
  WorkerCommand command_;
};

TEST_F(LocalLauncherTest, AppendsOutputAndErrorsOfEachAttemptUnderItsHeading) {
  LogOf("echo out; echo err >&2");
  command_.log_heading = "=== attempt 2";
  EXPECT_EQ(LogOf("echo again"), "=== attempt 1\nout\nerr\n=== attempt 2\nagain\n");
}

TEST_F(LocalLauncherTest, GivesAnEmptyStdin) {
  EXPECT_THAT(LogOf("cat; echo end"), EndsWith("=== attempt 1\nend\n"));
}

TEST_F(LocalLauncherTest, AddsVariablesToTheEnvironment) {
  setenv("VAGRAM_TEST_KEPT", "kept", 1);
  setenv("OMP_NUM_THREADS", "64", 1);
  command_.environment = {{"OMP_NUM_THREADS", "3"}};
  EXPECT_THAT(LogOf("echo $VAGRAM_TEST_KEPT $OMP_NUM_THREADS"), HasSubstr("kept 3\n"));
}

TEST_F(LocalLauncherTest, GivesASessionOfItsOwn) {
  // Field 6 of stat (5 after the pid): the session, which is led by the shell itself.
  const std::string log = LogOf(
      "read pid comm state parent group session rest < /proc/$$/stat; "
      "[ $session = $$ ] && echo leads");
  EXPECT_THAT(log, HasSubstr("leads"));
}

TEST_F(LocalLauncherTest, LeaksNoDescriptor) {
  const int fd = open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  ASSERT_GE(fd, 3);
  const int high = fcntl(fd, F_DUPFD, 200);
  ASSERT_GE(high, 200);
  const std::string log =
      LogOf(absl::StrCat("for fd in ", fd, " ", high, "; do ",
                         "[ -e /proc/$$/fd/$fd ] && echo leaked $fd; done; echo checked"));
  EXPECT_THAT(log, HasSubstr("checked"));
  EXPECT_THAT(log, Not(HasSubstr("leaked")));
  close(fd);
  close(high);
}

TEST_F(LocalLauncherTest, GivesFreshSignals) {
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &term, &before);  // as the orchestrator does
  signal(SIGPIPE, SIG_IGN);
  const std::string log = LogOf("exec grep -E 'SigBlk|SigIgn' /proc/self/status");
  EXPECT_THAT(log, HasSubstr("SigBlk:\t0000000000000000"));
  // glibc's posix_spawn leaves its two internal signals, 32 and 33, ignored.
  EXPECT_THAT(log, HasSubstr("SigIgn:\t0000000180000000"));
  signal(SIGPIPE, SIG_DFL);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(LocalLauncherTest, SaysWhichLogCannotBeWritten) {
  command_.args = {"/bin/true"};
  command_.log_file = "/no/such/folder/learner.0.log";
  EXPECT_THAT(launcher_.Launch(command_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("/no/such/folder/learner.0.log: No such file")));
}

TEST_F(LocalLauncherTest, TellsAFullDiskFromOtherErrors) {
  command_.args = {"/bin/true"};
  command_.log_file = "/dev/full";
  EXPECT_THAT(launcher_.Launch(command_),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("cannot write to the log file /dev/full: No space left")));
}

TEST_F(LocalLauncherTest, SaysWhichProgramCannotBeRun) {
  command_.args = {command_.log_file};  // exists by then, but is no program
  EXPECT_THAT(launcher_.Launch(command_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("Permission denied")));
  command_.args.clear();
  EXPECT_THAT(launcher_.Launch(command_), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ProcessStatTest, TellsProcessesApart) {
  const std::optional<std::string> self = RunningIncarnation(getpid());
  ASSERT_TRUE(self.has_value());
  EXPECT_EQ(RunningIncarnation(getpid()), self);
  EXPECT_NE(RunningIncarnation(1), self);
  EXPECT_EQ(RunningIncarnation(0x7fffffff), std::nullopt);
}

TEST(ProcessStatTest, CountsAZombieAsGone) {
  const pid_t pid = fork();
  if (pid == 0) _exit(0);
  siginfo_t info;
  // Waits for its end but leaves it uncollected.
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(RunningIncarnation(pid), std::nullopt);
  EXPECT_TRUE(Incarnation(pid).has_value());
  ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_EQ(Incarnation(pid), std::nullopt);
}

}  // namespace
}  // namespace vagram

#include "orchestrator/cli/program.h"

#include <signal.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;

TEST(RunProgram, GivesWhatItPrintedAndItsExitCode) {
  Stop interrupt;
  ASSERT_OK_AND_ASSIGN(
      const ProgramOutput output,
      RunProgram({"/bin/sh", "-c", "echo \"$1\"; echo no >&2; exit 3", "sh", "a 'quoted' argument"},
                 &interrupt));
  EXPECT_EQ(output.out, "a 'quoted' argument\n");
  EXPECT_EQ(output.err, "no\n");
  EXPECT_EQ(output.exit_code, 3);
}

// More than a pipe holds, on both of them: reading one after the other would wait for ever.
TEST(RunProgram, ReadsBothOutputsAtATime) {
  Stop interrupt;
  ASSERT_OK_AND_ASSIGN(
      const ProgramOutput output,
      RunProgram({"/bin/sh", "-c", "head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"},
                 &interrupt));
  EXPECT_EQ(output.out.size(), 300000u);
  EXPECT_EQ(output.err.size(), 300000u);
}

TEST(RunProgram, SaysWhatIsMissing) {
  Stop interrupt;
  EXPECT_THAT(RunProgram({"/no/such/program"}, &interrupt),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/no/such/program")));
}

TEST(RunProgram, SaysWhichSignalEndedIt) {
  Stop interrupt;
  EXPECT_THAT(
      RunProgram({"/bin/sh", "-c", "echo last words >&2; kill -9 $$"}, &interrupt),
      StatusIs(absl::StatusCode::kInternal, AllOf(HasSubstr("signal 9"), HasSubstr("last words"))));
}

// As in the main program, which keeps signals for a thread of its own.
TEST(RunProgram, LetsSignalsThroughThatAreBlockedHere) {
  Stop interrupt;
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &blocked, &before), 0);
  const auto output = RunProgram({"/bin/sh", "-c", "kill -TERM $$; echo alive"}, &interrupt);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
  EXPECT_THAT(output, StatusIs(absl::StatusCode::kInternal, HasSubstr("signal 15")));
}

TEST(RunProgram, EndsTheProgramWhenItIsInterrupted) {
  Stop interrupt;
  interrupt.Trip("received SIGINT");
  EXPECT_THAT(RunProgram({"/bin/sleep", "1000"}, &interrupt),
              StatusIs(absl::StatusCode::kCancelled, HasSubstr("received SIGINT")));
}

}  // namespace
}  // namespace vagram::cli

#include "orchestrator/cli/console.h"

#include <sstream>

#include "core/rpc/status.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

class ConsoleTest : public ::testing::Test {
 protected:
  Stop interrupt_;
  std::ostringstream out_;
  std::ostringstream err_;
  Console console_{out_, err_, false, false, true, &interrupt_};
};

TEST_F(ConsoleTest, PrintsEveryFaultOnALineOfItsOwnAndNotTheMessage) {
  const absl::Status status =
      InvalidFields("2 faults", {{"spec.yaml:3: model.elites", "expected at most 5, got 7"},
                                 {"spec.yaml:9: seeds", "expected a list or a count"}});
  EXPECT_EQ(ReportError(status, console_), kExitUsage);
  EXPECT_EQ(err_.str(),
            "spec.yaml:3: model.elites: expected at most 5, got 7\n"
            "spec.yaml:9: seeds: expected a list or a count\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ConsoleTest, PrintsTheMessageWithoutTheCode) {
  EXPECT_EQ(ReportError(absl::NotFoundError("there is no experiment 9"), console_), kExitNotFound);
  EXPECT_EQ(err_.str(), "vagram: there is no experiment 9\n");
}

TEST_F(ConsoleTest, KeepsControlCharactersOfAMessageFromTheTerminal) {
  ReportError(absl::InternalError("a\x1b[2Jb\nsecond"), console_);
  EXPECT_EQ(err_.str(), "vagram: a?[2Jb\nvagram: second\n");
}

TEST(ExitCodeOf, FollowsTheStatus) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::CancelledError("")), 1);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("")), 2);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("")), 3);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("")), 4);
}

TEST(CutToWidth, CountsVisibleCharactersOnly) {
  EXPECT_EQ(CutToWidth("abcdef", 3), "abc");
  EXPECT_EQ(CutToWidth("abc", 3), "abc");
  EXPECT_EQ(CutToWidth("\x1b[31mabcdef\x1b[0m", 3), "\x1b[31mabc\x1b[0m");
  EXPECT_EQ(CutToWidth("éàü", 2), "éà");
}

TEST(LiveRegion, DrawsOverWhatItDrewBefore) {
  std::ostringstream out;
  LiveRegion region(&out);
  region.Draw({"one", "two"}, 80);
  EXPECT_EQ(out.str(), "one\ntwo\n");
  out.str("");
  region.Draw({"three"}, 80);
  EXPECT_EQ(out.str(), "\x1b[2A\r\x1b[Jthree\n");
  out.str("");
  region.Clear();
  region.Clear();
  EXPECT_EQ(out.str(), "\x1b[1A\r\x1b[J");
}

}  // namespace
}  // namespace vagram::cli

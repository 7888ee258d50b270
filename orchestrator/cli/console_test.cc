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
  Console console_{out_, err_, false, false, ColorMode::kOnTerminals, &interrupt_};
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

TEST(ColorModeOf, ObeysNoColorThenForce) {
  EXPECT_EQ(ColorModeOf(nullptr, nullptr), ColorMode::kOnTerminals);
  EXPECT_EQ(ColorModeOf("", ""), ColorMode::kOnTerminals);
  EXPECT_EQ(ColorModeOf("1", "1"), ColorMode::kNever);
  EXPECT_EQ(ColorModeOf(nullptr, "1"), ColorMode::kAlways);
  EXPECT_EQ(ColorModeOf(nullptr, "0"), ColorMode::kOnTerminals);
}

TEST(Console, ColoursAndFitsWhatIsATerminal) {
  std::ostringstream out, err;
  Stop interrupt;
  Console console{out,
                  err,
                  true,
                  false,
                  ColorMode::kOnTerminals,
                  &interrupt,
                  [] {
                    return TerminalSize{50, 100}; }};
  EXPECT_TRUE(console.color_out());
  EXPECT_FALSE(console.color_err());
  EXPECT_EQ(console.out_columns(), 100);
  EXPECT_EQ(console.err_columns(), kAnyWidth);
  console.color = ColorMode::kAlways;
  EXPECT_TRUE(console.color_err());
  console.color = ColorMode::kNever;
  EXPECT_FALSE(console.color_out());
}

}  // namespace
}  // namespace vagram::cli

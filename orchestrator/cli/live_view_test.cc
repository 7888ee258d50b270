#include "orchestrator/cli/live_view.h"

#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

class LiveViewTest : public ::testing::Test {
 protected:
  // What Show writes.
  std::string Show(std::vector<std::string> lines) {
    out_.str("");
    view_.Show([lines](TerminalSize) { return lines; });
    return out_.str();
  }

  TerminalSize size_ = {24, 80};
  std::ostringstream out_;
  LiveView view_{&out_, [this] { return size_; }, absl::InfiniteDuration()};
};

TEST_F(LiveViewTest, DrawsOverWhatItDrewBefore) {
  EXPECT_EQ(Show({"one", "two"}), "one\ntwo\n");
  EXPECT_EQ(Show({"three"}), "\x1b[2A\r\x1b[Jthree\n");
  out_.str("");
  view_.Clear();
  view_.Clear();
  EXPECT_EQ(out_.str(), "\x1b[1A\r\x1b[J");
}

TEST_F(LiveViewTest, KeepsWithinTheTerminal) {
  size_ = {3, 4};
  EXPECT_EQ(Show({"123456", "\x1b[31mred\x1b[0m", "third"}), "1234\n\x1b[31mred\x1b[0m\n");
}

TEST_F(LiveViewTest, ErasesLinesThatANarrowerTerminalHasBroken) {
  Show({"0123456789", "", "abc"});
  size_.columns = 4;
  EXPECT_EQ(Show({"new"}), "\x1b[5A\r\x1b[Jnew\n");  // 3 rows, 1 and 1
}

TEST(LiveView, DrawsByItselfForANewSizeAndForTimesThatGoOn) {
  std::ostringstream out;
  absl::Notification drawn_again;
  int draws = 0;
  {
    LiveView view(
        &out, [] { return TerminalSize(); }, absl::Milliseconds(1));
    view.Show([&](TerminalSize) {
      if (++draws == 2) drawn_again.Notify();
      return std::vector<std::string>{absl::StrCat("draw ", draws)};
    });
    drawn_again.WaitForNotification();
  }
  EXPECT_NE(out.str().find("draw 2"), std::string::npos);
}

}  // namespace
}  // namespace vagram::cli

#include "core/base/kill_point.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

namespace vagram {
namespace {

class KillPointTest : public ::testing::Test {
 protected:
  KillPointTest() {
    std::string folder = ::testing::TempDir() + "/points_XXXXXX";
    folder_ = mkdtemp(folder.data());
  }

  // In a process of its own, comes past two points three times and leaves in good order.
  [[noreturn]] void ComePast() const {
    setenv("VAGRAM_KILL_POINTS", folder_.c_str(), 1);
    for (int i = 0; i < 3; ++i) {
      KillPoint("one");
      KillPoint("another");
    }
    std::_Exit(7);
  }

  std::string folder_;
};

TEST_F(KillPointTest, EndsTheProcessOnceAtTheNamedPlace) {
  std::ofstream(folder_ + "/another") << 3;
  EXPECT_EXIT(ComePast(), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_NE(access((folder_ + "/another").c_str(), F_OK), 0);
  EXPECT_EXIT(ComePast(), ::testing::ExitedWithCode(7), "") << "once";
}

TEST_F(KillPointTest, NothingHappensBeforeTheTimeOrElsewhere) {
  std::ofstream(folder_ + "/another") << 4;
  std::ofstream(folder_ + "/third") << 1;
  EXPECT_EXIT(ComePast(), ::testing::ExitedWithCode(7), "");
  KillPoint("one");  // without the environment
}

}  // namespace
}  // namespace vagram

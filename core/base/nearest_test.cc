#include "core/base/nearest.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace vagram {
namespace {

const std::vector<std::string>& Tasks() {
  static const auto* const names = new std::vector<std::string>{
      "CartPoleContinuous", "Hopper-v4", "Humanoid-v4", "InvertedPendulum-v4", "Pendulum-v1"};
  return *names;
}

TEST(NearestName, FindsATypingMistake) {
  EXPECT_EQ(NearestName("Hoper-v4", Tasks()), "Hopper-v4");
  EXPECT_EQ(NearestName("Hopepr-v4", Tasks()), "Hopper-v4");
  EXPECT_EQ(NearestName("Hopper-v3", Tasks()), "Hopper-v4");
}

TEST(NearestName, IgnoresCase) { EXPECT_EQ(NearestName("hopper-V4", Tasks()), "Hopper-v4"); }

TEST(NearestName, FindsAPartOfAName) {
  EXPECT_EQ(NearestName("Hopper", Tasks()), "Hopper-v4");
  EXPECT_EQ(NearestName("cartpole", Tasks()), "CartPoleContinuous");
  EXPECT_EQ(NearestName("loss", {"model.loss", "sac.gamma"}), "model.loss");
}

TEST(NearestName, FindsAMistypedBeginning) {
  EXPECT_EQ(NearestName("hoper", Tasks()), "Hopper-v4");
  EXPECT_EQ(NearestName("CartPol3", Tasks()), "CartPoleContinuous");
}

TEST(NearestName, PrefersTheFewestEdits) {
  EXPECT_EQ(NearestName("Pendulum", Tasks()), "Pendulum-v1");
  EXPECT_EQ(NearestName("ab", {"abc", "ab", "abd"}), "ab");
  EXPECT_EQ(NearestName("abx", {"abc", "abd"}), "abc");
}

TEST(NearestName, IsEmptyWhenNothingIsNear) {
  EXPECT_EQ(NearestName("Reacher", Tasks()), "");
  EXPECT_EQ(NearestName("v4", Tasks()), "");
  EXPECT_EQ(NearestName("", Tasks()), "");
  EXPECT_EQ(NearestName("Hopper-v4", {}), "");
  EXPECT_EQ(NearestName(std::string(100'000, 'x'), Tasks()), "");
}

}  // namespace
}  // namespace vagram

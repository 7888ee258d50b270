#include "orchestrator/utf8.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

TEST(ClipUtf8Test, KeepsValidText) {
  const std::string text = "plain, \xc3\xa4, \xe2\x82\xac, \xf0\x9f\x98\x80";
  EXPECT_EQ(ClipUtf8(text, 100), text);
}

TEST(ClipUtf8Test, ReplacesEachByteThatIsNoPartOfACharacter) {
  EXPECT_EQ(ClipUtf8("a\xff"
                     "b",
                     100),
            "a?b");
  EXPECT_EQ(ClipUtf8("\xe2\x82", 100), "??") << "cut off";
  EXPECT_EQ(ClipUtf8("\xc0\xaf", 100), "??") << "overlong";
  EXPECT_EQ(ClipUtf8("\xed\xa0\x80", 100), "???") << "surrogate";
  EXPECT_EQ(ClipUtf8("\xf4\x90\x80\x80", 100), "????") << "beyond U+10FFFF";
}

TEST(ClipUtf8Test, CutsBetweenCharacters) {
  EXPECT_EQ(ClipUtf8("a\xe2\x82\xac"
                     "b",
                     3),
            "a");
  EXPECT_EQ(ClipUtf8("a\xe2\x82\xac"
                     "b",
                     4),
            "a\xe2\x82\xac");
}

}  // namespace
}  // namespace vagram

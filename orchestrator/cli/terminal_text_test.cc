#include "orchestrator/cli/terminal_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

using ::testing::ElementsAre;

TEST(Width, CountsCharactersAndNotBytes) {
  EXPECT_EQ(Width(""), 0);
  EXPECT_EQ(Width("épée"), 4);
}

TEST(CutToWidth, KeepsColoursWhole) {
  EXPECT_EQ(CutToWidth("\x1b[31mred\x1b[0m rest", 2), "\x1b[31mre\x1b[0m");
  EXPECT_EQ(CutToWidth("épée", 3), "épé");
}

TEST(WithoutEnd, SaysThatSomethingIsMissing) {
  EXPECT_EQ(WithoutEnd("training the model", 18), "training the model");
  EXPECT_EQ(WithoutEnd("training the model", 11), "training...");
  EXPECT_EQ(WithoutEnd("training", 3), "tra");
}

TEST(WithoutMiddle, KeepsBothEnds) {
  EXPECT_EQ(WithoutMiddle("model.loss=vagram seed=0", 13), "model...eed=0");
  EXPECT_EQ(WithoutMiddle("éééééééé", 5), "é...é");
  EXPECT_EQ(WithoutMiddle("abc", 3), "abc");
}

TEST(Wrap, BreaksAtSpacesAndIndentsWhatFollows) {
  EXPECT_THAT(Wrap("one two three four", 9), ElementsAre("one two", "  three", "  four"));
  EXPECT_THAT(Wrap("one two", 7), ElementsAre("one two"));
  EXPECT_THAT(Wrap("one two", 3), ElementsAre("one", "  t", "  w", "  o"));
  EXPECT_THAT(Wrap("", 10), ElementsAre(""));
}

TEST(Wrap, BreaksAWordThatNoLineHolds) {
  EXPECT_THAT(Wrap("/a/path/without/spaces", 10, 2),
              ElementsAre("/a/path/wi", "  thout/sp", "  aces"));
  EXPECT_THAT(Wrap("  ab cd", 4, 2), ElementsAre("  ab", "  cd"));
}

}  // namespace
}  // namespace vagram::cli

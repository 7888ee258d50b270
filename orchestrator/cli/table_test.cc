#include "orchestrator/cli/table.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

using ::testing::ElementsAre;

TEST(Table, AlignsColumnsAndLeavesNoTrailingSpaces) {
  Table table({{"ID", Table::Align::kRight}, {"NAME"}, {"STATE"}});
  table.AddRow({"7", "short", "queued"});
  table.AddRow({"12", "much longer", ""});
  EXPECT_EQ(table.Text(false),
            "ID  NAME         STATE\n"
            " 7  short        queued\n"
            "12  much longer\n");
}

TEST(Table, ColoursDoNotShiftColumns) {
  Table table({{"STATE"}, {"N"}});
  table.AddRow({{"ok", Color::kGreen}, "1"});
  table.AddRow({"failed", "2"});
  EXPECT_THAT(table.Lines(true), ElementsAre("\x1b[2mSTATE\x1b[0m   \x1b[2mN\x1b[0m",
                                             "\x1b[32mok\x1b[0m      1", "failed  2"));
}

TEST(Table, CountsCharactersAndNotBytes) {
  Table table({{"NAME"}, {"N"}});
  table.AddRow({"é", "1"});
  EXPECT_THAT(table.Lines(false), ElementsAre("NAME  N", "é     1"));
}

TEST(Table, FillsMissingCellsAndNeutralisesControlCharacters) {
  Table table({{"A"}, {"B"}});
  table.AddRow({"x\x1b[2Jy\n"});
  EXPECT_THAT(table.Lines(false), ElementsAre("A        B", "x?[2Jy?"));
}

class NarrowTable : public ::testing::Test {
 protected:
  NarrowTable() {
    table_.AddRow({"3/0", "model.loss=vagram seed=0", "running", "-", "95", "training the model"});
    table_.AddRow({"3/1", "model.loss=mle seed=0", "failed", "-", "7", "out of memory"});
  }

  Table table_{{{"TRIAL"},
                {"LABEL", Table::Align::kLeft, Table::Shorten::kMiddle, 11},
                {"STATE"},
                {"EMPTY", Table::Align::kRight, Table::Shorten::kNever, 0, 2},
                {"SPEED", Table::Align::kRight, Table::Shorten::kNever, 0, 1},
                {"DETAIL", Table::Align::kLeft, Table::Shorten::kEnd, 10}}};
};

TEST_F(NarrowTable, ShortensWhatMayBeShortenedAndNothingElse) {
  EXPECT_THAT(table_.Lines(false, 60),
              ElementsAre("TRIAL  LABEL               STATE    EMPTY  SPEED  DETAIL",
                          "3/0    model.l...m seed=0  running      -     95  trainin...",
                          "3/1    model.l...e seed=0  failed       -      7  out of ..."));
  EXPECT_THAT(table_.HeadersLeftOut(60), ::testing::IsEmpty());
}

TEST_F(NarrowTable, LeavesOutColumnsThatSayNothingThenByRank) {
  EXPECT_THAT(table_.HeadersLeftOut(50), ElementsAre("EMPTY"));
  EXPECT_THAT(table_.HeadersLeftOut(42), ElementsAre("EMPTY", "SPEED"));
  EXPECT_THAT(table_.Lines(false, 41), ElementsAre("TRIAL  LABEL          STATE    DETAIL",
                                                   "3/0    model...eed=0  running  trainin...",
                                                   "3/1    model...eed=0  failed   out of ..."));
}

TEST_F(NarrowTable, IsNeverWiderThanItMayBe) {
  for (int width = 1; width < 90; ++width) {
    for (const std::string& line : table_.Lines(false, width)) EXPECT_LE(Width(line), width);
  }
}

}  // namespace
}  // namespace vagram::cli

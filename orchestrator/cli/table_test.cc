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

}  // namespace
}  // namespace vagram::cli

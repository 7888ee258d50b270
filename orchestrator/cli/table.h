#ifndef ORCHESTRATOR_CLI_TABLE_H_
#define ORCHESTRATOR_CLI_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {

enum class Color { kNone, kDim, kRed, kGreen, kYellow, kBlue };

// `text` in `color` when `enabled`, as it is otherwise.
std::string Paint(absl::string_view text, Color color, bool enabled);

// `text` with control characters replaced by '?', so that a name or a message of somebody else
// cannot steer the terminal or break a table's row.
std::string Printable(absl::string_view text);

// Text in aligned columns under a row of headers. Cells are made Printable.
//
// A table that is wider than it may be gives way in this order: columns that may be left out go,
// those that say nothing first, then by rank; then cells that may be are shortened, at their ends
// before in their middles. Others stay whole: an id, a state or a number that is cut says something
// else.
class Table {
 public:
  enum class Align { kLeft, kRight };
  enum class Shorten { kNever, kEnd, kMiddle };
  struct Column {
    std::string header;
    Align align = Align::kLeft;
    Shorten shorten = Shorten::kNever;
    int least = 0;  // columns that shortening leaves
    int rank = 0;   // of being left out, 1 goes first; 0: never
  };
  struct Cell {
    Cell(std::string text, Color color = Color::kNone)  // NOLINT: a string is a cell
        : text(std::move(text)), color(color) {}
    Cell(const char* text, Color color = Color::kNone)  // NOLINT: as above
        : text(text), color(color) {}
    std::string text;
    Color color;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell per column; missing ones are empty, further ones are left out.
  void AddRow(std::vector<Cell> cells);

  // The header and every row, one string each, without trailing spaces.
  std::vector<std::string> Lines(bool color, int max_width = kAnyWidth) const;

  // The same as one text, every line ended.
  std::string Text(bool color, int max_width = kAnyWidth) const;

  // The columns that Lines leaves out for want of room.
  std::vector<std::string> HeadersLeftOut(int max_width) const;

  // The least that Lines takes with every column that says something, every cell whole but those of
  // columns that are cut at their end.
  int WidthWithShortEnds() const;

 private:
  struct Layout {
    std::vector<size_t> shown;  // columns, in order
    std::vector<int> widths;    // by column
  };
  Layout Fit(int max_width) const;

  // By column, what its longest cell takes.
  std::vector<int> NaturalWidths() const;
  // What the column takes at least, of its natural width.
  int LeastWidth(size_t column, int natural) const;
  bool SaysNothing(size_t column) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_TABLE_H_

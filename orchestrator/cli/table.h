#ifndef ORCHESTRATOR_CLI_TABLE_H_
#define ORCHESTRATOR_CLI_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace vagram::cli {

enum class Color { kNone, kDim, kRed, kGreen, kYellow, kBlue };

// `text` in `color` when `enabled`, as it is otherwise.
std::string Paint(absl::string_view text, Color color, bool enabled);

// `text` with control characters replaced by '?', so that a name or a message of somebody else
// cannot steer the terminal or break a table's row.
std::string Printable(absl::string_view text);

// Text in aligned columns under a row of headers. Cells are made Printable.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string header;
    Align align = Align::kLeft;
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
  std::vector<std::string> Lines(bool color) const;

  // The same as one text, every line ended.
  std::string Text(bool color) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_TABLE_H_

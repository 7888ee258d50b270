#include "orchestrator/cli/table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace vagram::cli {
namespace {

const char* Escape(Color color) {
  switch (color) {
    case Color::kNone:
      return "";
    case Color::kDim:
      return "\x1b[2m";
    case Color::kRed:
      return "\x1b[31m";
    case Color::kGreen:
      return "\x1b[32m";
    case Color::kYellow:
      return "\x1b[33m";
    case Color::kBlue:
      return "\x1b[34m";
  }
  return "";
}

// Characters, taking every UTF-8 sequence as one column wide.
size_t Width(absl::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; });
}

}  // namespace

std::string Paint(absl::string_view text, Color color, bool enabled) {
  if (!enabled || color == Color::kNone || text.empty()) return std::string(text);
  return absl::StrCat(Escape(color), text, "\x1b[0m");
}

std::string Printable(absl::string_view text) {
  std::string printable(text);
  for (char& c : printable) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = '?';
  }
  return printable;
}

void Table::AddRow(std::vector<Cell> cells) {
  cells.resize(columns_.size(), Cell(""));
  for (Cell& cell : cells) cell.text = Printable(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<std::string> Table::Lines(bool color) const {
  std::vector<Cell> header;
  std::vector<size_t> widths;
  for (const Column& column : columns_) {
    header.emplace_back(column.header, Color::kDim);
    widths.push_back(Width(column.header));
  }
  for (const std::vector<Cell>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i].text));
  }

  std::vector<std::string> lines;
  auto add_line = [&](const std::vector<Cell>& row) {
    std::string line;
    size_t last = row.size();
    while (last > 0 && row[last - 1].text.empty()) --last;
    for (size_t i = 0; i < last; ++i) {
      if (i > 0) absl::StrAppend(&line, "  ");
      const std::string gap(widths[i] - Width(row[i].text), ' ');
      const bool right = columns_[i].align == Align::kRight;
      absl::StrAppend(&line, right ? gap : "", Paint(row[i].text, row[i].color, color),
                      right || i + 1 == last ? "" : gap);
    }
    lines.push_back(std::move(line));
  };
  add_line(header);
  for (const std::vector<Cell>& row : rows_) add_line(row);
  return lines;
}

std::string Table::Text(bool color) const {
  std::string text;
  for (const std::string& line : Lines(color)) absl::StrAppend(&text, line, "\n");
  return text;
}

}  // namespace vagram::cli

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

constexpr int kGap = 2;  // between two columns

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

std::vector<int> Table::NaturalWidths() const {
  std::vector<int> widths;
  for (const Column& column : columns_) widths.push_back(Width(column.header));
  for (const std::vector<Cell>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i].text));
  }
  return widths;
}

int Table::LeastWidth(size_t column, int natural) const {
  if (columns_[column].shorten == Shorten::kNever) return natural;
  return std::min(natural, columns_[column].least);
}

bool Table::SaysNothing(size_t column) const {
  return std::all_of(rows_.begin(), rows_.end(), [column](const std::vector<Cell>& row) {
    return row[column].text.empty() || row[column].text == "-";
  });
}

int Table::WidthWithShortEnds() const {
  const std::vector<int> natural = NaturalWidths();
  int width = -kGap;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].rank > 0 && SaysNothing(i)) continue;
    const bool at_end = columns_[i].shorten == Shorten::kEnd;
    width += kGap + (at_end ? LeastWidth(i, natural[i]) : natural[i]);
  }
  return width;
}

Table::Layout Table::Fit(int max_width) const {
  Layout layout{{}, NaturalWidths()};
  const std::vector<int> natural = layout.widths;
  const auto total = [&](bool at_least) {
    int width = -kGap;
    for (size_t i : layout.shown)
      width += kGap + (at_least ? LeastWidth(i, natural[i]) : layout.widths[i]);
    return width;
  };
  for (size_t i = 0; i < columns_.size(); ++i) layout.shown.push_back(i);
  while (total(/*at_least=*/true) > max_width) {
    const auto order = [this](size_t i) {
      return columns_[i].rank == 0 ? std::make_pair(2, 0)
                                   : std::make_pair(SaysNothing(i) ? 0 : 1, columns_[i].rank);
    };
    const auto next = std::min_element(layout.shown.begin(), layout.shown.end(),
                                       [&](size_t a, size_t b) { return order(a) < order(b); });
    if (next == layout.shown.end() || columns_[*next].rank == 0) break;
    layout.shown.erase(next);
  }
  // Then ends are cut, then middles; of several columns the widest first.
  int excess = total(/*at_least=*/false) - max_width;
  for (Shorten shorten : {Shorten::kEnd, Shorten::kMiddle}) {
    for (; excess > 0; --excess) {
      size_t widest = columns_.size();
      for (size_t i : layout.shown) {
        if (columns_[i].shorten != shorten) continue;
        if (layout.widths[i] <= LeastWidth(i, natural[i])) continue;
        if (widest == columns_.size() || layout.widths[i] > layout.widths[widest]) widest = i;
      }
      if (widest == columns_.size()) break;
      --layout.widths[widest];
    }
  }
  return layout;
}

std::vector<std::string> Table::HeadersLeftOut(int max_width) const {
  const std::vector<size_t> shown = Fit(max_width).shown;
  std::vector<std::string> headers;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (std::find(shown.begin(), shown.end(), i) == shown.end()) {
      headers.push_back(columns_[i].header);
    }
  }
  return headers;
}

std::vector<std::string> Table::Lines(bool color, int max_width) const {
  const Layout layout = Fit(max_width);
  std::vector<Cell> header;
  for (const Column& column : columns_) header.emplace_back(column.header, Color::kDim);

  std::vector<std::string> lines;
  auto add_line = [&](const std::vector<Cell>& row) {
    std::string line;
    size_t end = layout.shown.size();
    while (end > 0 && row[layout.shown[end - 1]].text.empty()) --end;
    for (size_t at = 0; at < end; ++at) {
      const size_t i = layout.shown[at];
      const std::string text = columns_[i].shorten == Shorten::kMiddle
                                   ? WithoutMiddle(row[i].text, layout.widths[i])
                                   : WithoutEnd(row[i].text, layout.widths[i]);
      const std::string gap(layout.widths[i] - Width(text), ' ');
      const bool right = columns_[i].align == Align::kRight;
      absl::StrAppend(&line, at > 0 ? std::string(kGap, ' ') : "", right ? gap : "",
                      Paint(text, row[i].color, color), right || at + 1 == end ? "" : gap);
    }
    // Where even the least is too much.
    lines.push_back(CutToWidth(line, max_width));
  };
  add_line(header);
  for (const std::vector<Cell>& row : rows_) add_line(row);
  return lines;
}

std::string Table::Text(bool color, int max_width) const {
  std::string text;
  for (const std::string& line : Lines(color, max_width)) absl::StrAppend(&text, line, "\n");
  return text;
}

}  // namespace vagram::cli

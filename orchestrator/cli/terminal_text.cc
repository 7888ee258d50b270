#include "orchestrator/cli/terminal_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace vagram::cli {
namespace {

constexpr char kGap[] = "...";
constexpr int kGapWidth = 3;

bool StartsCharacter(char c) { return (c & 0xc0) != 0x80; }

// The first `characters` of `text`, and what is left.
absl::string_view TakeFirst(absl::string_view* text, int characters) {
  size_t end = 0;
  for (int seen = 0; end < text->size(); ++end) {
    if (StartsCharacter((*text)[end]) && ++seen > characters) break;
  }
  const absl::string_view first = text->substr(0, end);
  text->remove_prefix(end);
  return first;
}

absl::string_view First(absl::string_view text, int characters) {
  return TakeFirst(&text, characters);
}

absl::string_view Last(absl::string_view text, int characters) {
  TakeFirst(&text, Width(text) - characters);
  return text;
}

}  // namespace

int Width(absl::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), StartsCharacter));
}

int VisibleWidth(absl::string_view line) {
  int width = 0;
  bool in_escape = false;
  for (char c : line) {
    in_escape |= c == '\x1b';
    if (!in_escape && StartsCharacter(c)) ++width;
    if (c == 'm') in_escape = false;
  }
  return width;
}

std::string CutToWidth(const std::string& line, int columns) {
  std::string cut;
  int width = 0;
  bool in_escape = false;
  bool dropped = false;
  for (char c : line) {
    if (c == '\x1b') in_escape = true;
    if (in_escape) {
      cut += c;  // also beyond the cut, so that the colour is reset
      if (c == 'm') in_escape = false;
      continue;
    }
    if (StartsCharacter(c)) dropped = ++width > columns;
    if (!dropped) cut += c;
  }
  return cut;
}

std::string WithoutEnd(absl::string_view text, int columns) {
  if (Width(text) <= columns) return std::string(text);
  if (columns <= kGapWidth) return std::string(First(text, columns));
  return absl::StrCat(First(text, columns - kGapWidth), kGap);
}

std::string WithoutMiddle(absl::string_view text, int columns) {
  if (Width(text) <= columns) return std::string(text);
  if (columns <= kGapWidth) return std::string(First(text, columns));
  const int kept = columns - kGapWidth;
  return absl::StrCat(First(text, kept / 2), kGap, Last(text, kept - kept / 2));
}

std::vector<std::string> Wrap(absl::string_view text, int columns, int indent) {
  std::vector<std::string> lines;
  const int least = std::min(indent + 1, std::max(columns, 1));
  columns = std::max(columns, least);
  std::string margin;  // of the line at hand
  while (Width(text) + static_cast<int>(margin.size()) > columns) {
    const absl::string_view fitting = First(text, columns - static_cast<int>(margin.size()));
    // A space right behind what fits is a good place too.
    size_t end = text[fitting.size()] == ' ' ? fitting.size() : fitting.rfind(' ');
    if (end == absl::string_view::npos ||
        text.substr(0, end).find_first_not_of(' ') == absl::string_view::npos) {
      end = fitting.size();
    }
    lines.push_back(absl::StrCat(margin, text.substr(0, end)));
    text.remove_prefix(end);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    margin = std::string(columns > indent ? indent : 0, ' ');
  }
  if (!text.empty() || lines.empty()) lines.push_back(absl::StrCat(margin, text));
  return lines;
}

}  // namespace vagram::cli

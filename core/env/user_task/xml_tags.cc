#include "core/env/user_task/xml_tags.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<XmlTag>> Scan() {
    std::vector<XmlTag> tags;
    while (true) {
      at_ = text_.find('<', at_);
      if (at_ == absl::string_view::npos) return tags;
      bool ended;
      if (Takes("<!--")) {
        ended = SkipPast("-->");
      } else if (Takes("<![CDATA[")) {
        ended = SkipPast("]]>");
      } else if (Takes("<?")) {
        ended = SkipPast("?>");
      } else if (Takes("<!") || Takes("</")) {
        ended = SkipPast(">");
      } else {
        ++at_;
        XmlTag tag;
        ended = ReadTag(&tag);
        tags.push_back(std::move(tag));
      }
      if (!ended) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", line_,
                         ": not readable as XML: what begins here does not end, or "
                         "an attribute has no value in quotes"));
      }
    }
  }

 private:
  // Whether the text goes on with `word`, which is passed over then.
  bool Takes(absl::string_view word) {
    if (!absl::StartsWith(text_.substr(at_), word)) return false;
    NoteLine();
    at_ += word.size();
    return true;
  }

  bool SkipPast(absl::string_view end) {
    const size_t found = text_.find(end, at_);
    if (found == absl::string_view::npos) return false;
    at_ = found + end.size();
    return true;
  }

  void NoteLine() {
    line_ += static_cast<int>(std::count(text_.begin() + counted_, text_.begin() + at_, '\n'));
    counted_ = at_;
  }

  void SkipSpace() {
    while (at_ < text_.size() && absl::ascii_isspace(text_[at_])) ++at_;
  }

  std::string TakeName() {
    const size_t begin = at_;
    while (at_ < text_.size() && !absl::ascii_isspace(text_[at_]) &&
           !absl::StrContains("=/<>\"'", text_[at_])) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  bool ReadTag(XmlTag* tag) {
    NoteLine();
    tag->line = line_;
    tag->name = TakeName();
    while (true) {
      SkipSpace();
      if (at_ >= text_.size()) return false;
      if (text_[at_] == '>') return !tag->name.empty();
      if (text_[at_] == '/') {
        ++at_;
        continue;
      }
      const std::string name = TakeName();
      SkipSpace();
      if (name.empty() || at_ >= text_.size() || text_[at_] != '=') return false;
      ++at_;
      SkipSpace();
      if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return false;
      const char quote = text_[at_++];
      const size_t end = text_.find(quote, at_);
      if (end == absl::string_view::npos) return false;
      tag->attributes[name] = std::string(text_.substr(at_, end - at_));
      at_ = end + 1;
    }
  }

  const absl::string_view text_;
  size_t at_ = 0;
  size_t counted_ = 0;  // up to here, line_ has counted
  int line_ = 1;
};

}  // namespace

absl::StatusOr<std::vector<XmlTag>> XmlTags(absl::string_view text) { return Scanner(text).Scan(); }

}  // namespace vagram

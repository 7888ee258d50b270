#include "core/yaml/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vagram {
namespace {

// What a tree costs: its text plus this much a node. Expanded aliases count in full, so that a few
// lines cannot unfold into gigabytes.
constexpr size_t kNodeCost = 16;
constexpr size_t kMaxTreeCost = 4 * kMaxYamlBytes;

struct Extent {
  size_t cost = 0;
  int depth = 0;
};

Extent Measure(const YamlNode& node) {
  Extent extent{kNodeCost + node.text.size(), 1};
  const auto add = [&extent](const Extent& child) {
    extent.cost += child.cost;
    extent.depth = std::max(extent.depth, child.depth + 1);
  };
  for (const YamlNode& item : node.items) add(Measure(item));
  for (const YamlNode::Entry& entry : node.entries) {
    extent.cost += entry.key.size();
    add(Measure(entry.value));
  }
  return extent;
}

// Builds the tree from the parser's events. Refusing an event ends the parser's descent too: its
// recursion is never deeper than the tree. It refuses by yaml-cpp's own exception, which
// ParseYaml catches.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> source, bool has_lines, Faults* faults)
      : source_(std::move(source)), has_lines_(has_lines), faults_(faults) {}

  YamlNode TakeRoot() { return std::move(root_); }

  Position At(const YAML::Mark& mark) const {
    if (!has_lines_ || mark.is_null()) return {source_, 0, 0};
    return {source_, mark.line + 1, mark.column + 1};
  }

  void OnDocumentStart(const YAML::Mark&) override { anchors_.clear(); }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Leaf(Node(YamlNode::Kind::kNull, mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw YAML::ParserException(mark, "an alias stands inside the value it names");
    }
    Charge(Measure(found->second), mark);
    Attach(found->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckTag(mark, tag);
    YamlNode node = Node(YamlNode::Kind::kScalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    Leaf(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(Node(YamlNode::Kind::kSequence, mark), anchor, mark);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(Node(YamlNode::Kind::kMapping, mark), anchor, mark);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Building {
    YamlNode node;
    YAML::anchor_t anchor;
    absl::optional<YamlNode> key;              // of the mapping's entry that waits for its value
    std::map<std::string, Position> first_at;  // the mapping's keys so far
  };

  YamlNode Node(YamlNode::Kind kind, const YAML::Mark& mark) const {
    YamlNode node;
    node.kind = kind;
    node.at = At(mark);
    return node;
  }

  // "?" and "!" are what the parser gives plain and quoted nodes without a tag.
  static void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    throw YAML::ParserException(mark, "tags are not supported here; remove the tag");
  }

  void Charge(const Extent& extent, const YAML::Mark& mark) {
    if (static_cast<int>(open_.size()) + extent.depth > kMaxYamlDepth) {
      throw YAML::ParserException(mark, absl::StrCat("nested deeper than ", kMaxYamlDepth));
    }
    cost_ += extent.cost;
    if (cost_ > kMaxTreeCost) {
      throw YAML::ParserException(mark, "too large once its aliases are expanded");
    }
  }

  void Leaf(YamlNode node, YAML::anchor_t anchor) {
    Charge(Measure(node), YAML::Mark::null_mark());
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    Attach(std::move(node));
  }

  void Open(YamlNode node, YAML::anchor_t anchor, const YAML::Mark& mark) {
    Charge({kNodeCost, 1}, mark);
    open_.push_back({std::move(node), anchor, absl::nullopt, {}});
  }

  void Close() {
    Building closed = std::move(open_.back());
    open_.pop_back();
    if (closed.anchor != YAML::NullAnchor) {
      Charge({Measure(closed.node).cost, 0}, YAML::Mark::null_mark());
      anchors_[closed.anchor] = closed.node;
    }
    Attach(std::move(closed.node));
  }

  void Attach(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Building& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key.has_value()) {
      parent.key = std::move(node);
    } else {
      AddEntry(*std::exchange(parent.key, absl::nullopt), std::move(node), &parent);
    }
  }

  void AddEntry(const YamlNode& key, YamlNode value, Building* mapping) {
    if (key.kind != YamlNode::Kind::kScalar) {
      faults_->Add(key.at, "", absl::StrCat("expected a key, got ", key.Describe()));
      return;
    }
    const auto [first, is_new] = mapping->first_at.emplace(key.text, key.at);
    if (!is_new) {
      faults_->Add(key.at, key.text,
                   absl::StrCat("stands twice in this mapping, first at ", first->second.ToString(),
                                "; remove one"));
      return;
    }
    mapping->node.entries.push_back({key.text, key.at, std::move(value)});
  }

  const std::shared_ptr<const std::string> source_;
  const bool has_lines_;
  Faults* const faults_;
  std::vector<Building> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  size_t cost_ = 0;
  YamlNode root_;
};

}  // namespace

std::string YamlNode::Describe() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return quoted ? absl::StrCat("the string \"", Printable(text), "\"") : Printable(text);
    case Kind::kSequence:
      return items.empty() ? "an empty list" : "a list";
    case Kind::kMapping:
      return entries.empty() ? "an empty mapping" : "a mapping";
  }
  return "";
}

std::string YamlNode::Flow() const {
  const auto flow = [](std::string* out, const YamlNode& node) { *out += node.Flow(); };
  const auto flow_entry = [](std::string* out, const Entry& entry) {
    absl::StrAppend(out, entry.key, ":", entry.value.Flow());
  };
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kScalar:
      return text;
    case Kind::kSequence:
      return absl::StrCat("[", absl::StrJoin(items, ",", flow), "]");
    case Kind::kMapping:
      return absl::StrCat("{", absl::StrJoin(entries, ",", flow_entry), "}");
  }
  return "";
}

namespace {

// yaml-cpp's message, and the cause it does not name: a tab where YAML wants spaces.
std::string SyntaxText(absl::string_view message, absl::string_view text) {
  const bool tab = absl::StartsWith(text, "\t") || absl::StrContains(text, "\n\t");
  return absl::StrCat("not readable as YAML: ", Printable(message),
                      tab ? "; indent with spaces, not with tabs" : "");
}

}  // namespace

absl::optional<YamlNode> ParseYaml(absl::string_view text, absl::string_view source, bool has_lines,
                                   Faults* faults) {
  auto name = std::make_shared<const std::string>(source);
  const Position whole{name, 0, 0};
  if (text.size() > kMaxYamlBytes) {
    faults->Add(whole, "",
                absl::StrCat("expected at most ", kMaxYamlBytes, " bytes, got ", text.size()));
    return absl::nullopt;
  }
  if (!IsUtf8(text) || absl::StrContains(text, '\0')) {
    faults->Add(whole, "", "expected UTF-8 text, got other bytes; save the file as UTF-8");
    return absl::nullopt;
  }
  TreeBuilder builder(name, has_lines, faults);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlNode root = builder.TakeRoot();
    if (parser.HandleNextDocument(builder)) {
      faults->Add(builder.TakeRoot().at, "",
                  "expected one document, got several; split the file at ---");
    }
    if (root.at.source == nullptr) root.at = whole;
    return root;
  } catch (const YAML::Exception& error) {
    faults->Add(builder.At(error.mark), "", SyntaxText(error.msg, text));
  } catch (const std::exception& error) {
    faults->Add(whole, "", SyntaxText(error.what(), text));
  }
  return absl::nullopt;
}

}  // namespace vagram

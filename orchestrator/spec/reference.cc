#include "orchestrator/spec/reference.h"

#include <google/protobuf/descriptor.h>

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/yaml/yaml_tree.h"
#include "orchestrator/spec/presets.h"
#include "orchestrator/spec/schema.h"

namespace vagram {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr absl::string_view kBegin =
    "<!-- begin generated: bazel run //orchestrator/spec:reference -->\n";
constexpr absl::string_view kEnd = "<!-- end generated -->\n";

using Defaults = std::map<std::string, std::string>;

// The defaults' values as they are written, by dotted key.
void CollectDefaults(absl::string_view group, const YamlNode& mapping, Defaults* defaults) {
  for (const YamlNode::Entry& entry : mapping.entries) {
    const std::string key = JoinKey(group, entry.key);
    if (entry.value.kind == YamlNode::Kind::kMapping) {
      CollectDefaults(key, entry.value, defaults);
    } else {
      const bool unset = entry.value.kind == YamlNode::Kind::kNull;
      (*defaults)[key] = unset ? "unset" : entry.value.Flow();
    }
  }
}

std::string TypeText(const FieldDescriptor& field) {
  std::string type;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      type = "true or false";
      break;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      type = "whole number";
      break;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      type = "number";
      break;
    default:
      type = "name";
  }
  return field.is_repeated() ? absl::StrCat("list of ", type, "s") : type;
}

std::string ValuesText(const FieldDescriptor& field) {
  const v1::Rule& rule = RuleOf(field);
  if (rule.one_of_size() > 0) return absl::StrJoin(rule.one_of(), ", ");
  std::vector<std::string> parts;
  const std::string bounds = BoundsText(rule);
  if (!bounds.empty()) parts.push_back(bounds);
  if (rule.has_max_items()) {
    parts.push_back(absl::StrCat(rule.min_items(), " to ", rule.max_items(), " items"));
  }
  return absl::StrJoin(parts, "; ");
}

std::string Row(const FieldDescriptor& field, const std::string& key, const Defaults& defaults) {
  const std::string& doc = RuleOf(field).doc();
  if (IsGroup(field)) {
    return absl::StrCat("| `", key, "` | ", IsSchedule(field) ? "schedule" : "group", " | | | ",
                        doc, " |\n");
  }
  const auto found = defaults.find(key);
  return absl::StrCat("| `", key, "` | ", TypeText(field), " | ",
                      found == defaults.end() ? "none" : absl::StrCat("`", found->second, "`"),
                      " | ", ValuesText(field), " | ", doc, " |\n");
}

void AppendRows(const Descriptor& group, absl::string_view prefix, const Defaults& defaults,
                std::string* out) {
  for (int i = 0; i < group.field_count(); ++i) {
    const FieldDescriptor& field = *group.field(i);
    if (IsInternal(field)) continue;
    const std::string key = JoinKey(prefix, field.name());
    absl::StrAppend(out, Row(field, key, defaults));
    if (IsGroup(field)) AppendRows(*field.message_type(), key, defaults, out);
  }
}

constexpr absl::string_view kHead =
    "| key | type | default | values | meaning |\n"
    "| --- | --- | --- | --- | --- |\n";

}  // namespace

std::string SpecReference() {
  Faults faults;
  Defaults defaults;
  const absl::optional<YamlNode> root = ParseYaml(DefaultsText(), "defaults", true, &faults);
  if (root.has_value()) CollectDefaults("", *root, &defaults);
  const Descriptor& config = *v1::TrialConfig::descriptor();
  std::string plain = absl::StrCat("### The trial\n\n", kHead);
  std::string groups;
  for (int i = 0; i < config.field_count(); ++i) {
    const FieldDescriptor& field = *config.field(i);
    if (!IsGroup(field)) {
      absl::StrAppend(&plain, Row(field, field.name(), defaults));
      continue;
    }
    absl::StrAppend(&groups, "\n### `", field.name(), "`: ", RuleOf(field).doc(), "\n\n", kHead);
    AppendRows(*field.message_type(), field.name(), defaults, &groups);
  }
  return plain + groups;
}

absl::StatusOr<std::string> WithSpecReference(absl::string_view page) {
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  if (begin == absl::string_view::npos || end == absl::string_view::npos || end < begin) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected the lines\n", kBegin, kEnd, "in the page, in this order"));
  }
  return absl::StrCat(page.substr(0, begin + kBegin.size()), "\n", SpecReference(), "\n",
                      page.substr(end));
}

}  // namespace vagram

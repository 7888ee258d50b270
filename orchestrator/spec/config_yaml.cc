#include "orchestrator/spec/config_yaml.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "orchestrator/spec/schema.h"

namespace vagram {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Quotes unless the text is a plain word, which YAML could take for nothing but a string.
std::string StringText(const std::string& text) {
  bool plain = !text.empty() && absl::ascii_isalpha(text[0]);
  for (char c : text) plain = plain && (absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '/');
  for (absl::string_view word : {"true", "false", "null", "yes", "no", "on", "off"}) {
    plain = plain && absl::AsciiStrToLower(text) != word;
  }
  if (plain) return text;
  return absl::StrCat("\"", absl::Utf8SafeCHexEscape(text), "\"");
}

// The value of a scalar field, or of item `index` of a list.
std::string ValueText(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return ShortestDouble(repeated ? reflection.GetRepeatedDouble(message, &field, index)
                                     : reflection.GetDouble(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(repeated ? reflection.GetRepeatedInt32(message, &field, index)
                                   : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(message, &field));
    default:
      return StringText(reflection.GetString(message, &field));
  }
}

std::string FieldText(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  if (field.is_repeated()) {
    std::vector<std::string> items;
    for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
      items.push_back(ValueText(message, field, i));
    }
    return absl::StrCat("[", absl::StrJoin(items, ", "), "]");
  }
  if (field.has_optional_keyword() && !reflection.HasField(message, &field)) return "null";
  return ValueText(message, field, 0);
}

void AppendYaml(const Message& message, const std::string& indent, std::string* out) {
  const google::protobuf::Descriptor& group = *message.GetDescriptor();
  for (int i = 0; i < group.field_count(); ++i) {
    const FieldDescriptor& field = *group.field(i);
    if (IsInternal(field)) continue;
    absl::StrAppend(out, indent, field.name(), ":");
    if (IsGroup(field)) {
      absl::StrAppend(out, "\n");
      AppendYaml(message.GetReflection()->GetMessage(message, &field), indent + "  ", out);
    } else {
      absl::StrAppend(out, " ", FieldText(message, field), "\n");
    }
  }
}

}  // namespace

std::string ValueToYaml(const v1::TrialConfig& config, absl::string_view key) {
  const Message* message = &config;
  const std::vector<std::string> parts = absl::StrSplit(key, '.');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    const FieldDescriptor* group = message->GetDescriptor()->FindFieldByName(parts[i]);
    message = &message->GetReflection()->GetMessage(*message, group);
  }
  return FieldText(*message, *message->GetDescriptor()->FindFieldByName(parts.back()));
}

std::string ShortestDouble(double value) {
  std::string text;
  for (int digits : {6, 9, 12, 15, 16, 17}) {
    text = absl::StrFormat("%.*g", digits, value);
    double read = 0;
    if (absl::SimpleAtod(text, &read) && read == value) break;
  }
  return text;
}

std::string TrialConfigToYaml(const v1::TrialConfig& config) {
  std::string out;
  AppendYaml(config, "", &out);
  return out;
}

}  // namespace vagram

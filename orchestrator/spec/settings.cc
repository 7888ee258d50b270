#include "orchestrator/spec/settings.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"
#include "core/base/nearest.h"
#include "orchestrator/spec/schema.h"

namespace vagram {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// A value as the schema types it; which member counts follows from the field's type.
struct Scalar {
  bool boolean = false;
  int64_t integer = 0;
  double number = 0;
  std::string text;
};

struct Integers {
  int64_t min;
  int64_t max;
};

std::string Got(const YamlNode& node) { return absl::StrCat(", got ", node.Describe()); }

// "expected ..., got ...", with what to write instead where that can be told.
std::string WrongType(absl::string_view expected, const YamlNode& node) {
  std::string text = absl::StrCat("expected ", expected, Got(node));
  double number = 0;
  const bool numeric = absl::SimpleAtod(node.text, &number) && std::isfinite(number);
  if (node.kind != YamlNode::Kind::kScalar) return text;
  if (node.quoted && numeric) absl::StrAppend(&text, "; remove the quotes");
  return text;
}

absl::optional<int64_t> Integer(const YamlNode& node) {
  int64_t number = 0;
  if (node.kind != YamlNode::Kind::kScalar || node.quoted) return absl::nullopt;
  if (!absl::SimpleAtoi(node.text, &number)) return absl::nullopt;
  return number;
}

// Reads one value of the field's type; on failure `problem` says what was expected and what came.
bool ReadScalar(const FieldDescriptor& field, const YamlNode& node, Scalar* scalar,
                std::string* problem) {
  const v1::Rule& rule = RuleOf(field);
  const std::string expected = ExpectedText(field);
  *problem = WrongType(expected, node);
  if (node.kind != YamlNode::Kind::kScalar) return false;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      scalar->boolean = node.text == "true";
      for (absl::string_view word : {"yes", "on", "no", "off", "true", "false"}) {
        if (absl::AsciiStrToLower(node.text) != word) continue;
        const bool means = word == "yes" || word == "on" || word == "true";
        absl::StrAppend(problem, "; write ", means ? "true" : "false");
      }
      return !node.quoted && (node.text == "true" || node.text == "false");
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return !node.quoted && absl::SimpleAtod(node.text, &scalar->number) &&
             std::isfinite(scalar->number) && Admits(rule, scalar->number);
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64: {
      const absl::optional<int64_t> integer = Integer(node);
      double number = 0;
      if (!integer.has_value()) {
        // 1e5 and 1000.0 are whole, but not written as whole numbers.
        constexpr double kExact = 9007199254740992.0;  // 2^53
        if (!node.quoted && absl::SimpleAtod(node.text, &number) && std::abs(number) < kExact &&
            number == std::floor(number)) {
          absl::StrAppend(problem, "; write ", static_cast<int64_t>(number));
        }
        return false;
      }
      scalar->integer = *integer;
      const bool fits = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                        (*integer >= std::numeric_limits<int32_t>::min() &&
                         *integer <= std::numeric_limits<int32_t>::max());
      if (!fits) absl::StrAppend(problem, ", which does not fit 32 bits");
      return fits && Admits(rule, static_cast<double>(*integer));
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      scalar->text = node.text;
      if (rule.one_of_size() == 0) return true;
      const std::vector<std::string> names(rule.one_of().begin(), rule.one_of().end());
      for (const std::string& name : names) {
        if (name == node.text) return true;
      }
      constexpr size_t kLongest = 100;
      const std::string nearest = node.text.size() > kLongest ? "" : NearestName(node.text, names);
      if (!nearest.empty()) absl::StrAppend(problem, "; did you mean ", nearest, "?");
      return false;
    }
    default:
      return false;
  }
}

void Store(const FieldDescriptor& field, const Scalar& scalar, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(message, &field, scalar.boolean);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (repeated) return reflection.AddDouble(message, &field, scalar.number);
      return reflection.SetDouble(message, &field, scalar.number);
    case FieldDescriptor::CPPTYPE_INT32:
      if (repeated)
        return reflection.AddInt32(message, &field, static_cast<int32_t>(scalar.integer));
      return reflection.SetInt32(message, &field, static_cast<int32_t>(scalar.integer));
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.SetInt64(message, &field, scalar.integer);
    default:
      return reflection.SetString(message, &field, scalar.text);
  }
}

// The message that holds the last field of `key`.
Message* Holder(absl::string_view key, Message* config) {
  Message* message = config;
  const std::vector<std::string> parts = absl::StrSplit(key, '.');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(parts[i]);
    message = message->GetReflection()->MutableMessage(message, field);
  }
  return message;
}

// "" when all is well.
std::string SetField(const FieldDescriptor& field, const YamlNode& value, Message* message) {
  Scalar scalar;
  std::string problem;
  if (!field.is_repeated()) {
    if (field.has_optional_keyword() && value.kind == YamlNode::Kind::kNull) {
      message->GetReflection()->ClearField(message, &field);
      return "";
    }
    if (!ReadScalar(field, value, &scalar, &problem)) return problem;
    Store(field, scalar, message);
    return "";
  }
  const v1::Rule& rule = RuleOf(field);
  if (value.kind != YamlNode::Kind::kSequence) {
    return absl::StrCat("expected a list", Got(value),
                        value.kind == YamlNode::Kind::kScalar
                            ? absl::StrCat("; write [", Printable(value.text), "]")
                            : "");
  }
  const int size = static_cast<int>(value.items.size());
  if (size < rule.min_items() || (rule.has_max_items() && size > rule.max_items())) {
    return absl::StrCat("expected ", rule.min_items(), " to ", rule.max_items(), " items, got ",
                        size);
  }
  std::vector<Scalar> items;
  for (const YamlNode& item : value.items) {
    if (!ReadScalar(field, item, &scalar, &problem)) {
      return absl::StrCat("item ", items.size() + 1, ": ", problem);
    }
    items.push_back(scalar);
  }
  message->GetReflection()->ClearField(message, &field);
  for (const Scalar& item : items) Store(field, item, message);
  return "";
}

// A plain number as a schedule: the same value in every epoch.
YamlNode ConstantSchedule(const YamlNode& number) {
  YamlNode zero = number;
  zero.text = "0";
  YamlNode schedule;
  schedule.kind = YamlNode::Kind::kMapping;
  schedule.at = number.at;
  schedule.entries = {{"from", number.at, number},
                      {"to", number.at, number},
                      {"first_epoch", number.at, zero},
                      {"last_epoch", number.at, zero}};
  return schedule;
}

}  // namespace

void Assign(absl::string_view key, const Position& at, const YamlNode& value, Layer layer,
            Settings* settings, Faults* faults) {
  if (faults->full()) return;
  const FieldDescriptor* field = FindField(key);
  if (field == nullptr) {
    const std::string nearest = NearestKey(key);
    faults->Add(at, key,
                nearest.empty() ? "unknown key; docs/experiment_file.md lists all"
                                : absl::StrCat("unknown key; did you mean ", nearest, "?"));
    return;
  }
  if (IsGroup(*field)) {
    if (value.kind == YamlNode::Kind::kMapping) {
      AssignEntries(key, value, layer, settings, faults);
    } else if (IsSchedule(*field) && value.kind == YamlNode::Kind::kScalar) {
      AssignEntries(key, ConstantSchedule(value), layer, settings, faults);
    } else if (value.kind != YamlNode::Kind::kNull) {
      faults->Add(value.at, key, absl::StrCat("expected a mapping", Got(value)));
    }
    return;
  }
  const std::string name(key);
  const auto previous = settings->origins.find(name);
  if (previous != settings->origins.end() && previous->second.layer == layer &&
      layer != Layer::kSet) {
    faults->Add(
        at, key,
        absl::StrCat("is set already at ", previous->second.key_at.ToString(), "; remove one"));
    return;
  }
  settings->origins[name] = {layer, at, value.at};
  const std::string problem = SetField(*field, value, Holder(key, &settings->config));
  if (problem.empty()) {
    settings->refused.erase(name);
  } else {
    settings->refused.insert(name);
    faults->Add(value.at, key, problem);
  }
}

void AssignEntries(absl::string_view group, const YamlNode& mapping, Layer layer,
                   Settings* settings, Faults* faults) {
  for (const YamlNode::Entry& entry : mapping.entries) {
    if (faults->full()) return;
    Assign(JoinKey(group, entry.key), entry.at, entry.value, layer, settings, faults);
  }
}

bool ReadInteger(const YamlNode& value, absl::string_view key, int64_t min, int64_t max,
                 int64_t* number, Faults* faults) {
  const absl::optional<int64_t> integer = Integer(value);
  if (integer.has_value() && *integer >= min && *integer <= max) {
    *number = *integer;
    return true;
  }
  std::string expected = absl::StrCat("a whole number, at least ", min);
  if (max < std::numeric_limits<int64_t>::max()) absl::StrAppend(&expected, " and at most ", max);
  faults->Add(value.at, key, WrongType(expected, value));
  return false;
}

}  // namespace vagram

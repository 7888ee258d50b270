#include "orchestrator/spec/schema.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/nearest.h"

namespace vagram {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void AddKeys(const Descriptor& group, absl::string_view prefix, std::vector<std::string>* keys) {
  for (int i = 0; i < group.field_count(); ++i) {
    const FieldDescriptor& field = *group.field(i);
    if (IsInternal(field)) continue;
    keys->push_back(JoinKey(prefix, field.name()));
    if (IsGroup(field)) AddKeys(*field.message_type(), std::string(keys->back()), keys);
  }
}

}  // namespace

const FieldDescriptor* FindField(absl::string_view key) {
  const Descriptor* group = v1::TrialConfig::descriptor();
  const FieldDescriptor* field = nullptr;
  for (absl::string_view part : absl::StrSplit(key, '.')) {
    if (group == nullptr) return nullptr;
    field = group->FindFieldByName(std::string(part));
    if (field == nullptr || IsInternal(*field)) return nullptr;
    group = field->message_type();
  }
  return field;
}

const std::vector<std::string>& AllKeys() {
  static const auto* const keys = [] {
    auto* all = new std::vector<std::string>;
    AddKeys(*v1::TrialConfig::descriptor(), "", all);
    return all;
  }();
  return *keys;
}

std::string NearestKey(absl::string_view key) {
  constexpr size_t kLongest = 100;  // no key is that long, and the search takes size squared
  if (key.empty() || key.size() > kLongest) return "";
  // The right name in the wrong group: `loss` or `sac.loss` for model.loss.
  const absl::string_view name = key.substr(key.rfind('.') + 1);
  std::vector<std::string> same_name;
  for (const std::string& known : AllKeys()) {
    if (known == name || absl::EndsWith(known, absl::StrCat(".", name))) {
      same_name.push_back(known);
    }
  }
  constexpr size_t kFew = 3;
  if (!same_name.empty() && same_name.size() <= kFew) return absl::StrJoin(same_name, " or ");
  return NearestName(key, AllKeys());
}

std::string JoinKey(absl::string_view group, absl::string_view key) {
  return group.empty() ? std::string(key) : absl::StrCat(group, ".", key);
}

const v1::Rule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(v1::rule);
}

bool IsInternal(const FieldDescriptor& field) { return RuleOf(field).internal(); }

bool Admits(const v1::Rule& rule, double value) {
  return (!rule.has_min() || value >= rule.min()) && (!rule.has_max() || value <= rule.max()) &&
         (!rule.has_above() || value > rule.above()) && (!rule.has_below() || value < rule.below());
}

std::string BoundsText(const v1::Rule& rule) {
  // Bounds are whole numbers up to 2^53 or short fractions.
  const auto number = [](double value) {
    return value == static_cast<int64_t>(value) ? absl::StrCat(static_cast<int64_t>(value))
                                                : absl::StrCat(value);
  };
  if (rule.has_min() && rule.has_max() && rule.min() == rule.max()) {
    return absl::StrCat("exactly ", number(rule.min()));
  }
  std::vector<std::string> bounds;
  if (rule.has_min()) bounds.push_back(absl::StrCat("at least ", number(rule.min())));
  if (rule.has_above()) bounds.push_back(absl::StrCat("above ", number(rule.above())));
  if (rule.has_max()) bounds.push_back(absl::StrCat("at most ", number(rule.max())));
  if (rule.has_below()) bounds.push_back(absl::StrCat("below ", number(rule.below())));
  return absl::StrJoin(bounds, " and ");
}

std::string ExpectedText(const FieldDescriptor& field) {
  const v1::Rule& rule = RuleOf(field);
  const std::string bounds = BoundsText(rule);
  const absl::string_view comma = bounds.empty() ? "" : ", ";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat("a whole number", comma, bounds);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat("a number", comma, bounds);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "a mapping";
    default:
      if (rule.one_of_size() == 1) return rule.one_of(0);
      if (rule.one_of_size() > 1) {
        return absl::StrCat("one of ", absl::StrJoin(rule.one_of(), ", "));
      }
      return "a name";
  }
}

bool IsGroup(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

bool IsSchedule(const FieldDescriptor& field) {
  return IsGroup(field) && field.message_type() == v1::LinearSchedule::descriptor();
}

}  // namespace vagram

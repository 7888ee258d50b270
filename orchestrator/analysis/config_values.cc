#include "orchestrator/analysis/config_values.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace vagram::analysis {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// As an experiment file may have it: read again, it is the same number.
std::string NumberText(double value) {
  std::string text = absl::StrCat(value);
  for (int digits = 7; digits <= 17 && std::isfinite(value); ++digits) {
    double again = 0;
    if (absl::SimpleAtod(text, &again) && again == value) break;
    text = absl::StrFormat("%.*g", digits, value);
  }
  return text;
}

template <typename Integer>
std::string NumberText(Integer value) {
  return absl::StrCat(value);
}

// One value of `field`: of the list's element `index`, or of a field that is no list.
std::string Text(const Message& message, const FieldDescriptor* field, int index) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const bool in_list = field->is_repeated();
  switch (field->cpp_type()) {
#define VAGRAM_NUMBER(type, Type)                                                   \
  case FieldDescriptor::type:                                                       \
    return NumberText(in_list ? reflection.GetRepeated##Type(message, field, index) \
                              : reflection.Get##Type(message, field));
    VAGRAM_NUMBER(CPPTYPE_INT32, Int32)
    VAGRAM_NUMBER(CPPTYPE_INT64, Int64)
    VAGRAM_NUMBER(CPPTYPE_UINT32, UInt32)
    VAGRAM_NUMBER(CPPTYPE_UINT64, UInt64)
    VAGRAM_NUMBER(CPPTYPE_DOUBLE, Double)
#undef VAGRAM_NUMBER
    case FieldDescriptor::CPPTYPE_FLOAT:  // the files' numbers are doubles
      break;
    case FieldDescriptor::CPPTYPE_BOOL:
      return (in_list ? reflection.GetRepeatedBool(message, field, index)
                      : reflection.GetBool(message, field))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return (in_list ? reflection.GetRepeatedEnum(message, field, index)
                      : reflection.GetEnum(message, field))
          ->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return in_list ? reflection.GetRepeatedString(message, field, index)
                     : reflection.GetString(message, field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "";
}

void Collect(const Message& message, const std::string& prefix,
             std::map<std::string, std::string>* values) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const std::string key = absl::StrCat(prefix, field->name());
    const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (field->type() == FieldDescriptor::TYPE_BYTES) continue;
    if (field->is_repeated()) {
      const int size = reflection.FieldSize(message, field);
      if (is_message || size == 0) continue;
      std::string list;
      for (int k = 0; k < size; ++k) {
        absl::StrAppend(&list, k == 0 ? "[" : ", ", Text(message, field, k));
      }
      (*values)[key] = absl::StrCat(list, "]");
    } else if (field->has_presence() && !reflection.HasField(message, field)) {
      continue;
    } else if (is_message) {
      Collect(reflection.GetMessage(message, field), absl::StrCat(key, "."), values);
    } else {
      (*values)[key] = Text(message, field, 0);
    }
  }
}

}  // namespace

std::map<std::string, std::string> ConfigValues(const v1::TrialConfig& config) {
  std::map<std::string, std::string> values;
  Collect(config, "", &values);
  return values;
}

}  // namespace vagram::analysis

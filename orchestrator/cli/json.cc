#include "orchestrator/cli/json.h"

#include "absl/strings/ascii.h"
#include "google/protobuf/util/json_util.h"

namespace vagram::cli {

std::string ToJson(const google::protobuf::Message& message, JsonStyle style) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = style == JsonStyle::kIndented;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails for malformed Any fields only, and these messages have none.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  absl::StripTrailingAsciiWhitespace(&json);
  return json;
}

}  // namespace vagram::cli

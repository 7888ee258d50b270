#ifndef ORCHESTRATOR_CLI_JSON_H_
#define ORCHESTRATOR_CLI_JSON_H_

#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace vagram::cli {

// The one schema of --json: protobuf's JSON with the .proto's field names (those of experiment
// files too) and with fields that are zero or empty. 64-bit integers are strings, as protobuf
// defines it.
enum class JsonStyle { kIndented, kOneLine };
std::string ToJson(const google::protobuf::Message& message,
                   JsonStyle style = JsonStyle::kIndented);

// A JSON array of `messages`.
template <class Message>
std::string ToJsonArray(const google::protobuf::RepeatedPtrField<Message>& messages) {
  std::string json;
  for (const Message& message : messages) {
    json += json.empty() ? "[\n" : ",\n";
    json += ToJson(message);
  }
  return json.empty() ? "[]" : json + "\n]";
}

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_JSON_H_

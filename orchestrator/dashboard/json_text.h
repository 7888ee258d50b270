#ifndef ORCHESTRATOR_DASHBOARD_JSON_TEXT_H_
#define ORCHESTRATOR_DASHBOARD_JSON_TEXT_H_

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

// JSON for what is no message of the proto: long columns of numbers, written straight into text.
namespace vagram {

// Quoted and escaped; bytes that are not UTF-8 are replaced.
std::string JsonString(absl::string_view text);

// Six digits: more than a screen shows. What is not finite is null.
inline std::string JsonNumber(double value) {
  return std::isfinite(value) ? absl::StrCat(value) : "null";
}

inline void AppendJson(std::string* out, double value) {
  if (std::isfinite(value)) {
    absl::StrAppend(out, value);
  } else {
    out->append("null");
  }
}
inline void AppendJson(std::string* out, int value) { absl::StrAppend(out, value); }
inline void AppendJson(std::string* out, int64_t value) { absl::StrAppend(out, value); }
inline void AppendJson(std::string* out, const std::string& text) { *out += JsonString(text); }

template <typename T>
std::string JsonArray(const std::vector<T>& values) {
  std::string json = "[";
  for (const T& value : values) {
    if (json.size() > 1) json += ',';
    AppendJson(&json, value);
  }
  return json + "]";
}

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_JSON_TEXT_H_

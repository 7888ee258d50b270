#include "core/checkpoint/manifest.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/file_names.h"
#include "core/metrics/crc32c.h"

namespace vagram {
namespace {

using Json = nlohmann::json;

constexpr char kFormat[] = "vagram checkpoint";
constexpr int64_t kVersion = 1;
constexpr int kMaxDepth = 5;                    // of {"logs":[{"segments":[{}]}]}
constexpr int kMaxJsonValues = 16 * kMaxFiles;  // keys included

// The last line of a manifest. Its length is fixed, so that a reader finds what it covers.
std::string ChecksumLine(absl::string_view text) {
  return absl::StrFormat("{\"crc32c\":\"%08x\"}\n", Crc32c(text));
}

template <typename... Parts>
absl::Status Invalid(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// Bounded, as the content may be anything.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", absl::CHexEscape(text.substr(0, 80)), "'");
}

absl::Status CheckName(absl::string_view kind, absl::string_view name) {
  if (IsValidName(name)) return absl::OkStatus();
  return Invalid(kind, " name ", Quoted(name), ": expected 1 to 64 of a-z A-Z 0-9 _ -");
}

absl::Status CheckSize(absl::string_view of, const FileDigest& digest) {
  if (digest.size >= 0 && digest.size <= kMaxFileBytes) return absl::OkStatus();
  return Invalid(of, " has a size of ", digest.size, " bytes, expected 0 to ", kMaxFileBytes);
}

absl::Status CheckLog(absl::string_view name, const ManifestLog& log, int64_t newest_number) {
  const std::string of = absl::StrCat("log ", name);
  if (log.first_index < 0 || log.end_index < log.first_index) {
    return Invalid(of, " holds rows [", log.first_index, ", ", log.end_index,
                   "), expected 0 <= first_index <= end_index");
  }
  int64_t end = -1;
  for (const ManifestSegment& segment : log.segments) {
    const std::string rows =
        absl::StrCat("segment [", segment.first_index, ", ", segment.end_index, ") of ", of);
    if (segment.first_index < 0 || segment.end_index <= segment.first_index) {
      return Invalid(rows, ": expected 0 <= first_index < end_index");
    }
    if (end >= 0 && segment.first_index != end) {
      return Invalid(rows, ": expected it to begin at ", end, ", where the one before ends");
    }
    if (segment.end_index <= log.first_index) {
      return Invalid(rows, " ends before the log begins, at ", log.first_index);
    }
    if (segment.number < 1 || segment.number > newest_number) {
      return Invalid(rows, " has number ", segment.number, ", expected 1 to ", newest_number);
    }
    RETURN_IF_ERROR(CheckSize(rows, segment.digest));
    end = segment.end_index;
  }
  if (log.segments.empty()) end = log.first_index;
  if (end != log.end_index) {
    return Invalid(of, " ends at ", log.end_index, ", but its segments at ", end);
  }
  if (!log.segments.empty() && log.segments[0].first_index > log.first_index) {
    return Invalid(of, " begins at ", log.first_index, ", but its segments at ",
                   log.segments[0].first_index);
  }
  return absl::OkStatus();
}

// Reads the fields of one JSON object. The first fault is kept, and what is read after it is 0.
class Fields {
 public:
  Fields(const Json& json, absl::string_view where, absl::Status* fault)
      : json_(json), where_(where), fault_(*fault) {}

  int64_t Integer(const char* key) {
    const Json& value = Get(key);
    if (value.is_number_unsigned() &&
        value.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()}) {
      Fail(key, "an integer of 64 bits");
    } else if (value.is_number_integer()) {
      return value.get<int64_t>();
    } else {
      Fail(key, "an integer");
    }
    return 0;
  }

  std::string Text(const char* key) {
    const Json& value = Get(key);
    if (value.is_string()) return value.get<std::string>();
    Fail(key, "a string");
    return "";
  }

  const Json& Array(const char* key) {
    static const Json kNone = Json::array();
    const Json& value = Get(key);
    if (value.is_array()) return value;
    Fail(key, "an array");
    return kNone;
  }

  FileDigest Digest() {
    const std::string crc = Text("crc32c");
    FileDigest digest = {Integer("size"), 0};
    const bool hex = crc.size() == 8 && crc.find_first_not_of("0123456789abcdef") == crc.npos;
    if (!hex || !absl::SimpleHexAtoi(crc, &digest.crc32c)) {
      Fail("crc32c", "8 lower-case hexadecimal digits");
    }
    return digest;
  }

  // A name, which no other member of `named` may have.
  template <typename Map>
  std::string NewName(const Map& named) {
    std::string name = Text("name");
    if (named.count(name) > 0) Fail("name", "no name to come twice");
    return name;
  }

 private:
  const Json& Get(const char* key) {
    static const Json kNull;
    if (!json_.is_object()) return kNull;
    const auto found = json_.find(key);
    return found == json_.end() ? kNull : *found;
  }

  void Fail(const char* key, absl::string_view expected) {
    if (fault_.ok()) fault_ = Invalid(where_, ": ", key, ": expected ", expected);
  }

  const Json& json_;
  const absl::string_view where_;
  absl::Status& fault_;
};

// Reads JSON without keeping it, and stops where it is deeper or longer than a manifest can be.
// What it lets pass takes a bounded amount of memory.
class Bounds : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return Count(); }
  bool boolean(bool) override { return Count(); }
  bool number_integer(number_integer_t) override { return Count(); }
  bool number_unsigned(number_unsigned_t) override { return Count(); }
  bool number_float(number_float_t, const string_t&) override { return Count(); }
  bool string(string_t&) override { return Count(); }
  bool binary(binary_t&) override { return Count(); }
  bool key(string_t&) override { return Count(); }
  bool start_object(size_t) override { return ++depth_ <= kMaxDepth && Count(); }
  bool end_object() override { return --depth_ >= 0; }
  bool start_array(size_t) override { return ++depth_ <= kMaxDepth && Count(); }
  bool end_array() override { return --depth_ >= 0; }
  bool parse_error(size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  bool Count() { return ++values_ <= kMaxJsonValues; }

  int depth_ = 0;
  int values_ = 0;
};

absl::StatusOr<Json> ParseBounded(absl::string_view text) {
  Bounds bounds;
  if (!Json::sax_parse(text.begin(), text.end(), &bounds)) {
    return Invalid("expected JSON of the depth and length of a manifest");
  }
  return Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

ManifestLog LogFromJson(Fields& fields, absl::Status* fault) {
  ManifestLog log;
  log.first_index = fields.Integer("first_index");
  log.end_index = fields.Integer("end_index");
  for (const Json& item : fields.Array("segments")) {
    Fields segment(item, "segment", fault);
    log.segments.push_back({segment.Integer("number"), segment.Integer("first_index"),
                            segment.Integer("end_index"), segment.Digest()});
  }
  return log;
}

absl::StatusOr<Manifest> FromJson(const Json& json) {
  absl::Status fault;
  Manifest manifest;
  Fields fields(json, "manifest", &fault);
  manifest.id = fields.Integer("id");
  manifest.number = fields.Integer("number");
  for (const Json& item : fields.Array("parts")) {
    Fields part(item, "part", &fault);
    manifest.parts.emplace(part.NewName(manifest.parts), part.Digest());
  }
  for (const Json& item : fields.Array("logs")) {
    Fields log(item, "log", &fault);
    manifest.logs.emplace(log.NewName(manifest.logs), LogFromJson(log, &fault));
  }
  RETURN_IF_ERROR(fault);
  RETURN_IF_ERROR(CheckManifest(manifest));
  return manifest;
}

// In the order in which they are written here, for people who look at a manifest.
using OrderedJson = nlohmann::ordered_json;

OrderedJson WithDigest(OrderedJson json, const FileDigest& digest) {
  json["size"] = digest.size;
  json["crc32c"] = absl::StrFormat("%08x", digest.crc32c);
  return json;
}

OrderedJson ToJson(const std::string& name, const ManifestLog& log) {
  OrderedJson segments = OrderedJson::array();
  for (const ManifestSegment& segment : log.segments) {
    segments.push_back(WithDigest({{"number", segment.number},
                                   {"first_index", segment.first_index},
                                   {"end_index", segment.end_index}},
                                  segment.digest));
  }
  return {{"name", name},
          {"first_index", log.first_index},
          {"end_index", log.end_index},
          {"segments", std::move(segments)}};
}

}  // namespace

FileDigest DigestOf(absl::string_view bytes) {
  return {static_cast<int64_t>(bytes.size()), Crc32c(bytes)};
}

absl::Status CheckManifest(const Manifest& manifest) {
  if (manifest.id < 0) return Invalid("id is ", manifest.id, ", expected at least 0");
  if (manifest.number < 1 || manifest.number > kMaxFileNumber) {
    return Invalid("number is ", manifest.number, ", expected 1 to ", kMaxFileNumber);
  }
  size_t files = manifest.parts.size() + manifest.logs.size();
  for (const auto& [name, digest] : manifest.parts) {
    RETURN_IF_ERROR(CheckName("part", name));
    RETURN_IF_ERROR(CheckSize(absl::StrCat("part ", name), digest));
  }
  for (const auto& [name, log] : manifest.logs) {
    RETURN_IF_ERROR(CheckName("log", name));
    RETURN_IF_ERROR(CheckLog(name, log, manifest.number));
    files += log.segments.size();
  }
  if (files > kMaxFiles) {
    return Invalid("has ", files, " parts, logs and segments, expected at most ", kMaxFiles);
  }
  return absl::OkStatus();
}

std::string FormatManifest(const Manifest& manifest) {
  OrderedJson parts = OrderedJson::array();
  for (const auto& [name, digest] : manifest.parts) {
    parts.push_back(WithDigest({{"name", name}}, digest));
  }
  OrderedJson logs = OrderedJson::array();
  for (const auto& [name, log] : manifest.logs) logs.push_back(ToJson(name, log));
  const OrderedJson json = {{"format", kFormat},         {"version", kVersion},
                            {"id", manifest.id},         {"number", manifest.number},
                            {"parts", std::move(parts)}, {"logs", std::move(logs)}};
  const std::string text = json.dump() + "\n";
  return text + ChecksumLine(text);
}

absl::StatusOr<Manifest> ParseManifest(absl::string_view text) {
  const size_t checksum_size = ChecksumLine("").size();
  if (static_cast<int64_t>(text.size()) > kMaxManifestBytes || text.size() < checksum_size) {
    return absl::DataLossError(absl::StrCat("has ", text.size(), " bytes, expected ", checksum_size,
                                            " to ", kMaxManifestBytes));
  }
  const absl::string_view content = text.substr(0, text.size() - checksum_size);
  if (const std::string line = ChecksumLine(content); !absl::EndsWith(text, line)) {
    return absl::DataLossError(absl::StrCat("its last line is ",
                                            Quoted(text.substr(content.size())), ", expected ",
                                            Quoted(line), " after this content"));
  }
  const absl::StatusOr<Json> json = ParseBounded(content);
  if (!json.ok()) return absl::DataLossError(json.status().message());

  absl::Status fault;
  Fields fields(*json, "manifest", &fault);
  const std::string format = fields.Text("format");
  const int64_t version = fields.Integer("version");
  if (!fault.ok()) return absl::DataLossError(fault.message());
  if (format != kFormat || version != kVersion) {
    return absl::UnimplementedError(
        absl::StrCat("has format ", Quoted(format), " version ", version, ", expected '", kFormat,
                     "' version ", kVersion, "; read it with the version of VaGraM that wrote it"));
  }
  absl::StatusOr<Manifest> manifest = FromJson(*json);
  if (!manifest.ok()) return absl::DataLossError(manifest.status().message());
  return manifest;
}

}  // namespace vagram

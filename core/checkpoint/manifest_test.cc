#include "core/checkpoint/manifest.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/base/random.h"
#include "core/checkpoint/file_names.h"
#include "core/metrics/crc32c.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

Manifest MakeExample() {
  Manifest manifest;
  manifest.id = 12000;
  manifest.number = 7;
  manifest.parts["agent"] = {100, 0xdeadbeef};
  manifest.parts["model"] = {0, 0};
  manifest.logs["empty"] = {30, 30, {}};
  manifest.logs["replay"] = {1500, 3000, {{6, 1000, 2000, {10, 1}}, {7, 2000, 3000, {11, 2}}}};
  return manifest;
}

// The JSON line of the example's manifest.
std::string ExampleJson() {
  const std::string text = FormatManifest(MakeExample());
  return text.substr(0, text.find('\n') + 1);
}

// A manifest's file with this content and the right checksum.
std::string Sealed(const std::string& content) {
  return content + absl::StrFormat("{\"crc32c\":\"%08x\"}\n", Crc32c(content));
}

TEST(ManifestTest, ReadsAsTheFormatIsDocumented) {
  EXPECT_EQ(ExampleJson(),
            R"({"format":"vagram checkpoint","version":1,"id":12000,"number":7,)"
            R"("parts":[{"name":"agent","size":100,"crc32c":"deadbeef"},)"
            R"({"name":"model","size":0,"crc32c":"00000000"}],)"
            R"("logs":[{"name":"empty","first_index":30,"end_index":30,"segments":[]},)"
            R"({"name":"replay","first_index":1500,"end_index":3000,"segments":[)"
            R"({"number":6,"first_index":1000,"end_index":2000,"size":10,"crc32c":"00000001"},)"
            R"({"number":7,"first_index":2000,"end_index":3000,"size":11,"crc32c":"00000002"}]}]})"
            "\n");
}

TEST(ManifestTest, ParsesWhatItFormats) {
  const std::string text = FormatManifest(MakeExample());
  EXPECT_EQ(text, Sealed(ExampleJson()));
  ASSERT_OK_AND_ASSIGN(const Manifest manifest, ParseManifest(text));
  EXPECT_EQ(manifest.id, 12000);
  EXPECT_EQ(FormatManifest(manifest), text);
}

TEST(ManifestTest, NoticesEveryFlippedBitAndEveryMissingEnd) {
  const std::string text = FormatManifest(MakeExample());
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    std::string flipped = text;
    flipped[bit / 8] ^= static_cast<char>(1 << (bit % 8));
    EXPECT_THAT(ParseManifest(flipped), StatusIs(absl::StatusCode::kDataLoss)) << bit;
  }
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(ParseManifest(text.substr(0, size)), StatusIs(absl::StatusCode::kDataLoss)) << size;
  }
  EXPECT_THAT(ParseManifest(text + "\n"), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ManifestTest, SaysThatAVersionIsUnknown) {
  const std::string json =
      absl::StrReplaceAll(ExampleJson(), {{"\"version\":1", "\"version\":2"}, {"agent", "a/b"}});
  EXPECT_THAT(ParseManifest(Sealed(json)),
              StatusIs(absl::StatusCode::kUnimplemented,
                       HasSubstr("version 2, expected 'vagram checkpoint' version 1")));
}

TEST(ManifestTest, RefusesHostileContent) {
  const std::vector<std::pair<std::string, std::string>> edits = {
      {R"("agent")", R"("../agent")"},
      {R"("agent")", R"("")"},
      {R"("agent")", R"("model")"},
      {R"("agent")", R"(7)"},
      {R"("replay")", R"("empty")"},
      {R"("replay")", R"("/etc/passwd")"},
      {R"("id":12000)", R"("id":-1)"},
      {R"("id":12000)", R"("id":1.5)"},
      {R"("id":12000)", R"("id":1e300)"},
      {R"("id":12000)", R"("id":18446744073709551615)"},
      {R"("id":12000,)", ""},
      {R"("number":7,)", R"("number":0,)"},
      {R"("number":7,"parts")", R"("number":1000000000000000,"parts")"},
      {R"("size":100)", R"("size":-100)"},
      {R"("size":100)", R"("size":9223372036854775807)"},
      {R"("size":10,)", R"("size":17179869185,)"},
      {R"("deadbeef")", R"("DEADBEEF")"},
      {R"("deadbeef")", R"("0xdeadbe")"},
      {R"("deadbeef")", R"(3735928559)"},
      {R"("end_index":30)", R"("end_index":31)"},
      {R"("first_index":30)", R"("first_index":31)"},
      {R"("first_index":30)", R"("first_index":-30)"},
      {R"("first_index":1500)", R"("first_index":999)"},
      {R"("first_index":1500)", R"("first_index":2000)"},
      {R"("first_index":2000)", R"("first_index":1999)"},
      {R"("first_index":2000)", R"("first_index":2001)"},
      {R"("first_index":2000,"end_index":3000)", R"("first_index":2000,"end_index":2000)"},
      {R"("first_index":1000)", R"("first_index":-9223372036854775808)"},
      {R"("number":6)", R"("number":8)"},
      {R"("number":6)", R"("number":0)"},
      {R"("segments":[])", R"("segments":{})"},
      {R"("segments":[])", R"("segments":[[]])"},
      {R"("segments":[])", R"("segments":[null])"},
      {R"("segments":[])", R"("segments":[[[[[[1]]]]]])"},
      {R"("parts":[)", R"("parts":[3,)"},
      {R"("vagram checkpoint")", R"(1)"},
      {R"({"format")", R"([{"format")"},
      {"}]}]}", "}]}]"},
      {"agent", "\xff"},
  };
  for (const auto& [from, to] : edits) {
    const std::string json = absl::StrReplaceAll(ExampleJson(), {{from, to}});
    ASSERT_NE(json, ExampleJson()) << from;
    EXPECT_THAT(ParseManifest(Sealed(json)), StatusIs(absl::StatusCode::kDataLoss))
        << from << " -> " << to;
  }
  EXPECT_OK(ParseManifest(Sealed(ExampleJson())));
}

TEST(ManifestTest, IsNotImpressedByDepthOrLength) {
  const auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  for (const std::string& json :
       {repeated("[", 1'000'000), repeated("{\"a\":", 1'000'000), repeated("[", 1'000'000) + "1",
        "[" + repeated("{},", 2'000'000) + "1]",
        repeated("{\"a\":", 1'000'000) + "1" + repeated("}", 1'000'000),
        repeated("[", 1'000'000) + repeated("]", 1'000'000), std::string(1'000'000, '\0'),
        std::string("null"), std::string("{}"), std::string()}) {
    EXPECT_THAT(ParseManifest(Sealed(json)), StatusIs(absl::StatusCode::kDataLoss))
        << json.substr(0, 20);
  }
  EXPECT_THAT(ParseManifest(std::string(kMaxManifestBytes + 1, ' ')),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("16777217 bytes")));
}

TEST(ManifestTest, TakesAsManyFilesAsItPromises) {
  Manifest manifest;
  manifest.id = manifest.number = kMaxFileNumber;
  const int64_t start = int64_t{9'000'000'000'000'000'000};
  ManifestLog& log = manifest.logs[std::string(64, 'x')];
  log = {start, start, {}};
  while (log.segments.size() + 1 < kMaxFiles) {
    log.segments.push_back(
        {kMaxFileNumber, log.end_index, log.end_index + 1, {kMaxFileBytes, 0xffffffff}});
    ++log.end_index;
  }
  ASSERT_OK(CheckManifest(manifest));
  EXPECT_OK(ParseManifest(FormatManifest(manifest)));
  manifest.parts["one_more"] = {0, 0};
  EXPECT_THAT(CheckManifest(manifest),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("65537")));
}

// Whatever the bytes, the answer is a status or a manifest within the limits.
TEST(ManifestTest, SurvivesMutations) {
  const std::string json = ExampleJson();
  const std::vector<std::string> words = {"[",  "]", "{",  "}",    ",",   ":",    "\"", "\\u0000",
                                          "-1", "0", "1e", "null", "999", "true", "\\", "\xc3"};
  Rng rng(DeriveSeed(1, "mutations"));
  int parsed = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text = json;
    for (uint64_t edits = 1 + rng.Below(4); edits > 0; --edits) {
      const size_t at = rng.Below(text.size());
      switch (rng.Below(4)) {
        case 0:
          text[at] = static_cast<char>(rng.Below(256));
          break;
        case 1:
          text.erase(at, 1 + rng.Below(20));
          break;
        case 2:
          text.insert(at, words[rng.Below(words.size())]);
          break;
        default:
          text.insert(at, text.substr(rng.Below(text.size()), rng.Below(100)));
      }
      if (text.empty()) text = "{";
    }
    const absl::StatusOr<Manifest> manifest = ParseManifest(Sealed(text));
    if (!manifest.ok()) continue;
    ++parsed;
    ASSERT_OK(CheckManifest(*manifest)) << text;
    ASSERT_OK(ParseManifest(FormatManifest(*manifest))) << text;
  }
  EXPECT_GT(parsed, 0);
}

}  // namespace
}  // namespace vagram

#include "core/rpc/token.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

std::string FileWith(const std::string& text) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/token");
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST(TokenTest, ReadsOneWord) {
  EXPECT_THAT(ReadTokenFile(FileWith("s3cret\n")), IsOkAndHolds("s3cret"));
  EXPECT_THAT(ReadTokenFile(FileWith("s3cret")), IsOkAndHolds("s3cret"));
}

TEST(TokenTest, RefusesWhatNoCallCouldCarry) {
  for (const std::string& text :
       {std::string(), std::string(" \n"), std::string("two words"), std::string("nul\0", 4),
        std::string("umlaut\xc3\xa4"), std::string(1 << 20, 'x')}) {
    EXPECT_THAT(ReadTokenFile(FileWith(text)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected one word")));
  }
}

TEST(TokenTest, SaysWhichFileIsMissing) {
  EXPECT_THAT(ReadTokenFile("/no/such/token"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/token")));
  EXPECT_THAT(ReadTokenFile(::testing::TempDir()), ::testing::Not(IsOk()));  // a folder
}

TEST(TokenTest, TellsSecretsApart) {
  EXPECT_TRUE(SameSecret("Bearer a", "Bearer a"));
  EXPECT_FALSE(SameSecret("Bearer a", "Bearer b"));
  EXPECT_FALSE(SameSecret("Bearer a", "Bearer"));
  EXPECT_FALSE(SameSecret("", "Bearer a"));
}

}  // namespace
}  // namespace vagram

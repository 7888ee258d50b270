#include "orchestrator/dashboard/json_text.h"

#include <limits>

#include "gtest/gtest.h"

namespace vagram {
namespace {

TEST(JsonTextTest, EscapesWhatEndsAStringAndReplacesWhatIsNoText) {
  EXPECT_EQ(JsonString("a\"b\\\n"), R"("a\"b\\\n")");
  EXPECT_EQ(JsonString("\xff"), "\"\xef\xbf\xbd\"");
}

TEST(JsonTextTest, WritesNumbersThatJsonHas) {
  EXPECT_EQ(JsonNumber(0.1), "0.1");
  EXPECT_EQ(JsonNumber(std::numeric_limits<double>::quiet_NaN()), "null");
  const std::vector<double> values = {1e300, -std::numeric_limits<double>::infinity(), -2};
  EXPECT_EQ(JsonArray(values), "[1e+300,null,-2]");
  EXPECT_EQ(JsonArray(std::vector<int64_t>()), "[]");
  EXPECT_EQ(JsonArray(std::vector<std::string>{"a", "b"}), R"(["a","b"])");
}

}  // namespace
}  // namespace vagram

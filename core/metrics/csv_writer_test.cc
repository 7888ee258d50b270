#include "core/metrics/csv_writer.h"

#include <sys/stat.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

MetricRow Row(int64_t epoch, std::vector<std::pair<std::string, double>> metrics) {
  MetricRow row;
  row.epoch = epoch;
  row.step = 1000 * epoch;
  row.wall_seconds = 0.5 * static_cast<double>(epoch);
  row.metrics = std::move(metrics);
  return row;
}

class CsvWriterTest : public ::testing::Test {
 protected:
  const std::string path_ =
      absl::StrCat(::testing::TempDir(), "/",
                   ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".csv");
};

TEST_F(CsvWriterTest, WritesColumnsInTheOrderOfTheFirstRow) {
  ASSERT_OK_AND_ASSIGN(const auto writer, CsvWriter::Create(path_, {}));
  EXPECT_EQ(ReadFile(path_), "epoch,step,wall_seconds\n");
  ASSERT_OK(writer->Append(Row(1, {{"b", 1}, {"a", 2}})));
  ASSERT_OK(writer->Append(Row(2, {{"a", 4}, {"b", 3}})));
  EXPECT_EQ(ReadFile(path_), "epoch,step,wall_seconds,b,a\n1,1000,0.5,1,2\n2,2000,1,3,4\n");
}

TEST_F(CsvWriterTest, AddsAColumnForANewNameToAllRows) {
  ASSERT_OK_AND_ASSIGN(const auto writer, CsvWriter::Create(path_, {Row(1, {{"a", 1}})}));
  ASSERT_OK(writer->Append(Row(2, {{"a", 2}, {"late", 7}})));
  EXPECT_EQ(ReadFile(path_), "epoch,step,wall_seconds,a,late\n1,1000,0.5,1,\n2,2000,1,2,7\n");
}

TEST_F(CsvWriterTest, LeavesMissingValuesAndNansEmpty) {
  ASSERT_OK_AND_ASSIGN(
      const auto writer,
      CsvWriter::Create(path_, {Row(1, {{"a", 1}, {"b", 1}}), Row(2, {{"b", std::nan("")}})}));
  EXPECT_EQ(ReadFile(path_), "epoch,step,wall_seconds,a,b\n1,1000,0.5,1,1\n2,2000,1,,\n");
}

TEST_F(CsvWriterTest, WritesNumbersThatReadBackToTheSameDouble) {
  const std::vector<double> values = {0.1,
                                      1.0 / 3,
                                      -0.0,
                                      1e300,
                                      5e-324,
                                      123456789.125,
                                      std::numeric_limits<double>::max(),
                                      std::numeric_limits<double>::infinity()};
  for (const double value : values) {
    ASSERT_OK(CsvWriter::Create(path_, {Row(0, {{"v", value}})}));
    const std::string text = ReadFile(path_);
    const double read = std::strtod(text.c_str() + text.rfind(',') + 1, nullptr);
    EXPECT_EQ(read, value) << text;
    EXPECT_EQ(std::signbit(read), std::signbit(value)) << text;
  }
  ASSERT_OK(CsvWriter::Create(path_, {Row(0, {{"v", 0.1}})}));
  EXPECT_EQ(ReadFile(path_), "epoch,step,wall_seconds,v\n0,0,0,0.1\n") << "and no longer than that";
}

TEST_F(CsvWriterTest, QuotesNamesThatWouldBreakALine) {
  ASSERT_OK(CsvWriter::Create(path_, {Row(0, {{"a,\"b\"", 1}})}));
  EXPECT_EQ(ReadFile(path_), "epoch,step,wall_seconds,\"a,\"\"b\"\"\"\n0,0,0,1\n");
}

TEST_F(CsvWriterTest, AnswersWithAStatusWhenItCannotWrite) {
  EXPECT_THAT(CsvWriter::Create("/no/such/folder/metrics.csv", {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK_AND_ASSIGN(const auto writer, CsvWriter::Create(path_, {Row(1, {{"a", 1}})}));
  ASSERT_EQ(remove(path_.c_str()), 0);
  EXPECT_THAT(writer->Append(Row(2, {{"a", 1}})), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace vagram

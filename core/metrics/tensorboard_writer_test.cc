#include "core/metrics/tensorboard_writer.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/metrics/crc32c.h"
#include "core/metrics/event.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> EventFiles(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (absl::StrContains(entry.path().filename().string(), "tfevents")) {
      files.push_back(entry.path().string());
    }
  }
  return files;
}

template <typename T>
T Take(std::string& bytes) {
  T value{};
  EXPECT_GE(bytes.size(), sizeof(T));
  if (bytes.size() >= sizeof(T)) {
    std::memcpy(&value, bytes.data(), sizeof(T));  // little endian, as all our machines
    bytes.erase(0, sizeof(T));
  }
  return value;
}

// Reads a file as TensorBoard does, checksums included.
std::vector<tensorboard::Event> ReadEvents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  std::string bytes = text.str();
  std::vector<tensorboard::Event> events;
  while (!bytes.empty() && !::testing::Test::HasFailure()) {
    const std::string length_bytes = bytes.substr(0, 8);
    const uint64_t length = Take<uint64_t>(bytes);
    EXPECT_EQ(Take<uint32_t>(bytes), MaskedCrc32c(length_bytes));
    const std::string data = bytes.substr(0, length);
    bytes.erase(0, length);
    EXPECT_EQ(Take<uint32_t>(bytes), MaskedCrc32c(data));
    EXPECT_TRUE(events.emplace_back().ParseFromString(data));
  }
  return events;
}

MetricRow Row(int64_t step, double value) {
  MetricRow row;
  row.step = step;
  row.reported_at = 1.7e9 + static_cast<double>(step);
  row.metrics = {{"evaluate/return_mean", value}, {"sac/alpha", std::nan("")}};
  return row;
}

class TensorboardWriterTest : public ::testing::Test {
 protected:
  TensorboardWriterTest() { std::filesystem::create_directories(folder_); }
  ~TensorboardWriterTest() override { std::filesystem::remove_all(folder_); }

  const std::string folder_ = absl::StrCat(
      ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST(Crc32cTest, FollowsThePublishedCheckValues) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, appendix B.4
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST_F(TensorboardWriterTest, WritesRecordsThatAReaderVerifies) {
  ASSERT_OK_AND_ASSIGN(const auto writer, TensorboardWriter::Create(folder_, {Row(10, 1.5)}));
  ASSERT_OK(writer->Append(Row(20, 2.5)));
  ASSERT_THAT(EventFiles(folder_), SizeIs(1));
  const std::vector<tensorboard::Event> events = ReadEvents(EventFiles(folder_)[0]);
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  for (const int i : {1, 2}) {
    EXPECT_EQ(events[i].step(), 10 * i);
    EXPECT_EQ(events[i].wall_time(), 1.7e9 + 10 * i);
    ASSERT_EQ(events[i].summary().value_size(), 1) << "a NaN is left out";
    EXPECT_EQ(events[i].summary().value(0).tag(), "evaluate/return_mean");
    EXPECT_EQ(events[i].summary().value(0).simple_value(), static_cast<float>(i) + 0.5f);
  }
}

TEST_F(TensorboardWriterTest, WritesZeros) {
  ASSERT_OK(TensorboardWriter::Create(folder_, {Row(10, 0)}));
  const std::vector<tensorboard::Event> events = ReadEvents(EventFiles(folder_)[0]);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_TRUE(events[1].summary().value(0).has_simple_value());
}

TEST_F(TensorboardWriterTest, LeavesNoOlderFileThatWouldShowPointsTwice) {
  ASSERT_OK(TensorboardWriter::Create(folder_, {Row(10, 1)}));
  std::ofstream(folder_ + "/metrics.csv") << "not an event file";
  ASSERT_OK(TensorboardWriter::Create(folder_, {Row(10, 1), Row(20, 2)}));
  ASSERT_THAT(EventFiles(folder_), SizeIs(1));
  EXPECT_THAT(ReadEvents(EventFiles(folder_)[0]), SizeIs(3));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/metrics.csv"));
}

TEST_F(TensorboardWriterTest, AnswersWithAStatusWhenItCannotWrite) {
  EXPECT_THAT(TensorboardWriter::Create(folder_ + "/missing", {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK_AND_ASSIGN(const auto writer, TensorboardWriter::Create(folder_, {}));
  std::filesystem::remove(EventFiles(folder_)[0]);
  EXPECT_THAT(writer->Append(Row(1, 1)), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(EventFiles(folder_), IsEmpty());
}

}  // namespace
}  // namespace vagram

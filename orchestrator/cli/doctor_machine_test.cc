#include "orchestrator/cli/doctor_machine.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Level = Finding::Level;

TEST(CheckMemory, WarnsOfLittle) {
  const Finding enough = CheckMemory("MemTotal: 9 kB\nMemAvailable:   16777216 kB\n");
  EXPECT_EQ(enough.level, Level::kOk);
  EXPECT_EQ(enough.text, "16.0 GiB available");
  EXPECT_EQ(CheckMemory("MemAvailable: 1048576 kB\n").level, Level::kOk);
  const Finding little = CheckMemory("MemAvailable: 524288 kB\n");
  EXPECT_EQ(little.level, Level::kWarning);
  EXPECT_THAT(little.remedy, HasSubstr("1 GiB"));
  EXPECT_EQ(CheckMemory("").level, Level::kWarning);
  EXPECT_EQ(CheckMemory("MemAvailable:\n").level, Level::kWarning);
}

// The service counts them itself.
TEST(CheckControlGroup, SaysHowManyCoresThereAreAndWarnsOfNothing) {
  const Finding finding = CheckControlGroup({"150000 100000\n", "max\n", "max\n"}, 8);
  EXPECT_EQ(finding.level, Level::kOk);
  EXPECT_EQ(finding.text, "the control group allows 1.5 of 8 cores");
  EXPECT_EQ(finding.remedy, "");
}

TEST(CheckControlGroup, WarnsOfLittleMemoryAndFewProcesses) {
  const Finding finding = CheckControlGroup({"max 100000\n", "536870912\n", "100\n"}, 2);
  EXPECT_EQ(finding.level, Level::kWarning);
  EXPECT_THAT(finding.text, HasSubstr("0.5 GiB of memory, 100 processes"));
  EXPECT_THAT(finding.remedy, AllOf(HasSubstr("1 GiB"), HasSubstr("100 threads")));
}

TEST(CheckControlGroup, IsContentWithoutLimitsAndWithWideOnes) {
  EXPECT_EQ(CheckControlGroup({"", "", ""}, 2).text, "the control group sets none");
  EXPECT_EQ(CheckControlGroup({"max 100000", "max", "max"}, 2).level, Level::kOk);
  EXPECT_EQ(CheckControlGroup({"200000 100000", "17179869184", "5000"}, 2).level, Level::kOk);
  EXPECT_EQ(CheckControlGroup({"0 0", "what", "-"}, 2).level, Level::kOk);
}

TEST(CheckThreads, WarnsOfMoreThreadsThanCores) {
  EXPECT_EQ(CheckThreads(2, nullptr, nullptr).level, Level::kOk);
  EXPECT_EQ(CheckThreads(2, "2", "").level, Level::kOk);
  const Finding finding = CheckThreads(2, nullptr, "8");
  EXPECT_EQ(finding.level, Level::kWarning);
  EXPECT_EQ(finding.text, "2 cores, OPENBLAS_NUM_THREADS=8");
  EXPECT_THAT(finding.remedy, HasSubstr("unset it"));
  EXPECT_EQ(CheckThreads(4, "4,2", nullptr).level, Level::kOk);
  EXPECT_EQ(CheckThreads(4, "many", nullptr).level, Level::kWarning);
}

TEST(CheckOpenFiles, WarnsOfFewWithTheCommandThatAllowsMore) {
  EXPECT_EQ(CheckOpenFiles(1024, 524288).level, Level::kOk);
  const Finding finding = CheckOpenFiles(256, 524288);
  EXPECT_EQ(finding.level, Level::kWarning);
  EXPECT_THAT(finding.remedy, HasSubstr("ulimit -n 4096"));
}

TEST(CheckFileSystem, WarnsOfMemoryAndOfNetworks) {
  EXPECT_EQ(CheckFileSystem("/h", 0xef53).text, "/h is on ext4, a local disk");
  EXPECT_EQ(CheckFileSystem("/h", 0xef53).level, Level::kOk);
  const Finding memory = CheckFileSystem("/h", 0x01021994);
  EXPECT_EQ(memory.level, Level::kWarning);
  EXPECT_THAT(memory.text, HasSubstr("tmpfs"));
  const Finding network = CheckFileSystem("/h", 0x6969);
  EXPECT_EQ(network.level, Level::kWarning);
  EXPECT_THAT(network.text, HasSubstr("NFS"));
  EXPECT_EQ(CheckFileSystem("/h", 0x12345).level, Level::kOk);
}

TEST(CheckClock, DoubtsTheYearAndATimeBeforeTheServicesFiles) {
  const absl::Time now =
      absl::FromCivil(absl::CivilSecond(2026, 5, 1, 12, 0, 0), absl::UTCTimeZone());
  EXPECT_EQ(CheckClock(now, absl::InfinitePast()).level, Level::kOk);
  EXPECT_EQ(CheckClock(now, now + absl::Seconds(2)).level, Level::kOk);
  EXPECT_EQ(CheckClock(now, now + absl::Hours(3)).level, Level::kWarning);
  EXPECT_EQ(CheckClock(absl::UnixEpoch(), absl::InfinitePast()).level, Level::kFailure);
}

}  // namespace
}  // namespace vagram::cli

#include "orchestrator/machine.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

constexpr char kMemInfo[] = "MemTotal:       1000 kB\nMemFree:         10 kB\nHugePages:  0\n";

constexpr char kEightCores[] =
    "Name:\tx\nCpus_allowed:\t00000000,000000ff\nCpus_allowed_list:\t0-7\n";

class MachineTest : public ::testing::Test {
 protected:
  MachineTest()
      : root_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name(), "/")) {
    std::filesystem::remove_all(root_);
  }
  ~MachineTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  const std::string root_;
};

using MachineMemoryTest = MachineTest;
using MachineCoresTest = MachineTest;

TEST_F(MachineMemoryTest, IsWhatTheMachineHasWithoutALimit) {
  Write("proc/meminfo", kMemInfo);
  Write("proc/self/cgroup", "0::/user.slice\n");
  Write("sys/fs/cgroup/user.slice/memory.max", "max\n");
  EXPECT_EQ(MachineMemory(root_), 1000 * 1024);
}

TEST_F(MachineMemoryTest, IsTheSmallestLimitOnTheWayUp) {
  Write("proc/meminfo", kMemInfo);
  Write("proc/self/cgroup", "0::/a/b\n");
  Write("sys/fs/cgroup/a/b/memory.max", "500000\n");
  Write("sys/fs/cgroup/a/memory.max", "400000\n");
  EXPECT_EQ(MachineMemory(root_), 400000);
}

// In a container the mount point is the group, whatever path the host calls it by.
TEST_F(MachineMemoryTest, FindsTheLimitOfAContainer) {
  Write("proc/meminfo", kMemInfo);
  Write("proc/self/cgroup", "0::/docker/0123\n");
  Write("sys/fs/cgroup/memory.max", "300000\n");
  EXPECT_EQ(MachineMemory(root_), 300000);
}

TEST_F(MachineMemoryTest, KnowsVersionOne) {
  Write("proc/meminfo", kMemInfo);
  Write("proc/self/cgroup", "4:cpu,cpuacct:/x\n3:hugetlb,memory:/x\n");
  Write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "200000\n");
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(MachineMemory(root_), 200000);
}

TEST_F(MachineMemoryTest, IsUnknownWhereNothingCanBeRead) {
  EXPECT_EQ(MachineMemory(root_), 0);
  Write("proc/meminfo", "nonsense");
  Write("proc/self/cgroup", "::\n:\n0::relative\n7:memory");
  EXPECT_EQ(MachineMemory(root_), 0);
}

TEST_F(MachineMemoryTest, IsKnownHere) { EXPECT_GT(MachineMemory("/"), 0); }

TEST_F(MachineCoresTest, AreThoseThatTheProcessMayRunOnWithoutALimit) {
  Write("proc/self/status", kEightCores);
  EXPECT_EQ(MachineCores(root_), 8);
  Write("proc/self/cgroup", "0::/\n");
  Write("sys/fs/cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(MachineCores(root_), 8);
  Write("proc/self/status", "Cpus_allowed:\t5,00000001\n");
  EXPECT_EQ(MachineCores(root_), 3);
}

TEST_F(MachineCoresTest, AreThoseThatAContainerHasTheTimeOf) {
  Write("proc/self/status", kEightCores);
  Write("proc/self/cgroup", "0::/docker/0123\n");
  Write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(MachineCores(root_), 2);
}

TEST_F(MachineCoresTest, AreTheSmallestLimitOnTheWayUpInWholeCores) {
  Write("proc/self/status", kEightCores);
  Write("proc/self/cgroup", "0::/a/b\n");
  Write("sys/fs/cgroup/a/b/cpu.max", "600000 100000\n");
  Write("sys/fs/cgroup/a/cpu.max", "350000 100000\n");
  EXPECT_EQ(MachineCores(root_), 3);
  Write("sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(MachineCores(root_), 1);
  Write("sys/fs/cgroup/a/b/cpu.max", "1600000 100000\n");
  Write("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  EXPECT_EQ(MachineCores(root_), 8);
}

TEST_F(MachineCoresTest, KnowVersionOne) {
  Write("proc/self/status", kEightCores);
  Write("proc/self/cgroup", "4:cpu,cpuacct:/x\n3:memory:/x\n");
  Write("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "250000\n");
  Write("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "50000\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(MachineCores(root_), 5);
}

TEST_F(MachineCoresTest, AreAtLeastOneWhereNothingCanBeRead) {
  EXPECT_GE(MachineCores(root_), 1);
  Write("proc/self/status", "Cpus_allowed:\tnonsense,\n");
  Write("proc/self/cgroup", "0::/a\n7:cpu:/a\n");
  Write("sys/fs/cgroup/a/cpu.max", "0 0\n");
  Write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "what\n");
  EXPECT_GE(MachineCores(root_), 1);
}

}  // namespace
}  // namespace vagram

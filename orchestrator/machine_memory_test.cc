#include "orchestrator/machine_memory.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

constexpr char kMemInfo[] = "MemTotal:       1000 kB\nMemFree:         10 kB\nHugePages:  0\n";

class MachineMemoryTest : public ::testing::Test {
 protected:
  MachineMemoryTest()
      : root_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name(), "/")) {
    std::filesystem::remove_all(root_);
  }
  ~MachineMemoryTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  const std::string root_;
};

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

}  // namespace
}  // namespace vagram

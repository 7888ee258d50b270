#include "core/nn/freed_memory.h"

#include <sys/resource.h>

#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace vagram {
namespace {

constexpr int kBlocks = 64;
constexpr size_t kBlockBytes = 200'000;  // a tensor of 256 x 195 floats

// Allocates as much as a step of training does, writes to it, and frees it.
void AllocateAndFree() {
  std::vector<std::unique_ptr<char[]>> blocks;
  for (int i = 0; i < kBlocks; ++i) {
    blocks.emplace_back(new char[kBlockBytes]);
    std::memset(blocks.back().get(), i, kBlockBytes);
  }
}

// Pages that the kernel has given to this thread.
int64_t PageFaults() {
  rusage usage = {};
  EXPECT_EQ(getrusage(RUSAGE_THREAD, &usage), 0);
  return usage.ru_minflt;
}

TEST(KeepFreedMemory, GivesAThreadThePagesThatItFreed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers have a malloc of their own";
#endif
  KeepFreedMemory();
  std::thread([] {
    AllocateAndFree();
    const int64_t before = PageFaults();
    for (int i = 0; i < 10; ++i) AllocateAndFree();
    EXPECT_LT(PageFaults() - before, 100) << "of some 31,000 pages that were written to";
  }).join();
}

}  // namespace
}  // namespace vagram

#include "learner/trial_checkpoints.h"

#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "core/checkpoint/faulty_storage.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

// What this process holds of what it allocated with `new`, and the most that it ever held.
std::atomic<int64_t> held_bytes{0};
std::atomic<int64_t> most_bytes{0};

void* operator new(size_t size) {
  void* const block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  const int64_t held = held_bytes += static_cast<int64_t>(malloc_usable_size(block));
  if (held > most_bytes) most_bytes = held;  // one thread here allocates much
  return block;
}
void operator delete(void* block) noexcept {
  held_bytes -= static_cast<int64_t>(malloc_usable_size(block));
  std::free(block);
}
void operator delete(void* block, size_t) noexcept { operator delete(block); }

namespace vagram {
namespace {

TEST(TrialCheckpointsTest, RestoringTakesLittleMoreMemoryThanWhatIsRestored) {
  constexpr int64_t kSaves = 20, kRowsPerSave = 250;
  Task task;
  task.obs_dim = 100;
  task.act_dim = 1;
  constexpr int64_t kRowBytes = (100 + 1 + 1 + 100) * sizeof(float) + 2;
  v1::TrialConfig config;
  config.mutable_checkpoint()->set_keep(1);
  FaultyStorage storage;
  const auto read = [](int64_t first_index, int64_t end_index, TransitionBatch* out) {
    *out = TransitionBatch(end_index - first_index, 100, 1);
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(const auto first, TrialCheckpoints::Open(&storage, "trial", config, task));
  for (int64_t save = 1; save <= kSaves; ++save) {
    TrialCut cut;
    cut.learner.set_step(save * kRowsPerSave);
    ASSERT_OK(first->Save(cut, {0, save * kRowsPerSave, read}, {0, 0, read}));
  }

  ASSERT_OK_AND_ASSIGN(const auto second, TrialCheckpoints::Open(&storage, "trial", config, task));
  const int64_t before = held_bytes;
  most_bytes = before;
  ASSERT_OK_AND_ASSIGN(const auto restored, second->Restore());
  ASSERT_TRUE(restored.has_value());
  EXPECT_EQ(restored->replay.size(), static_cast<size_t>(kSaves));
  const int64_t replay_bytes = kSaves * kRowsPerSave * kRowBytes;
  EXPECT_GT(held_bytes - before, replay_bytes);
  EXPECT_LT(most_bytes - before, replay_bytes * 5 / 4) << "files and rows are not held at once";
}

}  // namespace
}  // namespace vagram

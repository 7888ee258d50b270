// Stepping must not allocate: not in Env, not in Episode, not in BatchedEnv on its threads, and not
// in the engine below them.
#include <malloc.h>
#include <mujoco/mujoco.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/env/batched_env.h"
#include "core/env/env.h"
#include "core/env/env_factory.h"
#include "core/env/episode.h"
#include "core/env/task.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

// The C library's functions stand behind ours, which count for the whole process: the engine's
// shared library and `operator new` end up here, too. The sanitizers have their own, unlike these.
std::atomic<int64_t> allocations{0};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCounts = false;
#else
constexpr bool kCounts = true;

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) noexcept {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) noexcept {
  ++allocations;
  return __libc_realloc(block, size);
}
void* memalign(size_t alignment, size_t size) noexcept {
  ++allocations;
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept { return memalign(alignment, size); }
int posix_memalign(void** block, size_t alignment, size_t size) noexcept {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
}
#endif

namespace vagram {
namespace {

constexpr int kSteps = 500;

class Allocations : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!kCounts) GTEST_SKIP() << "the sanitizers' allocator cannot be counted";
    EnvSpec spec;
    spec.id = GetParam();
    ASSERT_OK_AND_ASSIGN(factory_, EnvFactory::Create(spec));
    const Task& task = factory_->task();
    Rng rng(1);
    for (int i = 0; i < kSteps * task.act_dim; ++i) {
      const int k = i % task.act_dim;
      actions_.push_back(static_cast<float>(rng.Uniform(task.act_low[k], task.act_high[k])));
    }
  }

  // Of `num_copies` copies; repeated when there are more than kSteps.
  absl::Span<const float> Actions(int step, int num_copies = 1) const {
    const int size = num_copies * factory_->task().act_dim;
    return absl::MakeConstSpan(actions_).subspan(step * size % (kSteps / num_copies * size), size);
  }

  std::optional<EnvFactory> factory_;
  std::vector<float> actions_;
};

TEST(AllocationCounter, CountsTheLanguagesAllocationsAndTheEngines) {
  if (!kCounts) GTEST_SKIP() << "the sanitizers' allocator cannot be counted";
  const int64_t before = allocations;
  ::operator delete(::operator new(8));
  EXPECT_EQ(allocations, before + 1);
  mju_free(mju_malloc(8));
  EXPECT_EQ(allocations, before + 2);
}

TEST_P(Allocations, AnEnvMakesNoneInAStepOrAReset) {
  ASSERT_OK_AND_ASSIGN(const auto env, factory_->Make());
  std::vector<double> observation(env->task().obs_dim), action(env->task().act_dim);
  Rng rng(2);
  env->Reset(rng);
  int failures = 0;
  const int64_t before = allocations;
  for (int i = 0; i < kSteps; ++i) {
    const absl::Span<const float> given = Actions(i);
    action.assign(given.begin(), given.end());
    const absl::StatusOr<StepOutcome> outcome = env->Step(action);
    env->Observe(absl::MakeSpan(observation));
    failures += !outcome.ok();
    if (!outcome.ok() || outcome->terminated) env->Reset(rng);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(failures, 0);
}

TEST_P(Allocations, AnEpisodeMakesNoneInAStep) {
  ASSERT_OK_AND_ASSIGN(const auto episode, Episode::Create(*factory_, 3, 50));
  int failures = 0;
  const int64_t before = allocations;
  for (int i = 0; i < kSteps; ++i) failures += !episode->Step(Actions(i)).ok();
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(failures, 0);
}

TEST_P(Allocations, ABatchMakesNoneAfterItsFirstStep) {
  BatchedEnv::Options options;
  options.num_copies = 10;
  options.num_threads = 3;
  options.max_episode_steps = 20;
  ASSERT_OK_AND_ASSIGN(const auto envs, BatchedEnv::Create(*factory_, options));
  ASSERT_OK(envs->Step(Actions(0, 10)));
  int failures = 0;
  const int64_t before = allocations;
  for (int i = 1; i < kSteps / 10; ++i) {
    const absl::StatusOr<BatchedStep> step = envs->Step(Actions(i, 10));
    failures += !step.ok() || !step->failed.empty();
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(failures, 0);
}

std::vector<std::string> AllIds() {
  std::vector<std::string> ids;
  for (const Task& task : AllTasks()) ids.push_back(task.id);
  return ids;
}

INSTANTIATE_TEST_SUITE_P(AllTasks, Allocations, testing::ValuesIn(AllIds()), [](const auto& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
});

}  // namespace
}  // namespace vagram

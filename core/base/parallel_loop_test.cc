#include "core/base/parallel_loop.h"

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

class ParallelLoopOn : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { ASSERT_OK_AND_ASSIGN(loop_, ParallelLoop::Create(GetParam())); }
  std::unique_ptr<ParallelLoop> loop_;
};

// Rows that are not atomic: also a check that Run's return makes them visible.
TEST_P(ParallelLoopOn, CallsTheBodyOnceForEachPassOfEachLoop) {
  EXPECT_EQ(loop_->num_threads(), GetParam());
  for (const int num_passes : {1, 2, 3, 17, 100}) {
    std::vector<int> calls(num_passes, 0);
    for (int repetition = 1; repetition <= 300; ++repetition) {
      loop_->Run(num_passes, [&](int64_t pass) { ++calls[pass]; });
      ASSERT_THAT(calls, Each(repetition));
    }
  }
}

TEST_P(ParallelLoopOn, CallsNothingForNoPasses) {
  loop_->Run(0, [](int64_t) { FAIL(); });
  loop_->Run(-1, [](int64_t) { FAIL(); });
}

// Every pass waits for as many others as there are threads: fewer threads would never return.
TEST_P(ParallelLoopOn, RunsPassesOnAllItsThreadsAtOnce) {
  for (int repetition = 0; repetition < 20; ++repetition) {
    auto* const all = new absl::Barrier(GetParam());
    absl::Mutex mu;
    std::set<std::thread::id> threads;
    loop_->Run(GetParam(), [&](int64_t) {
      {
        absl::MutexLock lock(&mu);
        threads.insert(std::this_thread::get_id());
      }
      if (all->Block()) delete all;
    });
    EXPECT_EQ(static_cast<int>(threads.size()), GetParam());
    EXPECT_EQ(threads.count(std::this_thread::get_id()), 1u);
  }
}

// The last are more than there are cores: these go to sleep at once and have to be woken.
INSTANTIATE_TEST_SUITE_P(Threads, ParallelLoopOn,
                         testing::Values(1, 2, 3, std::thread::hardware_concurrency() + 1));

TEST(ParallelLoop, JoinsThreadsThatNeverWorked) {
  for (int i = 0; i < 50; ++i) EXPECT_OK(ParallelLoop::Create(4));
}

TEST(ParallelLoop, RefusesImpossibleNumbersOfThreads) {
  for (const int num_threads : {-1, 0, ParallelLoop::kMostThreads + 1}) {
    EXPECT_THAT(ParallelLoop::Create(num_threads),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 1 to 256")));
  }
}

}  // namespace
}  // namespace vagram

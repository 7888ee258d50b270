#include "core/base/parallel_loop.h"

#include <chrono>
#include <system_error>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

// About what it takes to put a thread to sleep and wake it again.
constexpr absl::Duration kPatience = absl::Microseconds(50);

}  // namespace

absl::StatusOr<std::unique_ptr<ParallelLoop>> ParallelLoop::Create(int num_threads) {
  if (num_threads < 1 || num_threads > kMostThreads) {
    return absl::InvalidArgumentError(absl::StrCat("asked for a loop on ", num_threads,
                                                   " threads, expected 1 to ", kMostThreads));
  }
  // With fewer cores than threads, one that looks out keeps another from its work.
  const bool all_can_run = num_threads <= static_cast<int>(std::thread::hardware_concurrency());
  auto loop = absl::WrapUnique(new ParallelLoop(all_can_run ? kPatience : absl::ZeroDuration()));
  loop->threads_.reserve(num_threads - 1);
  try {
    for (int i = 1; i < num_threads; ++i) {
      loop->threads_.emplace_back([self = loop.get()] {
        while (!self->closing_) {
          self->TakePasses();
          self->WaitForWork();
        }
      });
    }
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("could not start thread ", loop->num_threads() + 1, " of ", num_threads, ": ",
                     error.what(), "; use fewer threads or raise the limit (ulimit -u)"));
  }
  return loop;
}

ParallelLoop::~ParallelLoop() {
  {
    absl::MutexLock lock(&mu_);
    closing_ = true;
    work_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

void ParallelLoop::Run(int64_t num_passes, absl::FunctionRef<void(int64_t)> body) {
  if (num_passes < 1) return;
  body_ = &body;
  unfinished_ = num_passes;
  unclaimed_ = num_passes;
  if (num_passes > 1 && num_sleeping_ > 0) {
    absl::MutexLock lock(&mu_);
    work_.SignalAll();
  }
  TakePasses();

  const auto all_returned = [this] { return unfinished_ == 0; };
  if (LookOutFor(all_returned)) return;
  absl::MutexLock lock(&mu_);
  caller_sleeps_ = true;
  while (!all_returned()) finished_.Wait(&mu_);
  caller_sleeps_ = false;
}

void ParallelLoop::TakePasses() {
  while (unclaimed_ > 0) {
    const int64_t left = unclaimed_.fetch_sub(1);
    if (left <= 0) return;
    (*body_)(left - 1);
    if (unfinished_.fetch_sub(1) == 1 && caller_sleeps_) {
      absl::MutexLock lock(&mu_);
      finished_.Signal();
    }
  }
}

void ParallelLoop::WaitForWork() {
  const auto has_work = [this] { return unclaimed_ > 0 || closing_; };
  if (LookOutFor(has_work)) return;
  absl::MutexLock lock(&mu_);
  ++num_sleeping_;
  while (!has_work()) work_.Wait(&mu_);
  --num_sleeping_;
}

template <typename Ready>
bool ParallelLoop::LookOutFor(Ready ready) const {
  if (ready()) return true;
  if (patience_ == absl::ZeroDuration()) return false;
  // Not absl::Now: setting the system's clock back must not keep a thread awake.
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + absl::ToChronoNanoseconds(patience_);
  while (Clock::now() < deadline) {
    if (ready()) return true;
  }
  return false;
}

}  // namespace vagram

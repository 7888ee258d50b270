#ifndef CORE_BASE_PARALLEL_LOOP_H_
#define CORE_BASE_PARALLEL_LOOP_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace vagram {

// A loop whose passes are shared out between the caller and a fixed set of threads, again and
// again, and cheaply: made for passes of tens of microseconds. Nothing is allocated after Create.
//
// Whoever is free takes the next pass, so one that takes long holds up nobody. Waking a thread can
// cost as much as a pass; so a thread without work looks out for the next loop for a moment before
// it sleeps, and Run never waits for a thread that has not woken: it does that thread's passes.
//
// One thread at a time may call Run. The destructor joins the threads.
class ParallelLoop {
 public:
  static constexpr int kMostThreads = 256;

  // On `num_threads` threads, the caller of Run being one of them.
  //   INVALID_ARGUMENT: not within 1 to kMostThreads.   RESOURCE_EXHAUSTED: the system has no
  //   threads left.
  static absl::StatusOr<std::unique_ptr<ParallelLoop>> Create(int num_threads);
  ~ParallelLoop();

  // Calls `body` once for each of 0..num_passes-1, in any order and on any of the threads, and
  // returns when all calls have. What they wrote is visible to the caller then. `body` may neither
  // throw nor call Run.
  void Run(int64_t num_passes, absl::FunctionRef<void(int64_t pass)> body);

  int num_threads() const { return static_cast<int>(threads_.size()) + 1; }

 private:
  using Body = absl::FunctionRef<void(int64_t)>;

  explicit ParallelLoop(absl::Duration patience) : patience_(patience) {}

  void WaitForWork();
  void TakePasses();

  // Whether `ready` came true within patience_.
  template <typename Ready>
  bool LookOutFor(Ready ready) const;

  const absl::Duration patience_;  // before a waiting thread goes to sleep

  // Written by Run while no pass is unfinished; read by those who hold a pass.
  const Body* body_ = nullptr;

  std::atomic<int64_t> unclaimed_{0};   // passes nobody has taken yet; below zero: none
  std::atomic<int64_t> unfinished_{0};  // passes that have not returned
  std::atomic<bool> closing_{false};

  // Who sleeps, and so must be woken. They are read without mu_ but only changed under it, and
  // before the sleeper looks a last time for what it waits for: either it sees that, or whoever
  // brings it about sees the sleeper.
  std::atomic<int> num_sleeping_{0};
  std::atomic<bool> caller_sleeps_{false};
  absl::Mutex mu_;
  absl::CondVar work_;      // signalled when passes appear or closing_ is set
  absl::CondVar finished_;  // signalled when the last pass returns

  std::vector<std::thread> threads_;
};

}  // namespace vagram

#endif  // CORE_BASE_PARALLEL_LOOP_H_

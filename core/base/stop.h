#ifndef CORE_BASE_STOP_H_
#define CORE_BASE_STOP_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace vagram {

// A one-way switch that ends every wait: tripped once, with a reason, by a signal, an RPC or a
// failure. Thread-safe. Callbacks run once each, on the thread that trips it (or at once, when it
// has been tripped already), and must not call back into the same Stop, not even to ask for its
// reason.
class Stop {
 public:
  // The first call wins; later ones change nothing.
  void Trip(absl::string_view reason);

  bool tripped() const;
  std::string reason() const;

  // OK while running, CANCELLED with the reason afterwards: `RETURN_IF_ERROR(stop.Check())`.
  absl::Status Check() const;

  // Sleeps up to `timeout`; true as soon as the switch is tripped.
  bool WaitFor(absl::Duration timeout) const;
  void Wait() const;

  // Calls `callback` when tripped, until the returned object is destroyed.
  [[nodiscard]] std::shared_ptr<void> OnTrip(std::function<void()> callback);

  // Callbacks held, dropped ones that were not cleared yet included.
  size_t num_callbacks() const;

 private:
  struct Callback;
  mutable absl::Mutex mu_;
  bool tripped_ ABSL_GUARDED_BY(mu_) = false;
  std::string reason_ ABSL_GUARDED_BY(mu_);
  std::vector<std::weak_ptr<Callback>> callbacks_ ABSL_GUARDED_BY(mu_);
};

// Turns SIGINT and SIGTERM into Stop::Trip on a thread of its own, so that no code runs in a signal
// handler; the second signal ends the process at once with 128 + its number.
// Create it in main before any other thread starts: it blocks the signals for all later threads.
class SignalThread {
 public:
  explicit SignalThread(Stop* stop);
  ~SignalThread();

 private:
  std::thread thread_;
};

}  // namespace vagram

#endif  // CORE_BASE_STOP_H_

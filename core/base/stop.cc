#include "core/base/stop.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace vagram {

struct Stop::Callback {
  // Held while the callback runs, so that its owner's destructor waits for it.
  absl::Mutex mu;
  std::function<void()> run ABSL_GUARDED_BY(mu);
};

void Stop::Trip(absl::string_view reason) {
  std::vector<std::weak_ptr<Callback>> callbacks;
  {
    absl::MutexLock lock(&mu_);
    if (tripped_) return;
    tripped_ = true;
    reason_ = std::string(reason);
    callbacks.swap(callbacks_);
  }
  for (const std::weak_ptr<Callback>& weak : callbacks) {
    if (std::shared_ptr<Callback> callback = weak.lock()) {
      absl::MutexLock lock(&callback->mu);
      if (callback->run) callback->run();
    }
  }
}

bool Stop::tripped() const {
  absl::MutexLock lock(&mu_);
  return tripped_;
}

std::string Stop::reason() const {
  absl::MutexLock lock(&mu_);
  return reason_;
}

absl::Status Stop::Check() const {
  absl::MutexLock lock(&mu_);
  return tripped_ ? absl::CancelledError(reason_) : absl::OkStatus();
}

bool Stop::WaitFor(absl::Duration timeout) const {
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&tripped_), timeout);
}

void Stop::Wait() const {
  absl::MutexLock lock(&mu_);
  mu_.Await(absl::Condition(&tripped_));
}

size_t Stop::num_callbacks() const {
  absl::MutexLock lock(&mu_);
  return callbacks_.size();
}

std::shared_ptr<void> Stop::OnTrip(std::function<void()> run) {
  auto callback = std::make_shared<Callback>();
  bool run_now = false;
  {
    absl::MutexLock lock(&mu_);
    {
      absl::MutexLock callback_lock(&callback->mu);
      callback->run = std::move(run);
    }
    if (tripped_) {
      run_now = true;
    } else {
      // Handles come and go with every call a worker makes: what was dropped must not pile up.
      callbacks_.erase(std::remove_if(callbacks_.begin(), callbacks_.end(),
                                      [](const auto& weak) { return weak.expired(); }),
                       callbacks_.end());
      callbacks_.push_back(callback);
    }
  }
  if (run_now) {
    absl::MutexLock lock(&callback->mu);
    callback->run();
  }
  // The owner's handle disarms the callback; a run in progress is waited for.
  return std::shared_ptr<void>(callback.get(), [callback](void*) {
    absl::MutexLock lock(&callback->mu);
    callback->run = nullptr;
  });
}

SignalThread::SignalThread(Stop* stop) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGUSR2);  // the destructor's way to end the thread
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  thread_ = std::thread([stop, signals] {
    bool first = true;
    while (true) {
      int signal = 0;
      if (sigwait(&signals, &signal) != 0) continue;
      if (signal == SIGUSR2) return;
      if (!first) std::_Exit(128 + signal);
      first = false;
      stop->Trip(absl::StrCat("received ", signal == SIGINT ? "SIGINT" : "SIGTERM"));
    }
  });
}

SignalThread::~SignalThread() {
  pthread_kill(thread_.native_handle(), SIGUSR2);
  thread_.join();
}

}  // namespace vagram

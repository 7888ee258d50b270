// Makes the locks of the distribution's Abseil visible to ThreadSanitizer. That library is compiled
// without it, so what a lock orders would be reported as a race. This file, linked into every
// program of a tsan build, stands in front of Abseil's functions (the dynamic linker prefers a
// program's own symbols): each tells the sanitizer what it orders and calls the real one.
//
// Conditions that one thread evaluates for another run inside Abseil; tsan.supp covers these.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <string>

#include "absl/base/options.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

#define VAGRAM_TEXT_(x) #x
#define VAGRAM_TEXT(x) VAGRAM_TEXT_(x)

namespace absl {
ABSL_NAMESPACE_BEGIN
namespace {

// The library's own function: `kind` is _ZN or, for const ones, _ZNK; `rest` the mangled name
// behind the namespaces.
void* Real(const char* kind, const char* rest) {
  const std::string space = VAGRAM_TEXT(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  const std::string name =
      kind + std::string("4absl") + std::to_string(space.size()) + space + rest;
  void* const function = dlsym(RTLD_NEXT, name.c_str());
  if (function == nullptr) __builtin_trap();  // another Abseil: its signatures differ
  return function;
}

}  // namespace

// Calls the real function of the type R(self, arguments...).
#define VAGRAM_REAL(kind, rest, R, ...) \
  static const auto real = reinterpret_cast<R (*)(__VA_ARGS__)>(Real(kind, rest))

void Mutex::Lock() {
  VAGRAM_REAL("_ZN", "5Mutex4LockEv", void, Mutex*);
  real(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  VAGRAM_REAL("_ZN", "5Mutex6UnlockEv", void, Mutex*);
  __tsan_release(this);
  real(this);
}

bool Mutex::TryLock() {
  VAGRAM_REAL("_ZN", "5Mutex7TryLockEv", bool, Mutex*);
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::ReaderLock() {
  VAGRAM_REAL("_ZN", "5Mutex10ReaderLockEv", void, Mutex*);
  real(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  VAGRAM_REAL("_ZN", "5Mutex12ReaderUnlockEv", void, Mutex*);
  __tsan_release(this);
  real(this);
}

bool Mutex::ReaderTryLock() {
  VAGRAM_REAL("_ZN", "5Mutex13ReaderTryLockEv", bool, Mutex*);
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::LockWhen(const Condition& condition) {
  VAGRAM_REAL("_ZN", "5Mutex8LockWhenERKNS0_9ConditionE", void, Mutex*, const Condition&);
  real(this, condition);
  __tsan_acquire(this);
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  VAGRAM_REAL("_ZN", "5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE", bool, Mutex*,
              const Condition&, Duration);
  const bool holds = real(this, condition, timeout);
  __tsan_acquire(this);
  return holds;
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  VAGRAM_REAL("_ZN", "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE", bool, Mutex*,
              const Condition&, Time);
  const bool holds = real(this, condition, deadline);
  __tsan_acquire(this);
  return holds;
}

void Mutex::Await(const Condition& condition) {
  VAGRAM_REAL("_ZN", "5Mutex5AwaitERKNS0_9ConditionE", void, Mutex*, const Condition&);
  __tsan_release(this);
  real(this, condition);
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  VAGRAM_REAL("_ZN", "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE", bool, Mutex*,
              const Condition&, Duration);
  __tsan_release(this);
  const bool holds = real(this, condition, timeout);
  __tsan_acquire(this);
  return holds;
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  VAGRAM_REAL("_ZN", "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE", bool, Mutex*,
              const Condition&, Time);
  __tsan_release(this);
  const bool holds = real(this, condition, deadline);
  __tsan_acquire(this);
  return holds;
}

void CondVar::Wait(Mutex* mu) {
  VAGRAM_REAL("_ZN", "7CondVar4WaitEPNS0_5MutexE", void, CondVar*, Mutex*);
  __tsan_release(mu);
  real(this, mu);
  __tsan_acquire(mu);
}

bool CondVar::WaitWithTimeout(Mutex* mu, Duration timeout) {
  VAGRAM_REAL("_ZN", "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE", bool, CondVar*, Mutex*,
              Duration);
  __tsan_release(mu);
  const bool timed_out = real(this, mu, timeout);
  __tsan_acquire(mu);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mu, Time deadline) {
  VAGRAM_REAL("_ZN", "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE", bool, CondVar*, Mutex*,
              Time);
  __tsan_release(mu);
  const bool timed_out = real(this, mu, deadline);
  __tsan_acquire(mu);
  return timed_out;
}

void Notification::Notify() {
  VAGRAM_REAL("_ZN", "12Notification6NotifyEv", void, Notification*);
  __tsan_release(this);
  real(this);
}

void Notification::WaitForNotification() const {
  VAGRAM_REAL("_ZNK", "12Notification19WaitForNotificationEv", void, const Notification*);
  real(this);
  __tsan_acquire(const_cast<Notification*>(this));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  VAGRAM_REAL("_ZNK", "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE", bool,
              const Notification*, Duration);
  const bool notified = real(this, timeout);
  if (notified) __tsan_acquire(const_cast<Notification*>(this));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl

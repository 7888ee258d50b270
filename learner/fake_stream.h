#ifndef LEARNER_FAKE_STREAM_H_
#define LEARNER_FAKE_STREAM_H_

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "learner/collect_stream.h"

namespace vagram {

// An actor behind a stream without a network: answers with empty columns of the right size,
// counting its steps from what it was restored to. Breaks after `lifetime` answers; may fall
// silent, or repeat every answer, as networks do. Thread-safe.
class FakeStream : public CollectStream {
 public:
  explicit FakeStream(int lifetime = 1000) : lifetime_(lifetime) {}

  bool Write(const v1::CollectCommand& command) override {
    absl::MutexLock lock(&mu_);
    if (cancelled_) return false;
    commands_.push_back(command);
    answers_.push_back(Answer(command));
    return true;
  }
  bool Read(v1::CollectReply* reply) override {
    absl::MutexLock lock(&mu_);
    if (lifetime_-- <= 0) return false;
    auto speaks = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return !silent_ || cancelled_; };
    mu_.Await(absl::Condition(&speaks));
    if (cancelled_) return false;
    *reply = answers_[read_];
    repeats_ = doubled_ && !repeats_;
    read_ += repeats_ ? 0 : 1;
    return true;
  }
  void Cancel() override {
    absl::MutexLock lock(&mu_);
    cancelled_ = true;
  }

  // From now on, until false, no answer comes.
  void SetSilent(bool silent) {
    absl::MutexLock lock(&mu_);
    silent_ = silent;
  }
  // From now on every answer comes twice.
  void DoubleAnswers() {
    absl::MutexLock lock(&mu_);
    doubled_ = true;
  }

  std::vector<v1::CollectCommand> commands() const {
    absl::MutexLock lock(&mu_);
    return commands_;
  }
  // Blocks until so many commands have come.
  void AwaitCommands(size_t count) const {
    absl::MutexLock lock(&mu_);
    auto there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return commands_.size() >= count; };
    mu_.Await(absl::Condition(&there));
  }
  bool cancelled() const {
    absl::MutexLock lock(&mu_);
    return cancelled_;
  }

 private:
  v1::CollectReply Answer(const v1::CollectCommand& command) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    v1::CollectReply reply;
    reply.set_sequence(command.sequence());
    if (command.has_step()) {
      v1::TransitionColumns& transitions = *reply.mutable_step()->mutable_transitions();
      transitions.set_size(command.step().num_steps());
      transitions.set_first_index(steps_);
      transitions.set_policy_version(command.step().policy_version());
      steps_ += command.step().num_steps();
      reply.mutable_step()->mutable_state()->set_total_steps(steps_);
    } else if (command.has_evaluate()) {
      for (int i = 0; i < command.evaluate().num_episodes(); ++i) {
        reply.mutable_evaluate()->add_returns(i);
      }
    } else {
      steps_ = command.restore().total_steps();
      reply.mutable_restore();
    }
    return reply;
  }

  mutable absl::Mutex mu_;
  int lifetime_ ABSL_GUARDED_BY(mu_);
  bool silent_ ABSL_GUARDED_BY(mu_) = false;
  bool doubled_ ABSL_GUARDED_BY(mu_) = false;
  bool repeats_ ABSL_GUARDED_BY(mu_) = false;  // the next answer read is the last one again
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  int64_t steps_ ABSL_GUARDED_BY(mu_) = 0;
  size_t read_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<v1::CollectCommand> commands_ ABSL_GUARDED_BY(mu_);
  std::vector<v1::CollectReply> answers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // LEARNER_FAKE_STREAM_H_

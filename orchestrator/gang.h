#ifndef ORCHESTRATOR_GANG_H_
#define ORCHESTRATOR_GANG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "orchestrator/gang_plan.h"
#include "orchestrator/launcher/launcher.h"

namespace vagram {

// The processes of one attempt of a trial, from their launch until the last of them is gone. They
// live and die together: the first that exits or falls silent makes the gang fail, and a gang that
// failed is ended as a whole (SIGTERM, after a grace SIGKILL). Owned by the scheduler; not
// thread-safe; never blocks.
class Gang {
 public:
  struct Options {
    absl::Duration lease = absl::Seconds(30);       // silence that makes it fail
    absl::Duration kill_grace = absl::Seconds(10);  // from SIGTERM to SIGKILL
    // From a worker's exit with 0 to the learner's word that the trial is over: the learner lets
    // its peers go first.
    absl::Duration done_grace = absl::Seconds(5);
  };

  struct Member {
    WorkerSlot slot;
    Process process;
    std::string log_file;
    std::string address;  // where it serves; empty until it registered, or when it serves nothing
    std::string host;
    bool heard = false;  // it has spoken to this orchestrator
    bool gone = false;
    absl::Time last_heartbeat;
  };

  Gang(int64_t attempt, const Options& options, Launcher* launcher)
      : attempt_(attempt), options_(options), launcher_(launcher) {}

  // Adds a process, launched just now or taken over.
  void Add(const WorkerSlot& slot, const Process& process, const std::string& log_file,
           const std::string& address, absl::Time now);

  // A sign of life of one member; false when the gang has no such member.
  bool Hear(const WorkerSlot& slot, const std::string& address, const std::string& host,
            absl::Time now);

  // Looks after the processes; call it often.
  void Advance(absl::Time now);

  // Makes it fail for an outside reason.
  void Fail(const std::string& reason, absl::Time now);
  // The members are told to end by themselves; whoever stays beyond `grace` is terminated.
  void Drain(absl::Duration grace, absl::Time now);
  void Terminate(absl::Time now);

  // Counts the silence so far as heard: it was this process that did not listen.
  void RenewLeases(absl::Time now);

  int64_t attempt() const { return attempt_; }
  const std::vector<Member>& members() const { return members_; }
  const Member* Find(const WorkerSlot& slot) const;
  bool AllHeard() const;
  bool AllGone() const;
  // Why it failed, such as `learner.0 exited with 1: LAST LINE OF ITS LOG`; empty while healthy.
  const std::string& failure() const { return failure_; }

 private:
  enum class Phase { kRunning, kDraining, kTerminating, kKilling };

  // Marks members that are gone; the reason of the first that should not be, empty when none.
  std::string CollectExits(absl::Time now);
  std::string FindSilent(absl::Time now) const;
  void Kill(absl::Time now);

  const int64_t attempt_;
  const Options options_;
  Launcher* const launcher_;
  std::vector<Member> members_;
  Phase phase_ = Phase::kRunning;
  absl::Time deadline_ = absl::InfiniteFuture();  // of the phase
  std::string failure_;
  std::string done_;  // who exited with 0 first
  absl::Time done_deadline_ = absl::InfiniteFuture();
};

}  // namespace vagram

#endif  // ORCHESTRATOR_GANG_H_

#ifndef ORCHESTRATOR_GANG_H_
#define ORCHESTRATOR_GANG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "orchestrator/gang_plan.h"
#include "orchestrator/launcher/launcher.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// The processes of one attempt of a trial, from their launch until the last of them is gone.
// Learner and model server live and die together: the first that exits or falls silent makes the
// gang fail, and a gang that failed is ended as a whole (SIGTERM, after a grace SIGKILL). An actor
// holds nothing that its learner could not give to another: one that is gone is lost, and the owner
// may put another process in its place. A gang that is preempted is told to end too, but has time
// to save a checkpoint first. Owned by the scheduler; not thread-safe; never blocks.
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
    bool heard = false;    // it has spoken to this orchestrator
    bool leaving = false;  // it was told to end: by this gang or, as it says itself, by another
    bool gone = false;
    absl::Time last_heartbeat;
    std::optional<v1::TimeUse> time_use;  // as it said last
    // Of actors.
    std::string silence;  // why it was killed, if it was for its silence
    absl::Time kill_again = absl::InfinitePast();
    std::string loss;  // how it ended
    bool loss_counts = true;
    absl::Time lost_at = absl::InfiniteFuture();  // when its end becomes a loss
  };

  // An actor that is gone.
  struct Loss {
    WorkerSlot slot;
    std::string reason;  // such as `actor.0 (pid 7) was killed by SIGKILL`
    bool counts = true;  // false: somebody told it to end
  };

  Gang(int64_t attempt, const Options& options, Launcher* launcher)
      : attempt_(attempt), options_(options), launcher_(launcher) {}

  // Adds a process, launched just now or taken over.
  void Add(const WorkerSlot& slot, const Process& process, const std::string& log_file,
           const std::string& address, absl::Time now);
  // Puts a process launched just now in the place of one that is gone.
  void Replace(const WorkerSlot& slot, const Process& process, absl::Time now);

  // A sign of life of one member; false when the gang has no such member.
  bool Hear(const WorkerSlot& slot, const std::string& address, const std::string& host,
            absl::Time now);
  // The member says how it has used its time so far. Answers what that adds to what it said before:
  // nothing with its first word, of which an earlier orchestrator may have heard, and nothing where
  // a number is none or has become less.
  v1::TimeUse HearTimeUse(const WorkerSlot& slot, const v1::TimeUse& time_use);
  // The member says that somebody told it to end.
  void HearLeaving(const WorkerSlot& slot);

  // Looks after the processes; call it often.
  void Advance(absl::Time now);

  // The actors lost since the last call.
  std::vector<Loss> TakeLosses() { return std::exchange(losses_, {}); }

  // Makes it fail for an outside reason.
  void Fail(const std::string& reason, absl::Time now);
  // The members are told to end by themselves; whoever stays beyond `grace` is terminated.
  void Drain(absl::Duration grace, absl::Time now);
  // After `tell_after`, SIGTERM to the members that are not known to have had one: a second would
  // end them at once. They have `grace` to save a checkpoint; when the learner is gone the others
  // are told again, and whoever stays beyond `grace` and kill_grace is killed. However they end, it
  // is no failure and no loss.
  void Preempt(absl::Duration grace, absl::Duration tell_after, absl::Time now);
  void Terminate(absl::Time now);

  // Counts the silence so far as heard: it was this process that did not listen.
  void RenewLeases(absl::Time now);

  int64_t attempt() const { return attempt_; }
  const std::vector<Member>& members() const { return members_; }
  const Member* Find(const WorkerSlot& slot) const;
  bool AllHeard() const;
  bool AllGone() const;
  // Preempted, or already past that.
  bool leaving() const { return phase_ != Phase::kRunning && phase_ != Phase::kDraining; }
  // Nothing is expected of its members any more.
  bool ending() const { return phase_ == Phase::kTerminating || phase_ == Phase::kKilling; }
  // Why it failed, such as `learner.0 exited with 1: LAST LINE OF ITS LOG`; empty while healthy.
  const std::string& failure() const { return failure_; }
  // Who left without this gang being preempted, such as `learner.0 (pid 7) was told to end`.
  const std::string& left() const { return left_; }

 private:
  enum class Phase { kRunning, kDraining, kLeaving, kTerminating, kKilling };

  Member* FindMember(const WorkerSlot& slot);
  // Marks members that are gone; why the gang fails by that, empty when it does not.
  std::string CollectExits(absl::Time now);
  // Why the gang fails by the exit of a learner or a model server; empty when it does not.
  std::string JudgeExit(const Member& member, const Exit& exit, absl::Time now);
  void NoteLoss(Member& member, const Exit& exit, absl::Time now);
  std::string FindSilent(absl::Time now) const;
  void KillSilentActors(absl::Time now);
  void FindLosses(absl::Time now);
  bool LearnerGone() const;
  void Tell();
  void Kill(absl::Time now);

  const int64_t attempt_;
  const Options options_;
  Launcher* const launcher_;
  std::vector<Member> members_;
  Phase phase_ = Phase::kRunning;
  absl::Time deadline_ = absl::InfiniteFuture();  // of the phase
  absl::Time tell_at_ = absl::InfiniteFuture();   // kLeaving: when to send SIGTERM
  std::vector<Loss> losses_;
  std::string failure_;
  std::string left_;
  std::string done_;  // who exited with 0 first
  absl::Time done_deadline_ = absl::InfiniteFuture();
};

}  // namespace vagram

#endif  // ORCHESTRATOR_GANG_H_

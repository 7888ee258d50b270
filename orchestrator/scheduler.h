#ifndef ORCHESTRATOR_SCHEDULER_H_
#define ORCHESTRATOR_SCHEDULER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/clock.h"
#include "orchestrator/fair_share.h"
#include "orchestrator/gang.h"
#include "orchestrator/launcher/launcher.h"
#include "orchestrator/resources.h"
#include "orchestrator/scheduler_statistics.h"
#include "orchestrator/search.h"
#include "orchestrator/step_pace.h"
#include "orchestrator/store/store.h"
#include "orchestrator/store/trial_id.h"
#include "orchestrator/trial_results.h"
#include "orchestrator/trial_state.h"
#include "orchestrator/video_queue.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// Decides which trial runs when, and sees each through to its end: QUEUED until it is its turn
// (fair_share.h), STARTING once its gang is launched, RUNNING once all workers have registered
// (STALLED while it shows no sign of work), then SUCCEEDED, STOPPED, FAILED or CANCELLED. A gang
// that fails is ended as a whole; the trial is queued again as the next attempt, after a growing
// pause, while its experiment's `restarts` last: that many attempts in a row may fail without one
// that comes further than all before, for a trial goes on from its checkpoint, however often it
// is interrupted. There are never two gangs of one trial: the next attempt waits until the last
// process of the one before is gone. An actor that is lost is replaced within its attempt. Where an
// experiment is to fail fast, a trial that becomes FAILED cancels the unfinished others, in the
// same transaction.
//
// A gang is preempted for several ends: a user pauses or preempts its trial, the service stops, or
// one of its workers says that somebody else has told it to end. Its processes are then given time
// to save a checkpoint, as the same attempt; only when the last is gone does the trial become
// QUEUED, or rest as PAUSED, which is in the store from the moment that the user asked for it.
//
// Where an experiment has early stopping, a trial that reaches a rung is paused until its arm is
// promoted, and queued again or STOPPED as the rule has it (early_stopping.h). What it showed there
// is in the store together with what follows from it.
//
// Every change is in the store before anyone is told. What the store refuses (a full disk) is tried
// again with the next Tick; a launch for which there is no room is tried again some seconds later,
// as an attempt that does not count. Thread-safe; one thread calls Tick. Only Resolve and the Await
// methods wait, and Stop ends their waits.
class Scheduler {
 public:
  struct Options {
    int slots = 1;
    int64_t threads = 0;       // compute threads; 0: no limit
    bool firm_threads = true;  // false: a trial that wants more than there are takes all of them
    int64_t memory_mib = 0;    // 0: no limit
    std::string bin_dir;
    std::string token_file;
    absl::Duration heartbeat = absl::Seconds(1);       // asked of the workers
    absl::Duration finish_grace = absl::Seconds(10);   // for a finished trial's workers to exit
    absl::Duration preempt_grace = absl::Seconds(20);  // for a preempted gang to save a checkpoint
    Gang::Options gang;
  };

  // Not owned; must outlive the scheduler.
  struct Deps {
    Store* store = nullptr;
    Launcher* launcher = nullptr;
    TrialResults* results = nullptr;
    Clock* clock = nullptr;
    VideoQueue* videos = nullptr;  // may be null: then no videos are made
  };

  // Takes up what the store holds: an unfinished trial whose learner and model server run is
  // continued (they have one lease to find this orchestrator; lost actors are replaced); of others,
  // what still runs is ended and the trial is queued again, which does not count against its
  // restarts. A PAUSED trial stays so; its processes may finish their checkpoint. Processes of
  // another home, which this one is a copy of, are left alone.
  static absl::StatusOr<std::unique_ptr<Scheduler>> Create(const Options& options,
                                                           const Deps& deps);

  // From now on gangs may be launched, which reach this orchestrator at `address`.
  void Start(const std::string& address);

  // Ends all waits and preempts all gangs; their trials are then QUEUED for the next service. Goes
  // on with Tick until Idle.
  void Stop();
  bool Idle() const;  // no process left

  // Looks after gangs, starts queued trials, saves progress.
  void Tick();
  // Waits for something to do, at most `timeout`.
  void AwaitWork(absl::Duration timeout);
  void Wake();

  // For users.
  absl::StatusOr<Submission> Submit(const NewExperiment& experiment);
  //   FAILED_PRECONDITION: a trial needs more than this service has.
  absl::Status CheckFits(const NewExperiment& experiment) const;
  // Cancel, Pause and Resume change all trials of an experiment or, with an error, none.
  absl::Status Cancel(const ExperimentOrTrial& id);
  absl::Status Pause(const ExperimentOrTrial& id);
  absl::Status Resume(const ExperimentOrTrial& id);
  absl::Status Preempt(const ExperimentOrTrial& id);
  // The trial as it is now, without its configuration; nullopt once it has ended, or if unknown.
  std::optional<v1::Trial> Find(const TrialId& id) const;
  int used_slots() const { return static_cast<int>(used().slots); }
  Resources used() const;
  void ReportUse(v1::ServiceInfo* info) const;  // what is used, in its fields
  SchedulerStatistics Statistics() const;
  // A number that grows with every change of the experiment.
  int64_t Version(int64_t experiment) const;
  // Waits until it is another than `known`; false when there was no change for `timeout`, or the
  // scheduler stops.
  bool AwaitChange(int64_t experiment, int64_t known, absl::Duration timeout) const;

  // For workers; the proto's comments are the contract.
  absl::StatusOr<v1::RegisterResponse> Register(const v1::RegisterRequest& request);
  absl::StatusOr<std::string> Resolve(const v1::ResolveRequest& request, absl::Duration max_wait);
  absl::StatusOr<bool> Heartbeat(const v1::HeartbeatRequest& request);  // true: stop
  absl::StatusOr<int64_t> ReportMetrics(const v1::ReportMetricsRequest& request);
  absl::Status ReportPolicy(const v1::ReportPolicyRequest& request);
  absl::Status FinishTrial(const v1::FinishTrialRequest& request);

 private:
  // A trial that has not ended, or whose processes are not all gone yet.
  struct Live {
    // Whether the gang is of the trial's present attempt.
    bool HasPresentGang() const {
      return gang != nullptr && gang->attempt() == record.trial.attempt();
    }
    // Whether it is PAUSED, but its processes are not all gone yet.
    bool ComesToRest() const { return record.trial.state() == v1::PAUSED && HasPresentGang(); }

    TrialRecord record;
    Resources needs;
    std::unique_ptr<Gang> gang;  // may be of the attempt before
    absl::Time not_before = absl::InfinitePast();
    bool adopted = false;  // the gang was launched by an earlier orchestrator
    bool progress_saved = true;
    std::string preempted;                          // why the gang is; empty: it is not
    absl::Time worked_at = absl::InfiniteFuture();  // when the last sign of work was seen
    StepPace pace;                                  // of this attempt

    // Lost actors: their places, how many were lost in a row without a step of the learner between
    // them, where it was at the last, and when the next may be launched.
    std::vector<WorkerSlot> vacant;
    int losses = 0;
    int64_t loss_step = 0;
    absl::Time replace_at = absl::InfinitePast();
    absl::Time replaced_at = absl::InfinitePast();
  };

  // A trial and what it becomes.
  struct Change {
    Live* live;
    Transition transition;
  };

  Scheduler(const Options& options, const Deps& deps)
      : options_(options),
        deps_(deps),
        budget_({options.slots, options.threads, options.memory_mib}),
        fair_share_(budget_) {}

  absl::Status Restore() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status TakeOver(Live& live, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // The live trial if this is its present attempt: NOT_FOUND and ABORTED otherwise.
  absl::StatusOr<Live*> Current(const std::string& trial_id, int64_t attempt)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Hear(Live& live, const WorkerSlot& slot, const std::string& address,
                    const std::string& host) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Status FindStored(const ExperimentOrTrial& id) const;

  void LookAfter(Live& live, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status EndAttempt(Live& live, const std::string& reason, bool counts, absl::Duration pause,
                          absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void SaveProgress(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Launches (scheduler_queue.cc).
  // What a trial takes of this service's budget.
  Resources Needs(const v1::TrialConfig& config) const;
  void FailTooWide(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void StartQueued(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Launch(Live& live, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What was launched of it when an error comes is in the gang.
  absl::Status LaunchGang(Live& live, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<Process> LaunchWorker(const Live& live, const WorkerSlot& slot,
                                       const std::string& log_file)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status PutWorker(const Live& live, const WorkerSlot& slot, const Process& process,
                         const std::string& address, const std::string& log_file)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Why a queued trial is.
  std::string QueueReason(const Live& live) const ABSL_SHARED_LOCKS_REQUIRED(mu_);

  // Preemption (scheduler_pause.cc).
  void PreemptGang(Live& live, const std::string& why, absl::Duration tell_after, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What a trial becomes that rests no more, and what is to be done once it is stored. `why` it was
  // preempted, where its processes still save.
  static Transition GoesOn(const Live& live);
  static void WentOn(Live& live, const std::string& why);
  // The record of a trial that comes to rest as it was when it ran; of another as it is.
  static TrialRecord AsBeforeRest(const Live& live);
  // What the trial's user is to know of a preemption that is under way; empty when there is none.
  static std::string PreemptionReason(const Live& live);

  // Early stopping (scheduler_early_stopping.cc).
  // What the store knows of the experiment's early stopping, if it has any.
  absl::Status RestoreSearch(int64_t experiment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // nullptr: the experiment has no early stopping.
  Search* FindSearch(int64_t experiment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Looks for rungs among rows that are stored.
  absl::Status HearRows(Live& live, absl::Span<const v1::MetricRow> rows)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Decides for every search that something has changed in, and forgets those that are over.
  void DecideSearches() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Stores `update` with all that follows from it and from `search`, which has it already.
  absl::Status Conclude(Search search, EarlyStoppingUpdate update)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // What a trial becomes whose user resumes it: PAUSED at its rung while its arm is not promoted.
  Transition ResumedOrWaits(const Live& live) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Lost actors (scheduler_actors.cc).
  void ReplaceActors(Live& live, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CountLoss(Live& live, const std::string& reason, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status ReplaceActor(Live& live, const WorkerSlot& slot, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Signs of work (scheduler_stall.cc).
  void HearProgress(Live& live, const v1::Progress& progress, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FindStall(Live& live, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether this attempt has stored more rows of metrics than any before. To compare with the last
  // one would not do: it may have died before it reported its checkpoint's rows again.
  bool CameFurther(const TrialRecord& record) const;

  // Stores what the trial becomes, then shows it; with a trial that becomes FAILED end the others
  // of an experiment that is to fail fast.
  absl::Status Become(Live& live, Transition transition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // All or none, with what early stopping has to add. Ends the processes of those that become
  // CANCELLED or STOPPED.
  absl::Status BecomeAll(std::vector<Change> changes, const EarlyStoppingUpdate& update = {})
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Cancels what is unfinished of `id`, without `except` (may be null).
  std::vector<Change> Cancellations(const ExperimentOrTrial& id, const Live* except,
                                    const std::string& reason, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  const Deps deps_;
  const Budget budget_;
  mutable absl::Mutex mu_;
  std::map<TrialId, Live> live_ ABSL_GUARDED_BY(mu_);        // in order of submission
  Resources used_ ABSL_GUARDED_BY(mu_);                      // by those with a gang
  std::map<int64_t, Search> searches_ ABSL_GUARDED_BY(mu_);  // by experiment
  std::set<int64_t> undecided_ ABSL_GUARDED_BY(mu_);  // searches that something has changed in
  FairShare fair_share_ ABSL_GUARDED_BY(mu_);
  std::optional<FairShare::Blocked> blocked_ ABSL_GUARDED_BY(mu_);  // at its last choice
  // While the disk is full: when the next gang may be launched, and why the last one was not.
  absl::Time launch_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  std::string no_room_ ABSL_GUARDED_BY(mu_);
  std::string address_ ABSL_GUARDED_BY(mu_);  // empty until Start
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  bool work_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time last_tick_ ABSL_GUARDED_BY(mu_);
  absl::Time progress_saved_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  absl::flat_hash_map<int64_t, int64_t> versions_ ABSL_GUARDED_BY(mu_);
  SchedulerTotals totals_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // ORCHESTRATOR_SCHEDULER_H_

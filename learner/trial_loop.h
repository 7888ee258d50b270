#ifndef LEARNER_TRIAL_LOOP_H_
#define LEARNER_TRIAL_LOOP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/stop.h"
#include "core/base/time_use.h"
#include "core/env/task.h"
#include "core/replay/replay_buffer.h"
#include "learner/background_training.h"
#include "learner/collector.h"
#include "learner/epoch_metrics.h"
#include "learner/learned_model.h"
#include "learner/sac/sac.h"
#include "learner/snapshot_board.h"
#include "learner/trial_checkpoints.h"
#include "model_server/dynamics.h"
#include "proto/orchestrator.pb.h"
#include "proto/spec.pb.h"

namespace vagram {

// Where a trial's rows of metrics, its policies and its signs of life go.
class TrialReporter {
 public:
  virtual ~TrialReporter() = default;
  virtual absl::Status Report(const v1::MetricRow& row) = 0;  // returns when the row is safe
  // Returns when the policy is safe. `last`: it is what the trial ends with.
  virtual absl::Status ReportPolicy(const v1::PolicyFile& policy, bool last) = 0;
  virtual void SetProgress(const v1::Progress& progress) = 0;
};

// Model-based policy optimisation (Janner 2019, Algorithm 2, with the model loss of Voelcker 2022,
// Algorithm 1): collect, train the model, imagine, improve the policy. With algorithm `sac` there
// is no model and all data is real. By `schedule.mode` (docs/design/0017-schedules.md):
//   lockstep   nobody runs ahead of anybody.
//   pipelined  the model is trained while the policy is improved with the one before; it is handed
//              over where the next training begins.
//   async      actors run ahead within UpdateRatio, the model is handed over when it is ready.
// The first two make a trial a pure function of the configuration, the seed and what the loop's
// peers answer. One thread, and one for a training in the background.
class TrialLoop {
 public:
  struct Peers {
    Collector* actors;   // null for async
    Dynamics* dynamics;  // null for algorithm `sac`
    SnapshotBoard* board;
    TrialReporter* reporter;
    Clock* clock;
    const Stop* stop;
    TrialCheckpoints* checkpoints = nullptr;  // null: none are made, none is looked for
    const Stop* leave = nullptr;              // told to end, once a checkpoint is saved
    AheadCollector* ahead = nullptr;          // for async
    TimeUse* time_use = nullptr;              // its waits for peers are starved time
  };

  //   INVALID_ARGUMENT: a configuration that cannot run.
  static absl::StatusOr<std::unique_ptr<TrialLoop>> Create(const v1::TrialConfig& config,
                                                           const Task& task, Peers peers);

  // From the first step, or the newest checkpoint, to the last step. A trial that goes on from a
  // checkpoint reports its rows of before again, then does what the one that was cut off would have
  // done, bit for bit. A full disk makes it wait for room. Returns early with CANCELLED on stop, or
  // on leave with a checkpoint of the last whole step saved; with the first error of a
  // peer, and before anybody sees a number that is not finite:
  //   INTERNAL (DivergedError): agent, model or imagination diverged; names step, cause and remedy.
  //   INVALID_ARGUMENT: the environment gave a transition that is not finite.
  //   FAILED_PRECONDITION: a checkpoint of another configuration.
  absl::Status Run();

 private:
  TrialLoop(const v1::TrialConfig& config, const Task& task, Peers peers, SacOptions sac_options,
            std::unique_ptr<Sac> sac);
  absl::Status MakeLearnedModel();

  bool model_based() const { return peers_.dynamics != nullptr; }
  bool warming_up() const { return step_ < config_.sac().warmup_steps(); }
  bool imagines() const {
    const v1::LinearSchedule& share = config_.imagine().model_share();
    return share.from() > 0 || share.to() > 0;
  }
  int64_t epoch() const { return step_ / config_.schedule().epoch_length(); }

  bool pipelined() const { return config_.schedule().mode() == "pipelined"; }
  bool leaving() const { return peers_.leave != nullptr && peers_.leave->tripped(); }
  Actors& actors() const {
    if (peers_.ahead != nullptr) return *peers_.ahead;
    return *peers_.actors;
  }

  absl::Status TakeTurns();
  absl::Status TakeStep();
  absl::Status Collect(int64_t num_steps);
  absl::Status Append(const v1::StepReply& reply);

  // trial_loop_async.cc
  absl::Status RunAhead();
  absl::Status TakeArrivals(absl::Duration max_wait);
  absl::Status RestActors();
  absl::Status TendModel();

  // trial_loop_model.cc
  absl::Status TurnToModel();
  absl::Status BeginTraining();
  absl::Status AwaitTraining();
  void KeepForHandOver(v1::TrainResult result);
  absl::Status HandOverModel();
  absl::Status NoteTraining(const v1::TrainResult& result);
  absl::Status PullModel();
  absl::Status Imagine();
  void CountRetained();
  absl::Status CheckModel(const v1::TrainResult& result) const;

  absl::Status ImprovePolicy(int64_t updates);
  void MixBatch();

  // trial_loop_epoch.cc
  int64_t EpochsEnded() const;
  bool EpochIsDue() const { return reported_.rows_size() < EpochsEnded(); }
  absl::Status EndEpoch();
  absl::Status Evaluate();
  absl::Status ReportPolicy(int64_t epoch, bool evaluated, bool last);

  // trial_loop_checkpoint.cc
  // Calls `write` until it finds room on the disk.
  absl::Status WithRoom(absl::string_view what, const std::function<absl::Status()>& write);
  absl::Status SaveCheckpoint();
  // Whether an error is only that of peers that were told to end first, and nothing was begun that
  // a checkpoint would have to know of.
  bool MayLeaveAfter(const absl::Status& status) const;
  absl::Status Leave();
  absl::Status GoOnFromCheckpoint();
  absl::Status Restore(TrialCheckpoints::Restored restored);
  absl::Status PublishPolicy();
  absl::Status AtThisStep(const absl::Status& status) const;
  void ShowProgress(absl::string_view activity);

  const v1::TrialConfig config_;
  const Peers peers_;
  const Task task_;

  const SacOptions sac_options_;
  std::unique_ptr<Sac> sac_;
  std::unique_ptr<LearnedModel> model_;  // null where the updates use none
  Rng batch_rng_;                        // draws SAC's batches
  ReplayBuffer model_replay_;
  int64_t retained_;  // newest imagined transitions that count: of the last trainings
  std::vector<int64_t> imagined_per_training_;
  TransitionBatch batch_;
  TransitionBatch model_rows_;
  std::vector<int64_t> indices_;

  int64_t step_ = 0;
  bool between_steps_ = true;  // false: some of what belongs to a step is done, some not
  int64_t trainings_ = 0;
  int64_t evaluations_ = 0;
  int64_t model_version_ = 0;
  int64_t critic_version_ = 0;                      // that the model in use was trained with
  std::unique_ptr<BackgroundTraining> background_;  // null in lockstep and without a model
  int64_t training_since_ = 0;                      // step at which the running training began
  int64_t training_critics_ = 0;                    // version that it was given
  std::optional<v1::FinishedTraining> finished_;    // whose model is not in use yet
  std::shared_ptr<const v1::PolicySnapshot> policy_;
  double last_return_;
  v1::ReportedState reported_;  // all rows so far
  int64_t saved_step_ = -1;     // of the newest checkpoint of this process, with so many rows:
  int saved_rows_ = 0;
  int64_t work_ = 0;  // everything done, for a sign of life
  EpochMetrics metrics_;
  ProgressMeter meter_;
};

}  // namespace vagram

#endif  // LEARNER_TRIAL_LOOP_H_

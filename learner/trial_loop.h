#ifndef LEARNER_TRIAL_LOOP_H_
#define LEARNER_TRIAL_LOOP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/clock.h"
#include "core/base/random.h"
#include "core/base/stop.h"
#include "core/env/task.h"
#include "core/replay/replay_buffer.h"
#include "learner/actor_pool.h"
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

// Model-based policy optimisation in lockstep (Janner 2019, Algorithm 2, with the model loss of
// Voelcker 2022, Algorithm 1): collect, train the model, imagine, improve the policy; nobody runs
// ahead of anybody. With algorithm `sac` there is no model and all data is real. A pure function of
// the configuration, the seed and what its collaborators answer. One thread.
class TrialLoop {
 public:
  struct Peers {
    Collector* actors;
    Dynamics* dynamics;  // null for algorithm `sac`
    SnapshotBoard* board;
    TrialReporter* reporter;
    Clock* clock;
    const Stop* stop;
    TrialCheckpoints* checkpoints = nullptr;  // null: none are made, none is looked for
  };

  //   INVALID_ARGUMENT: a configuration that cannot run.
  static absl::StatusOr<std::unique_ptr<TrialLoop>> Create(const v1::TrialConfig& config,
                                                           const Task& task, Peers peers);

  // From the first step, or the newest checkpoint, to the last step. A trial that goes on from a
  // checkpoint reports its rows of before again, then does what the one that was cut off would have
  // done, bit for bit. A full disk makes it wait for room. Returns early with CANCELLED on stop,
  // with the first error of a collaborator, and before anybody sees a number that is not finite:
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

  absl::Status Collect(int64_t num_steps);
  absl::Status TrainModel();
  absl::Status NoteTraining(const v1::TrainResult& result);
  absl::Status PullModel();
  absl::Status Imagine();
  absl::Status ImprovePolicy();
  void MixBatch();
  absl::Status EndEpoch();
  absl::Status Evaluate();
  absl::Status ReportPolicy(int64_t epoch, bool evaluated, bool last);
  void CountRetained();

  // trial_loop_checkpoint.cc
  absl::Status SaveCheckpoint();
  absl::Status GoOnFromCheckpoint();
  absl::Status Restore(const TrialCheckpoints::Restored& restored);
  absl::Status PublishPolicy();
  absl::Status CheckModel(const v1::TrainResult& result) const;
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
  int64_t trainings_ = 0;
  int64_t evaluations_ = 0;
  int64_t model_version_ = 0;
  int64_t critic_version_ = 0;  // that the newest model was trained with
  std::shared_ptr<const v1::PolicySnapshot> policy_;
  double last_return_;
  v1::ReportMetricsRequest reported_;  // all rows so far
  EpochMetrics metrics_;
  ProgressMeter meter_;
};

}  // namespace vagram

#endif  // LEARNER_TRIAL_LOOP_H_

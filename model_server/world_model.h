#ifndef MODEL_SERVER_WORLD_MODEL_H_
#define MODEL_SERVER_WORLD_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/dynamics/ensemble.h"
#include "core/dynamics/loss_catalog.h"
#include "core/dynamics/model_training.h"
#include "core/dynamics/value_functions.h"
#include "core/env/task.h"
#include "core/nn/gaussian_policy.h"
#include "core/replay/replay_buffer.h"
#include "learner/transition_source.h"
#include "proto/checkpoint.pb.h"
#include "proto/model_server.pb.h"
#include "proto/spec.pb.h"

namespace vagram {

// A trial's learned model: a mirror of the learner's replay, the dynamics ensemble with its
// optimizer and normalizer, and what it imagines. Thread-safe; calls run one at a time, because the
// ensemble is one set of parameters and the thread budget is one trial's.
class WorldModel {
 public:
  //   INVALID_ARGUMENT, NOT_FOUND: a configuration that cannot run. `source` must outlive the
  //   model.
  static absl::StatusOr<std::unique_ptr<WorldModel>> Create(const v1::TrialConfig& config,
                                                            const Task& task,
                                                            TransitionSource* source);

  // See ModelServer.Train. `progress` is called once all data is there and after every epoch; its
  // error ends the training.
  absl::StatusOr<v1::TrainResult> Train(
      const v1::TrainRequest& request,
      const std::function<absl::Status(const v1::TrainProgress&)>& progress);

  // See ModelServer.Imagine. Chunks go to `sink` in order; its error ends the call.
  absl::StatusOr<v1::ImagineResult> Imagine(
      const v1::ImagineRequest& request,
      const std::function<absl::Status(const TransitionBatch&)>& sink);

  absl::StatusOr<v1::GetModelResponse> GetModel(const v1::GetModelRequest& request);
  absl::StatusOr<v1::PredictResponse> Predict(const v1::PredictRequest& request);

  // See ModelServer.SaveState and RestoreState.
  v1::ModelServerState SaveState();
  absl::Status RestoreState(const v1::ModelServerState& state);

 private:
  WorldModel(const v1::TrialConfig& config, const Task& task, TransitionSource* source,
             GaussianPolicy::Options policy, std::unique_ptr<Ensemble> ensemble,
             std::unique_ptr<ModelTraining> training, const LossInfo& loss);

  absl::Status CheckTrained() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Brings the mirror to [begin_index, end_index) of the learner's replay.
  absl::Status PullTransitions(int64_t begin_index, int64_t end_index)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<TrainingSet> PullTrainingSet(const v1::TrainRequest& request)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  struct Critics {
    std::shared_ptr<const StateValueFunctions> values;
    at::Tensor actor;  // flat, the policy of these value functions
  };
  absl::StatusOr<Critics> PullCritics(int64_t critic_version);

  // Measures the trained model (docs/metrics.md): without values where the critics do not fit a
  // message, which is no reason to end a trial.
  absl::Status Diagnose(const v1::TrainRequest& request, v1::TrainResult* result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const v1::TrialConfig config_;
  const Task task_;
  TransitionSource* const source_;
  const GaussianPolicy::Options policy_options_;
  const bool uses_value_gradients_;
  const bool uses_value_functions_;

  absl::Mutex mu_;
  ReplayBuffer mirror_ ABSL_GUARDED_BY(mu_);
  const std::unique_ptr<Ensemble> ensemble_ ABSL_PT_GUARDED_BY(mu_);
  const std::unique_ptr<ModelTraining> training_ ABSL_PT_GUARDED_BY(mu_);
  int64_t version_ ABSL_GUARDED_BY(mu_) = 0;           // trainings done
  bool told_of_critics_ ABSL_GUARDED_BY(mu_) = false;  // that they are too large to be diagnosed
};

}  // namespace vagram

#endif  // MODEL_SERVER_WORLD_MODEL_H_

// How the training loop stops the world at the end of an epoch, and goes on from there elsewhere.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "learner/trial_loop.h"

namespace vagram {
namespace {

constexpr absl::Duration kTryAgain = absl::Seconds(5);

}  // namespace

absl::Status TrialLoop::SaveCheckpoint() {
  const absl::Time start = peers_.clock->Now();
  ShowProgress("saving a checkpoint");
  TrialCut cut;
  v1::LearnerState& learner = cut.learner;
  learner.set_step(step_);
  learner.set_trainings(trainings_);
  learner.set_evaluations(evaluations_);
  learner.set_model_version(model_version_);
  learner.set_critic_version(critic_version_);
  learner.set_last_return(last_return_);
  learner.set_batch_rng(batch_rng_.Save());
  learner.mutable_imagined_per_training()->Assign(imagined_per_training_.begin(),
                                                  imagined_per_training_.end());
  *learner.mutable_sac() = sac_->SaveState();
  if (model_ != nullptr) *learner.mutable_model() = model_->SaveState();
  cut.actor = peers_.actors->SaveState();
  cut.reported = reported_;
  if (model_based()) {
    ASSIGN_OR_RETURN(cut.model_server, peers_.dynamics->SaveState());
  }
  const TransitionLog replay = {peers_.board->begin_index(), peers_.board->end_index(),
                                [this](int64_t first, int64_t end, TransitionBatch* out) {
                                  return peers_.board->Read(first, end, out);
                                }};
  const TransitionLog imagined = {model_replay_.end_index() - retained_, model_replay_.end_index(),
                                  [this](int64_t first, int64_t end, TransitionBatch* out) {
                                    return model_replay_.Read(first, end, out);
                                  }};
  absl::Status saved = peers_.checkpoints->Save(cut, replay, imagined);
  while (absl::IsResourceExhausted(saved)) {
    LOG(ERROR) << "checkpoint waits for room on the disk: " << saved.message();
    ShowProgress("waiting for room on the disk");
    if (peers_.stop->WaitFor(kTryAgain)) return peers_.stop->Check();
    saved = peers_.checkpoints->Save(cut, replay, imagined);
  }
  RETURN_IF_ERROR(saved);
  metrics_.Add("time/checkpoint_seconds", absl::ToDoubleSeconds(peers_.clock->Now() - start));
  return absl::OkStatus();
}

absl::Status TrialLoop::GoOnFromCheckpoint() {
  if (peers_.checkpoints == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<TrialCheckpoints::Restored> restored,
                   peers_.checkpoints->Restore());
  if (!restored.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(Restore(*restored));
  LOG(INFO) << "goes on from the checkpoint of step=" << step_;
  return absl::OkStatus();
}

absl::Status TrialLoop::Restore(const TrialCheckpoints::Restored& restored) {
  const v1::LearnerState& learner = restored.cut.learner;
  step_ = learner.step();
  trainings_ = learner.trainings();
  evaluations_ = learner.evaluations();
  model_version_ = learner.model_version();
  critic_version_ = learner.critic_version();
  last_return_ = learner.last_return();
  RETURN_IF_ERROR(batch_rng_.Restore(learner.batch_rng()));
  RETURN_IF_ERROR(sac_->RestoreState(learner.sac()));

  peers_.board->RestartReplay(restored.replay_first_index);
  for (const TransitionBatch& batch : restored.replay) {
    RETURN_IF_ERROR(peers_.board->Append(batch));
  }
  model_replay_.Restart(restored.imagined_first_index);
  for (const TransitionBatch& batch : restored.imagined) {
    RETURN_IF_ERROR(model_replay_.Append(batch));
  }
  imagined_per_training_.assign(learner.imagined_per_training().begin(),
                                learner.imagined_per_training().end());
  CountRetained();

  peers_.actors->RestoreState(restored.cut.actor);
  if (model_based()) RETURN_IF_ERROR(peers_.dynamics->RestoreState(restored.cut.model_server));
  if (model_ != nullptr) {
    if (model_version_ > 0) RETURN_IF_ERROR(PullModel());
    RETURN_IF_ERROR(model_->RestoreState(learner.model()));
  }

  reported_ = restored.cut.reported;
  for (const v1::MetricRow& row : reported_.rows()) RETURN_IF_ERROR(peers_.reporter->Report(row));
  if (const int rows = reported_.rows_size(); rows > 0) {
    meter_.Restore(reported_.rows(rows - 1).wall_seconds(), step_, sac_->updates());
  }
  return absl::OkStatus();
}

}  // namespace vagram

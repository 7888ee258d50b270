// How the training loop stops the world between two steps, and goes on from there elsewhere.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/kill_point.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "learner/trial_loop.h"

namespace vagram {
namespace {

constexpr absl::Duration kTryAgain = absl::Seconds(5);

}  // namespace

absl::Status TrialLoop::WithRoom(absl::string_view what,
                                 const std::function<absl::Status()>& write) {
  absl::Status written = write();
  while (absl::IsResourceExhausted(written)) {
    LOG(ERROR) << what << " waits for room on the disk: " << written.message();
    ShowProgress("waiting for room on the disk");
    if (peers_.stop->WaitFor(kTryAgain)) return peers_.stop->Check();
    written = write();
  }
  return written;
}

bool TrialLoop::MayLeaveAfter(const absl::Status& status) const {
  const bool peer_is_gone = absl::IsCancelled(status) || absl::IsUnavailable(status);
  return peer_is_gone && between_steps_ && leaving() && !peers_.stop->tripped();
}

absl::Status TrialLoop::Leave() {
  if (peers_.checkpoints == nullptr)
    return absl::CancelledError("told to end, without checkpoints");
  if (saved_step_ != step_ || saved_rows_ != reported_.rows_size()) {
    RETURN_IF_ERROR(SaveCheckpoint());
  }
  LOG(INFO) << "told to end, a checkpoint is saved step=" << step_;
  return absl::CancelledError(absl::StrCat("told to end; saved at step ", step_));
}

absl::Status TrialLoop::SaveCheckpoint() {
  const absl::Time start = peers_.clock->Now();
  RETURN_IF_ERROR(RestActors());
  RETURN_IF_ERROR(AwaitTraining());
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
  if (finished_.has_value()) *learner.mutable_finished() = *finished_;
  cut.actors = actors().SaveState();
  cut.reported = reported_;
  metrics_.Save(cut.reported.mutable_sums());
  cut.reported.set_wall_seconds(meter_.WallSeconds());
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
  RETURN_IF_ERROR(
      WithRoom("the checkpoint", [&] { return peers_.checkpoints->Save(cut, replay, imagined); }));
  KillPoint("learner.saved");
  saved_step_ = step_;
  saved_rows_ = reported_.rows_size();
  metrics_.Add("time/checkpoint_seconds", absl::ToDoubleSeconds(peers_.clock->Now() - start));
  return absl::OkStatus();
}

absl::Status TrialLoop::GoOnFromCheckpoint() {
  if (peers_.checkpoints == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::optional<TrialCheckpoints::Restored> restored,
                   peers_.checkpoints->Restore());
  if (!restored.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(Restore(*std::move(restored)));
  LOG(INFO) << "goes on from the checkpoint of step=" << step_;
  return absl::OkStatus();
}

absl::Status TrialLoop::Restore(TrialCheckpoints::Restored restored) {
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
  // Rows go from one to the other: a replay may fill the memory, and is not held twice.
  for (TransitionBatch& batch : restored.replay) {
    RETURN_IF_ERROR(peers_.board->Append(batch));
    batch = TransitionBatch();
  }
  model_replay_.Restart(restored.imagined_first_index);
  for (TransitionBatch& batch : restored.imagined) {
    RETURN_IF_ERROR(model_replay_.Append(batch));
    batch = TransitionBatch();
  }
  imagined_per_training_.assign(learner.imagined_per_training().begin(),
                                learner.imagined_per_training().end());
  CountRetained();

  RETURN_IF_ERROR(actors().RestoreState(restored.cut.actors));
  if (model_based()) RETURN_IF_ERROR(peers_.dynamics->RestoreState(restored.cut.model_server));
  if (model_ != nullptr) RETURN_IF_ERROR(model_->RestoreState(learner.model()));
  if (learner.has_finished()) finished_ = learner.finished();
  training_since_ = step_;

  reported_ = restored.cut.reported;
  metrics_.Restore(reported_.sums());
  reported_.clear_sums();
  for (const v1::MetricRow& row : reported_.rows()) {
    RETURN_IF_ERROR(WithRoom("a row of metrics", [&] { return peers_.reporter->Report(row); }));
  }
  meter_.Restore(reported_.wall_seconds(), step_, sac_->updates());
  return absl::OkStatus();
}

}  // namespace vagram

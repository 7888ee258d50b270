// The loop's side of the model: its trainings, its hand-over to the updates, its imagination.
#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/divergence.h"
#include "core/base/kill_point.h"
#include "core/base/status_macros.h"
#include "core/config/linear_schedule.h"
#include "learner/mean.h"
#include "learner/stopwatch.h"
#include "learner/trial_loop.h"

namespace vagram {
absl::Status TrialLoop::TurnToModel() {
  // Pipelined hands over what was trained while the interval that ends here went by.
  if (pipelined()) RETURN_IF_ERROR(HandOverModel());
  RETURN_IF_ERROR(BeginTraining());
  KillPoint("learner.training_begun");
  if (!pipelined()) RETURN_IF_ERROR(HandOverModel());
  KillPoint("learner.model_handed_over");
  return absl::OkStatus();
}

absl::Status TrialLoop::BeginTraining() {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/train_seconds");
  ShowProgress("training the model");
  CriticSnapshot critics = sac_->Snapshot();
  v1::TrainRequest request;
  request.set_begin_index(peers_.board->begin_index());
  request.set_end_index(peers_.board->end_index());
  request.set_critic_version(critics.version);
  request.set_seed(DeriveSeed(config_.seed(), "train", trainings_));
  training_since_ = step_;
  training_critics_ = critics.version;
  peers_.board->PinCritics(std::move(critics));
  const TimeUse::Span starved(peers_.time_use, TimeUse::kStarved);
  if (background_ != nullptr) return background_->Begin(request);
  ASSIGN_OR_RETURN(v1::TrainResult result,
                   peers_.dynamics->Train(request, [this](const v1::TrainProgress&) {
                     ShowProgress("training the model");
                     return absl::OkStatus();
                   }));
  KeepForHandOver(std::move(result));
  return absl::OkStatus();
}

absl::Status TrialLoop::AwaitTraining() {
  if (background_ == nullptr || !background_->begun()) return absl::OkStatus();
  Stopwatch stopwatch(peers_.clock, metrics_, "time/train_seconds");
  const TimeUse::Span starved(peers_.time_use, TimeUse::kStarved);
  int64_t epochs = -1;
  while (!background_->Ended(absl::Seconds(1))) {
    if (background_->epochs() == epochs) continue;
    epochs = background_->epochs();
    ShowProgress("training the model");
  }
  ASSIGN_OR_RETURN(v1::TrainResult result, background_->Finish());
  KeepForHandOver(std::move(result));
  return absl::OkStatus();
}

void TrialLoop::KeepForHandOver(v1::TrainResult result) {
  finished_.emplace();
  *finished_->mutable_result() = std::move(result);
  finished_->set_critic_version(training_critics_);
}

absl::Status TrialLoop::HandOverModel() {
  RETURN_IF_ERROR(AwaitTraining());
  if (!finished_.has_value()) return absl::OkStatus();
  const v1::FinishedTraining finished = *std::move(finished_);
  finished_.reset();
  RETURN_IF_ERROR(AtThisStep(CheckModel(finished.result())));
  if (trainings_ > 0) {  // how old the critics of the model before got until it was replaced
    metrics_.AddSample("model/critic_age", static_cast<double>(sac_->updates() - critic_version_));
  }
  critic_version_ = finished.critic_version();
  ++trainings_;
  model_version_ = finished.result().model_version();
  RETURN_IF_ERROR(NoteTraining(finished.result()));
  RETURN_IF_ERROR(PullModel());
  return imagines() ? Imagine() : absl::OkStatus();
}

absl::Status TrialLoop::NoteTraining(const v1::TrainResult& result) {
  metrics_.Set("model/train_loss", result.train_loss());
  metrics_.Set("model/holdout_score", Mean(result.holdout_scores()));
  metrics_.Set("model/holdout_mse", result.holdout_mse());
  metrics_.Add("model/epochs", static_cast<double>(result.epochs()));
  metrics_.Add("model/gradient_steps", static_cast<double>(result.gradient_steps()));
  metrics_.Set("model/clipped_share", result.clipped_share());
  metrics_.Set("model/value_gradient_norm_median", result.gradient_norm_median());
  metrics_.Set("model/checksum", result.parameters_crc32());
  const int members = std::min(config_.model().members(), result.holdout_scores_size());
  for (int k = 0; k < members; ++k) {
    metrics_.Set(absl::StrCat("model/holdout_score_", k), result.holdout_scores(k));
  }
  const int elites = std::min(config_.model().elites(), result.elites_size());
  for (int rank = 0; rank < elites; ++rank) {
    metrics_.Set(absl::StrCat("model/elite_", rank), result.elites(rank));
  }
  for (const v1::Diagnostic& diagnostic : result.diagnostics()) {
    if (!metrics_.Has(diagnostic.name())) {
      return absl::InvalidArgumentError(
          absl::StrCat("the model server measured ", diagnostic.name(),
                       ", which is no metric of this trial; run the same version everywhere"));
    }
    metrics_.Set(diagnostic.name(), diagnostic.value());
  }
  return absl::OkStatus();
}

absl::Status TrialLoop::CheckModel(const v1::TrainResult& result) const {
  const std::pair<const char*, double> measures[] = {
      {"training loss", result.train_loss()},
      {"holdout score", Mean(result.holdout_scores())},
      {"holdout error", result.holdout_mse()},
  };
  for (const auto& [name, value] : measures) {
    if (std::isfinite(value)) continue;
    return DivergedError(absl::StrCat("the model diverged: its ", name, " is ", value,
                                      " after training ", trainings_ + 1,
                                      "; lower model.learning_rate"));
  }
  return absl::OkStatus();
}

absl::Status TrialLoop::PullModel() {
  if (model_ == nullptr) return absl::OkStatus();
  v1::GetModelRequest request;
  request.set_model_version(model_version_);
  v1::GetModelResponse model;
  {
    const TimeUse::Span starved(peers_.time_use, TimeUse::kStarved);
    ASSIGN_OR_RETURN(model, peers_.dynamics->GetModel(request));
  }
  return model_->Load(model);
}

absl::Status TrialLoop::Imagine() {
  Stopwatch stopwatch(peers_.clock, metrics_, "time/imagine_seconds");
  ShowProgress("imagining");
  v1::ImagineRequest request;
  request.set_model_version(model_version_);
  *request.mutable_policy() = *policy_;
  request.set_num_rollouts(config_.imagine().rollouts_per_step() * config_.model().train_every());
  request.set_length(ScheduleLength(config_.imagine().length(), epoch()));
  request.set_seed(DeriveSeed(config_.seed(), "imagine", trainings_));
  request.set_begin_index(peers_.board->begin_index());
  request.set_end_index(peers_.board->end_index());
  int64_t imagined = 0;
  v1::ImagineResult result;
  {
    const TimeUse::Span starved(peers_.time_use, TimeUse::kStarved);
    ASSIGN_OR_RETURN(result, peers_.dynamics->Imagine(request, [&](const TransitionBatch& rows) {
      const TimeUse::Span working(peers_.time_use, TimeUse::kWorking);
      imagined += rows.size;
      return model_replay_.Append(rows);
    }));
  }
  if (imagined == 0) {
    return AtThisStep(DivergedError(
        absl::StrCat("the model diverged: in none of ", request.num_rollouts(),
                     " imagined branches was its first prediction finite, after training ",
                     trainings_, "; lower model.learning_rate")));
  }
  imagined_per_training_.push_back(imagined);
  const size_t retain = config_.imagine().retain_trainings();
  if (imagined_per_training_.size() > retain) {
    imagined_per_training_.erase(imagined_per_training_.begin());
  }
  CountRetained();
  metrics_.Add("imagine/transitions", static_cast<double>(imagined));
  metrics_.Set("imagine/length", request.length());
  if (const int64_t steps = imagined + result.rejected_steps(); steps > 0) {
    metrics_.AddSample("imagine/accepted_share", static_cast<double>(imagined) / steps);
  }
  metrics_.AddSample("imagine/branch_length_mean",
                     static_cast<double>(imagined) / request.num_rollouts());
  return absl::OkStatus();
}

void TrialLoop::CountRetained() {
  retained_ = 0;
  for (int64_t count : imagined_per_training_) retained_ += count;
  retained_ = std::min(retained_, model_replay_.size());
}

}  // namespace vagram

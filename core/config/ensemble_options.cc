#include "core/config/ensemble_options.h"

#include "core/base/status_macros.h"
#include "core/dynamics/loss_catalog.h"

namespace vagram {

absl::StatusOr<Ensemble::Options> EnsembleOptions(const v1::ModelConfig& model, const Task& task) {
  ASSIGN_OR_RETURN(const LossInfo* loss, FindLoss(model.loss()));
  Ensemble::Options options;
  options.obs_dim = task.obs_dim;
  options.act_dim = task.act_dim;
  options.members = model.members();
  options.hidden_sizes.assign(model.hidden_sizes().begin(), model.hidden_sizes().end());
  ASSIGN_OR_RETURN(options.activation, ParseActivation(model.activation()));
  options.probabilistic =
      model.has_probabilistic() ? model.probabilistic() : loss->probabilistic_default;
  options.predict_next_state = model.predict() == "next_state";
  options.normalize_targets = model.normalize_targets();
  return options;
}

}  // namespace vagram

#include "core/metrics/trial_metric_names.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/dynamics/diagnostic_names.h"

namespace vagram {

std::vector<std::string> TrialMetricNames(const v1::TrialConfig& config, int obs_dim) {
  const bool model_based = config.algorithm() != "sac", diagnosed = config.diagnose().horizon() > 0;
  std::vector<std::string> names = {
      "evaluate/return_mean", "evaluate/return_std", "evaluate/length_mean", "collect/return_mean",
      "collect/episodes",     "sac/critic_loss",     "sac/actor_loss",       "sac/temperature",
      "sac/entropy",          "sac/q_mean",          "sac/updates",          "sac/checksum"};
  if (model_based) {
    for (const char* name :
         {"model/train_loss", "model/holdout_score", "model/holdout_mse", "model/epochs",
          "model/gradient_steps", "model/clipped_share", "model/value_gradient_norm_median",
          "model/checksum", "model/critic_age", "imagine/transitions", "imagine/length",
          "imagine/model_share", "imagine/accepted_share", "imagine/branch_length_mean"}) {
      names.push_back(name);
    }
    for (int k = 0; k < config.model().members(); ++k) {
      names.push_back(absl::StrCat("model/holdout_score_", k));
    }
    for (int rank = 0; rank < config.model().elites(); ++rank) {
      names.push_back(absl::StrCat("model/elite_", rank));
    }
    DiagnosticOptions diagnostics;
    diagnostics.horizon = config.diagnose().horizon();
    diagnostics.obs_dim = obs_dim;
    diagnostics.distractor_dims = config.env().distractors().dims();
    for (std::string& name : DiagnosticNames(diagnostics)) names.push_back(std::move(name));
    for (std::string& name : ExpansionMetricNames(config)) names.push_back(std::move(name));
  }
  if (config.schedule().mode() == "async") {
    names.push_back("collect/policy_age");
    names.push_back("collect/dropped_steps");
  }
  if (diagnosed) names.push_back("diagnose/q_bias_real");
  for (const char* name : {"time/updates_per_second", "time/collect_seconds", "time/sac_seconds",
                           "time/evaluate_seconds", "time/checkpoint_seconds"}) {
    names.push_back(name);
  }
  if (model_based) {
    names.push_back("time/train_seconds");
    names.push_back("time/imagine_seconds");
  }
  return names;
}

std::vector<std::string> ExpansionMetricNames(const v1::TrialConfig& config) {
  std::vector<std::string> names;
  if (config.sac().target() == "mve") names.push_back("expansion/path_length");
  if (config.sac().target() == "steve") {
    for (int h = 0; h <= config.sac().expansion_horizon(); ++h) {
      names.push_back(absl::StrCat("expansion/weight_h", h));
    }
  }
  return names;
}

}  // namespace vagram

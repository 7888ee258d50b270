#include "learner/sac/agent_options.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace vagram {
namespace {

absl::Status OutOfRange(absl::string_view name, double value, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("sac.", name, " is ", value, ", expected ", expected));
}

absl::Status CheckAtLeastOne(absl::string_view name, int64_t value) {
  return value >= 1 ? absl::OkStatus() : OutOfRange(name, value, "at least 1");
}

absl::Status CheckAboveZero(absl::string_view name, double value) {
  return value > 0 && std::isfinite(value) ? absl::OkStatus()
                                           : OutOfRange(name, value, "a number above 0");
}

}  // namespace

absl::Status CheckSacOptions(const SacOptions& options) {
  absl::Status status;
  status.Update(CheckAtLeastOne("obs_dim", options.obs_dim));
  status.Update(CheckAtLeastOne("act_dim", options.act_dim));
  if (static_cast<int>(options.act_low.size()) != options.act_dim) {
    status.Update(OutOfRange("act_low's size", static_cast<double>(options.act_low.size()),
                             absl::StrCat("act_dim, ", options.act_dim)));
  }
  for (int64_t size : options.hidden_sizes) status.Update(CheckAtLeastOne("hidden_sizes", size));
  if (options.critics < 2) status.Update(OutOfRange("critics", options.critics, "at least 2"));
  if (options.target_subset < 1 || options.target_subset > options.critics) {
    status.Update(OutOfRange("target_subset", options.target_subset,
                             absl::StrCat("1 to sac.critics, ", options.critics)));
  }
  if (!(options.dropout >= 0 && options.dropout < 1)) {
    status.Update(OutOfRange("dropout", options.dropout, "0 to below 1"));
  }
  if (!(options.discount >= 0 && options.discount <= 1)) {
    status.Update(OutOfRange("discount", options.discount, "0 to 1"));
  }
  if (!(options.target_smoothing > 0 && options.target_smoothing <= 1)) {
    status.Update(OutOfRange("target_smoothing", options.target_smoothing, "above 0, at most 1"));
  }
  status.Update(CheckAboveZero("actor_learning_rate", options.actor_learning_rate));
  status.Update(CheckAboveZero("critic_learning_rate", options.critic_learning_rate));
  status.Update(CheckAboveZero("temperature_learning_rate", options.temperature_learning_rate));
  status.Update(CheckAboveZero("initial_temperature", options.initial_temperature));
  if (!std::isfinite(options.target_entropy)) {
    status.Update(OutOfRange("target_entropy", options.target_entropy, "a finite number"));
  }
  status.Update(CheckAtLeastOne("batch_size", options.batch_size));
  status.Update(CheckAtLeastOne("actor_update_every", options.actor_update_every));
  status.Update(CheckAtLeastOne("target_update_every", options.target_update_every));
  return status;
}

MlpShape SacActorShape(const SacOptions& options) { return ActorShape(options); }

MlpShape SacCriticShape(const SacOptions& options) { return CriticShape(options); }

}  // namespace vagram

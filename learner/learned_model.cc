#include "learner/learned_model.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/config/ensemble_options.h"
#include "core/dynamics/ensemble_codec.h"
#include "core/metrics/trial_metric_names.h"
#include "core/nn/action_range.h"
#include "learner/sac/value_expansion.h"

namespace vagram {
namespace {

// Rows [0, rows) of a column on the device.
at::Tensor Rows(const std::vector<float>& column, int64_t rows, int64_t width,
                const at::Device& device) {
  return at::from_blob(const_cast<float*>(column.data()), {rows, width}, at::kFloat).to(device);
}

// Writes the rows of `values` where `chosen` [rows] is not 0.
void Replace(const at::Tensor& values, const float* chosen, std::vector<float>* column) {
  const at::Tensor host = values.to(at::kCPU).contiguous();
  const int64_t width = host.size(1);
  const float* from = host.data_ptr<float>();
  for (int64_t row = 0; row < host.size(0); ++row) {
    if (chosen[row] == 0) continue;
    std::copy_n(from + row * width, width, column->begin() + row * width);
  }
}

// Weights that sum to 1, in proportion to `count`, and all 0 where nothing counts.
at::Tensor Share(const at::Tensor& count) { return count.div(count.sum().clamp_min_(1)); }

}  // namespace

bool LearnedModel::IsUsed(const v1::TrialConfig& config) {
  const std::string& target = config.sac().target();
  return target == "mve" || target == "steve" || config.imagine().one_step_share() > 0;
}

absl::StatusOr<std::unique_ptr<LearnedModel>> LearnedModel::Create(const v1::TrialConfig& config,
                                                                   const Task& task,
                                                                   const Sac& sac) {
  const std::string& target = config.sac().target();
  if (!target.empty() && target != "one_step" && target != "mve" && target != "steve") {
    return absl::InvalidArgumentError(
        absl::StrCat("sac.target is ", target, ", expected one_step, mve or steve"));
  }
  if ((target == "mve" || target == "steve") && config.sac().expansion_horizon() < 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "sac.expansion_horizon is ", config.sac().expansion_horizon(), ", expected at least 1"));
  }
  if (config.imagine().reward() == "observed" && !task.observed_reward) {
    return absl::InvalidArgumentError(
        absl::StrCat("imagine.reward: the reward of ", task.id,
                     " does not follow from what is observed; set it to learned"));
  }
  ASSIGN_OR_RETURN(const Ensemble::Options options, EnsembleOptions(config.model(), task));
  ASSIGN_OR_RETURN(std::unique_ptr<Ensemble> ensemble, Ensemble::Create(options, /*seed=*/0));
  ASSIGN_OR_RETURN(const ActionRange range, ActionRange::Create(task.act_low, task.act_high));
  ASSIGN_OR_RETURN(const SoftValues values, SoftValues::Create(sac.networks(), range));
  return std::unique_ptr<LearnedModel>(
      new LearnedModel(config, task, sac.networks().actor.device(), std::move(ensemble), values));
}

LearnedModel::LearnedModel(const v1::TrialConfig& config, const Task& task,
                           const at::Device& device, std::unique_ptr<Ensemble> ensemble,
                           const SoftValues& values)
    : config_(config),
      task_(task),
      device_(device),
      target_(config.sac().target() == "mve"     ? Target::kMve
              : config.sac().target() == "steve" ? Target::kSteve
                                                 : Target::kOneStep),
      horizon_(config.sac().expansion_horizon()),
      discount_(config.sac().discount()),
      ensemble_(std::move(ensemble)),
      values_(values),
      elite_values_(values),
      own_step_values_(values),
      noise_rng_(DeriveSeed(config.seed(), "expansion")),
      own_step_rng_(DeriveSeed(config.seed(), "own steps")),
      dropout_rng_(DeriveSeed(config.seed(), "expansion dropout")),
      sums_(at::zeros({horizon_ + 1}, at::TensorOptions(at::kDouble).device(device))) {
  values_.UseDropout({config.sac().dropout(), &dropout_rng_});
  elite_values_.UseDropout({config.sac().dropout(), &dropout_rng_});
}

absl::Status LearnedModel::Load(const v1::GetModelResponse& model) {
  RETURN_IF_ERROR(DecodeEnsemble(model, ensemble_.get()));
  version_ = model.parameters().version();
  const bool observed_reward = config_.imagine().reward() == "observed";
  const auto make = [&](const char* purpose) {
    return std::make_unique<EliteSteps>(*ensemble_, &task_, observed_reward, device_,
                                        DeriveSeed(config_.seed(), purpose, version_));
  };
  if (expands()) steps_ = make("expansion model");
  if (config_.imagine().one_step_share() > 0) own_steps_ = make("own steps model");
  return absl::OkStatus();
}

v1::LearnedModelState LearnedModel::SaveState() const {
  v1::LearnedModelState state;
  state.set_noise_rng(noise_rng_.Save());
  state.set_own_step_rng(own_step_rng_.Save());
  state.set_dropout_rng(dropout_rng_.Save());
  if (steps_ != nullptr) *state.mutable_steps() = steps_->SaveState();
  if (own_steps_ != nullptr) *state.mutable_own_steps() = own_steps_->SaveState();
  if (loaded()) *state.mutable_loaded() = EncodeEnsemble(*ensemble_, version_);
  const at::Tensor sums = sums_.cpu();
  state.mutable_metric_sums()->Assign(sums.data_ptr<double>(),
                                      sums.data_ptr<double>() + sums.numel());
  state.set_updates(updates_);
  return state;
}

absl::Status LearnedModel::RestoreState(const v1::LearnedModelState& state) {
  if (state.metric_sums_size() != sums_.numel()) {
    return absl::InvalidArgumentError(absl::StrCat("the metrics of the expanded targets have ",
                                                   state.metric_sums_size(), " sums, expected ",
                                                   sums_.numel()));
  }
  if (state.has_loaded()) RETURN_IF_ERROR(Load(state.loaded()));
  for (int64_t i = 0; i < sums_.numel(); ++i) sums_[i].fill_(state.metric_sums(i));
  updates_ = state.updates();
  RETURN_IF_ERROR(noise_rng_.Restore(state.noise_rng()));
  RETURN_IF_ERROR(own_step_rng_.Restore(state.own_step_rng()));
  RETURN_IF_ERROR(dropout_rng_.Restore(state.dropout_rng()));
  if (steps_ != nullptr) RETURN_IF_ERROR(steps_->RestoreState(state.steps()));
  if (own_steps_ != nullptr) RETURN_IF_ERROR(own_steps_->RestoreState(state.own_steps()));
  return absl::OkStatus();
}

at::Tensor LearnedModel::DrawNoise(Rng& rng, int64_t rows) const {
  at::Tensor noise = at::empty({rows, task_.act_dim}, at::kFloat);
  rng.FillNormal(absl::MakeSpan(noise.data_ptr<float>(), noise.numel()));
  return noise.to(device_);
}

CriticExamples LearnedModel::Expand(const SacBatch& batch, const at::Tensor& temperature,
                                    const at::Tensor& subset) {
  CHECK(loaded() && expands()) << "value expansion without a model";
  at::NoGradGuard no_gradient;
  ++updates_;
  return target_ == Target::kMve ? ExpandMve(batch, temperature, subset)
                                 : ExpandSteve(batch, temperature, subset);
}

CriticExamples LearnedModel::ExpandMve(const SacBatch& batch, const at::Tensor& temperature,
                                       const at::Tensor& subset) {
  const int64_t rows = batch.state.size(0);
  std::vector<at::Tensor> states = {batch.state}, actions = {batch.action};
  std::vector<at::Tensor> rewards, terminations, bonuses;
  at::Tensor counts = at::ones_like(batch.reward);  // 0: the path left the finite numbers
  at::Tensor ended = batch.terminated;

  at::Tensor state = batch.next_state;
  for (int64_t t = 0; t < horizon_; ++t) {
    const SoftValues::Draw draw = values_.Act(state, DrawNoise(noise_rng_, rows), temperature);
    const EliteSteps::Outcome outcome = steps_->OfOne(state, draw.action);
    states.push_back(state);
    actions.push_back(draw.action);
    rewards.push_back(outcome.reward);
    terminations.push_back(outcome.terminated);
    bonuses.push_back(draw.entropy_bonus);
    counts = counts.mul(at::maximum(outcome.finite, ended));  // what is behind an end is not used
    ended = at::maximum(ended, outcome.terminated);
    state = outcome.next_state;
  }
  const SoftValues::Draw last = values_.Act(state, DrawNoise(noise_rng_, rows), temperature);
  const at::Tensor last_value =
      SoftValues::Pessimistic(values_.TargetValues(state, last.action), subset)
          .add_(last.entropy_bonus);

  const ExpandedPaths paths = {batch.reward, batch.terminated, at::cat(rewards, 1),
                               at::cat(terminations, 1), at::cat(bonuses, 1)};
  const at::Tensor mask = TdKMask(paths).mul_(counts);  // [rows, H + 1]
  sums_[0].add_(mask.sum().div(counts.sum().clamp_min_(1)).sub_(1));

  // All real pairs first, then all first imagined ones, and so on.
  CriticExamples examples;
  examples.pairs.state = at::cat(states);
  examples.pairs.action = at::cat(actions);
  examples.target = TdKTargets(paths, last_value, discount_).t().reshape({-1, 1});
  examples.weight = Share(mask.t().reshape({-1, 1}));
  return examples;
}

CriticExamples LearnedModel::ExpandSteve(const SacBatch& batch, const at::Tensor& temperature,
                                         const at::Tensor& subset) {
  const int64_t rows = batch.state.size(0), elites = steps_->num_elites();
  const auto per_elite = [&](const at::Tensor& flat) { return flat.view({elites, rows, -1}); };
  std::vector<at::Tensor> rewards, terminations, bonuses, values;
  at::Tensor counts = at::ones_like(batch.reward);
  at::Tensor ended = batch.terminated;

  // All elites share s_0 and the noise of every action: they differ by what they learned.
  const SoftValues::Draw first =
      values_.Act(batch.next_state, DrawNoise(noise_rng_, rows), temperature);
  at::Tensor bonus = first.entropy_bonus.expand({elites, -1, -1});
  values.push_back(values_.TargetValues(batch.next_state, first.action)
                       .add(first.entropy_bonus)
                       .unsqueeze(1)
                       .expand({-1, elites, -1, -1}));  // [critics, elites, rows, 1]
  at::Tensor state = batch.next_state, action = first.action;
  for (int64_t t = 0; t < horizon_; ++t) {
    const EliteSteps::Outcome outcome = steps_->OfEach(state, action);
    rewards.push_back(outcome.reward);
    terminations.push_back(outcome.terminated);
    bonuses.push_back(bonus);
    counts = counts.mul(at::maximum(outcome.finite, ended).amin(0));
    ended = at::maximum(ended, outcome.terminated);

    state = outcome.next_state;
    const at::Tensor flat = state.reshape({elites * rows, -1});
    const at::Tensor noise = DrawNoise(noise_rng_, rows).repeat({elites, 1});
    const SoftValues::Draw draw = elite_values_.Act(flat, noise, temperature);
    const at::Tensor& q = elite_values_.TargetValues(flat, draw.action);
    values.push_back(q.add(draw.entropy_bonus).view({-1, elites, rows, 1}));
    action = per_elite(draw.action);
    bonus = per_elite(draw.entropy_bonus);
  }

  const ExpandedPaths paths = {batch.reward, batch.terminated, at::cat(rewards, -1),
                               at::cat(terminations, -1), at::cat(bonuses, -1)};
  // The variance is over elites and critics; what is mixed has SAC's minimum over critics, so that
  // horizon 0 is SAC's own target.
  const at::Tensor all_values = at::cat(values, -1);  // [critics, elites, rows, H + 1]
  const at::Tensor weights = InverseVarianceWeights(
      HorizonCandidates(paths, all_values, discount_).reshape({-1, rows, horizon_ + 1}));
  const at::Tensor candidates =
      HorizonCandidates(paths, SoftValues::Pessimistic(all_values, subset), discount_).mean(0);
  sums_.add_(weights.mean(0));

  CriticExamples examples;
  examples.pairs.state = batch.state;
  examples.pairs.action = batch.action;
  examples.target = weights.mul(candidates).sum({1}, /*keepdim=*/true);
  examples.weight = Share(counts);
  return examples;
}

void LearnedModel::TakeOwnSteps(int64_t rows, TransitionBatch* batch) {
  CHECK(own_steps_ != nullptr && rows <= batch->size) << "own steps for " << rows << " rows";
  if (rows == 0) return;
  at::NoGradGuard no_gradient;
  const at::Tensor states = Rows(batch->observation, rows, task_.obs_dim, device_);
  const at::Tensor no_bonus = at::zeros({1}, states.options());
  const at::Tensor actions =
      own_step_values_.Act(states, DrawNoise(own_step_rng_, rows), no_bonus).action;
  const EliteSteps::Outcome outcome = own_steps_->OfOne(states, actions);
  const at::Tensor finite = outcome.finite.to(at::kCPU).contiguous();
  const at::Tensor terminated = outcome.terminated.to(at::kCPU).contiguous();
  const float* chosen = finite.data_ptr<float>();
  Replace(actions, chosen, &batch->action);
  Replace(outcome.reward, chosen, &batch->reward);
  Replace(outcome.next_state, chosen, &batch->next_observation);
  for (int64_t row = 0; row < rows; ++row) {
    if (chosen[row] == 0) continue;
    batch->terminated[row] = terminated.data_ptr<float>()[row] != 0;
    batch->truncated[row] = 0;
  }
}

std::vector<std::pair<std::string, double>> LearnedModel::TakeMetrics() {
  std::vector<std::pair<std::string, double>> metrics;
  if (updates_ == 0) return metrics;
  const at::Tensor means = sums_.cpu() / static_cast<double>(updates_);
  int64_t next = 0;
  for (std::string& name : ExpansionMetricNames(config_)) {
    metrics.emplace_back(std::move(name), means.data_ptr<double>()[next++]);
  }
  sums_.zero_();
  updates_ = 0;
  return metrics;
}

}  // namespace vagram

#include "core/dynamics/ensemble.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/dynamics/target_units.h"

namespace vagram {
namespace {

// Chua 2018 and Janner 2019, in their code.
constexpr double kInitialMaxLogVariance = 0.5;
constexpr double kInitialMinLogVariance = -10;
constexpr double kBoundsPenalty = 0.01;

MlpShape NetworkShape(const Ensemble::Options& options) {
  const int64_t heads = (options.probabilistic ? 2 : 1) * (int64_t{options.obs_dim} + 1);
  MlpShape shape;
  shape.networks = options.members;
  shape.sizes = options.hidden_sizes;
  shape.sizes.insert(shape.sizes.begin(), int64_t{options.obs_dim} + options.act_dim);
  shape.sizes.push_back(heads);
  shape.activation = options.activation;
  return shape;
}

int64_t NumBounds(const Ensemble::Options& options) {
  return options.probabilistic ? 2 * int64_t{options.members} * (options.obs_dim + 1) : 0;
}

}  // namespace

Ensemble::Ensemble(const Options& options, at::Tensor parameters, StackedMlp networks)
    : options_(options),
      parameters_(std::move(parameters)),
      networks_(std::move(networks)),
      normalizer_(int64_t{options.obs_dim} + options.act_dim),
      target_scaling_(int64_t{options.obs_dim} + 1),
      elites_(options.members) {
  std::iota(elites_.begin(), elites_.end(), 0);
}

absl::StatusOr<std::unique_ptr<Ensemble>> Ensemble::OnParameters(const Options& options,
                                                                 at::Tensor parameters) {
  const MlpShape shape = NetworkShape(options);
  ASSIGN_OR_RETURN(StackedMlp networks,
                   StackedMlp::Create(shape, parameters.narrow(0, 0, shape.num_parameters())));
  return std::unique_ptr<Ensemble>(
      new Ensemble(options, std::move(parameters), std::move(networks)));
}

absl::StatusOr<std::unique_ptr<Ensemble>> Ensemble::Create(const Options& options, uint64_t seed) {
  bool positive = options.obs_dim > 0 && options.act_dim > 0 && options.members > 0;
  for (int64_t size : options.hidden_sizes) positive = positive && size > 0;
  if (!positive) {
    return absl::InvalidArgumentError(
        absl::StrCat("ensemble of ", options.members, " members for ", options.obs_dim,
                     " observations and ", options.act_dim,
                     " actions: expected all of them, and every hidden size, above zero; check "
                     "model.members and model.hidden_sizes"));
  }
  Rng rng(seed);
  const at::Tensor weights = TruncatedNormalParameters(NetworkShape(options), rng);
  const int64_t num_bounds = NumBounds(options);
  const at::Tensor max = at::full({num_bounds / 2}, kInitialMaxLogVariance, weights.options());
  const at::Tensor min = at::full({num_bounds / 2}, kInitialMinLogVariance, weights.options());
  return OnParameters(options, at::cat({weights, max, min}));
}

int64_t Ensemble::NumParameters(const Options& options) {
  return NetworkShape(options).num_parameters() + NumBounds(options);
}

at::Tensor Ensemble::NetworkPart(const at::Tensor& flat) const {
  return flat.narrow(0, 0, networks_.shape().num_parameters());
}

at::Tensor Ensemble::BoundsPart(const at::Tensor& flat) const {
  return flat.narrow(0, networks_.shape().num_parameters(), NumBounds(options_));
}

void Ensemble::FitNormalizers(const at::Tensor& states, const at::Tensor& actions,
                              const at::Tensor& next_states, const at::Tensor& rewards) {
  normalizer_.Fit(states, actions);
  if (!options_.normalize_targets) return;
  target_scaling_.Fit(options_.predict_next_state ? next_states : next_states - states, rewards);
}

at::Tensor Ensemble::target_units() const {
  return options_.normalize_targets ? target_scaling_.std() : at::Tensor();
}

Prediction Ensemble::Interpret(const at::Tensor& heads, const at::Tensor& bounds,
                               const at::Tensor& states) const {
  const int64_t obs_dim = options_.obs_dim;
  at::Tensor outcome = heads.narrow(-1, 0, obs_dim + 1);
  if (options_.normalize_targets) {
    outcome = outcome * target_scaling_.std() + target_scaling_.mean();
  }
  const at::Tensor of_state = outcome.narrow(-1, 0, obs_dim);
  Prediction prediction;
  prediction.next_state = options_.predict_next_state ? of_state.clone() : states + of_state;
  prediction.reward = outcome.narrow(-1, obs_dim, 1).clone();
  if (options_.probabilistic) {
    const at::Tensor pair = bounds.view({2, options_.members, 1, obs_dim + 1});
    const at::Tensor max = pair[0], min = pair[1];
    const at::Tensor raw = heads.narrow(-1, obs_dim + 1, obs_dim + 1);
    const at::Tensor below_max = max - at::softplus(max - raw);
    prediction.log_variance = min + at::softplus(below_max - min);
    if (options_.normalize_targets) {
      prediction.log_variance = prediction.log_variance + 2 * target_scaling_.std().log();
    }
  }
  return prediction;
}

Prediction Ensemble::Predict(const at::Tensor& states, const at::Tensor& actions) {
  at::NoGradGuard no_gradient;
  const at::Tensor& heads =
      networks_.Forward(normalizer_.Apply(states, actions), predict_workspace_);
  return Interpret(heads, BoundsPart(parameters_), states);
}

at::Tensor Ensemble::LossAndGradient(const ModelLoss& loss, const Target& batch,
                                     const at::Tensor& gradient) {
  const at::Tensor inputs = normalizer_.Apply(batch.state, batch.action);
  // Autograd sees the loss alone: it starts from the networks' outputs as leaves, and the networks'
  // own backward pass goes on from there.
  const at::Tensor heads = networks_.Forward(inputs, gradient_workspace_).detach();
  const at::Tensor bounds = BoundsPart(parameters_).detach();
  at::Tensor total;
  {
    at::AutoGradMode with_gradient(true);
    heads.requires_grad_(true);
    bounds.requires_grad_(options_.probabilistic);
    const at::Tensor units = target_units();
    const ModelLoss::Value value = loss.Compute(
        InTargetUnits(Interpret(heads, bounds, batch.state), units), InTargetUnits(batch, units));
    total = value.state + value.reward;
    at::Tensor objective = total * options_.members;
    if (options_.probabilistic) {
      const at::Tensor pair = bounds.view({2, -1});
      objective = objective + kBoundsPenalty * (pair[0].sum() - pair[1].sum());
    }
    objective.backward();
  }
  networks_.Backward(heads.grad(), gradient_workspace_, NetworkPart(gradient),
                     /*want_input_gradient=*/false);
  if (options_.probabilistic) BoundsPart(gradient).copy_(bounds.grad());
  return total.detach();
}

std::vector<at::Tensor> Ensemble::MemberParts(const at::Tensor& flat, int member) const {
  CHECK(member >= 0 && member < options_.members) << "no member " << member;
  std::vector<at::Tensor> parts;
  int64_t offset = 0;
  const auto add = [&](int64_t size_per_member) {
    parts.push_back(flat.narrow(0, offset + member * size_per_member, size_per_member));
    offset += options_.members * size_per_member;
  };
  const std::vector<int64_t>& sizes = networks_.shape().sizes;
  for (size_t l = 0; l + 1 < sizes.size(); ++l) {
    add(sizes[l] * sizes[l + 1]);
    add(sizes[l + 1]);
  }
  if (options_.probabilistic) {
    add(options_.obs_dim + 1);
    add(options_.obs_dim + 1);
  }
  return parts;
}

std::unique_ptr<Ensemble> Ensemble::CopyMember(int member) const {
  return CopyMembers({member}, parameters_.device());
}

std::unique_ptr<Ensemble> Ensemble::CopyMembers(absl::Span<const int> members,
                                                const at::Device& device) const {
  CHECK(!members.empty()) << "a copy of no members";
  Options options = options_;
  options.members = static_cast<int>(members.size());
  std::vector<std::vector<at::Tensor>> parts;
  for (int member : members) parts.push_back(MemberParts(parameters_, member));
  // The flat buffer has every part of all members before the next part.
  std::vector<at::Tensor> flat;
  for (size_t part = 0; part < parts[0].size(); ++part) {
    for (const std::vector<at::Tensor>& member : parts) flat.push_back(member[part]);
  }
  auto copy = OnParameters(options, at::cat(flat).to(device));
  CHECK(copy.ok()) << copy.status();  // a part of a valid ensemble is valid
  (*copy)->normalizer_.Set(normalizer_.mean(), normalizer_.std());
  (*copy)->target_scaling_.Set(target_scaling_.mean(), target_scaling_.std());
  (*copy)->normalizer_.MoveTo(device);
  (*copy)->target_scaling_.MoveTo(device);
  return *std::move(copy);
}

void Ensemble::SaveMember(int member, const at::Tensor& flat) const {
  const std::vector<at::Tensor> from = MemberParts(parameters_, member);
  const std::vector<at::Tensor> to = MemberParts(flat, member);
  for (size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
}

}  // namespace vagram

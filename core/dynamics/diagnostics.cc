#include "core/dynamics/diagnostics.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/dynamics/value_gradients.h"

namespace vagram {
namespace {

at::Tensor Matrix(const std::vector<float>& values, int64_t rows, int64_t width) {
  return at::from_blob(const_cast<float*>(values.data()), {rows, width},
                       at::TensorOptions(at::kFloat))
      .clone();
}

at::Tensor IndexTensor(const std::vector<int>& indices) {
  return at::tensor(std::vector<int64_t>(indices.begin(), indices.end()), at::kLong);
}

// Mean of values [E, S] over elites and the states where `valid` [S] holds; what is elsewhere may
// be anything.
double MeanWhere(const at::Tensor& values, const at::Tensor& valid) {
  const at::Tensor of_state = values.to(at::kDouble).mean(0);
  const at::Tensor sum = at::where(valid, of_state, at::zeros_like(of_state)).sum();
  return (sum / valid.sum()).item<double>();
}

std::vector<double> ToVector(const at::Tensor& values) {
  const at::Tensor flat = values.to(at::kDouble).contiguous();
  return std::vector<double>(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
}

// Whether row `i` of `next` was taken from the very state that row `i` of `step` led to.
bool BeginsWhereEnds(const TransitionBatch& next, const TransitionBatch& step, int64_t i) {
  const auto reached = step.next_observation.begin() + i * step.obs_dim;
  return std::equal(reached, reached + step.obs_dim, next.observation.begin() + i * next.obs_dim);
}

// Whether the task goes on at each of the states [S, n]: bool [S].
at::Tensor GoesOn(const Task& task, const at::Tensor& states) {
  const at::Tensor dense = states.contiguous();
  const at::Tensor ended = at::empty({dense.size(0)}, at::kByte);
  JudgeTermination(task, absl::MakeConstSpan(dense.data_ptr<float>(), dense.numel()),
                   absl::MakeSpan(ended.data_ptr<uint8_t>(), ended.numel()));
  return ended.eq(0);
}

}  // namespace

RecordedPieces DrawPieces(const ReplayBuffer& replay, int64_t horizon, int64_t count,
                          uint64_t seed) {
  std::vector<int64_t> indices(count);
  Rng rng(seed);
  replay.SampleIndices(rng, absl::MakeSpan(indices));

  TransitionBatch step(count, replay.obs_dim(), replay.act_dim()), next = step;
  std::vector<int64_t> next_indices(count);
  std::vector<uint8_t> lasts(count, 1);
  std::vector<at::Tensor> states, actions, valid;
  for (int64_t h = 0; h < horizon; ++h) {
    replay.Gather(indices, 0, &step);
    if (h == 0) states.push_back(Matrix(step.observation, count, step.obs_dim));
    actions.push_back(Matrix(step.action, count, step.act_dim));
    states.push_back(Matrix(step.next_observation, count, step.obs_dim));
    valid.push_back(at::tensor(std::vector<int64_t>(lasts.begin(), lasts.end())).ne(0));
    for (int64_t i = 0; i < count; ++i) {
      next_indices[i] = std::min(indices[i] + 1, replay.end_index() - 1);
    }
    replay.Gather(next_indices, 0, &next);
    for (int64_t i = 0; i < count; ++i) {
      // Transitions of several actors stand side by side, and some may have been left out.
      const bool goes_on = !step.terminated[i] && !step.truncated[i] &&
                           next_indices[i] > indices[i] && BeginsWhereEnds(next, step, i);
      if (!goes_on) lasts[i] = 0;
      if (lasts[i]) indices[i] = next_indices[i];
    }
  }
  return {at::stack(states), at::stack(actions), at::stack(valid)};
}

ErrorsByHorizon OpenLoopErrors(Ensemble& ensemble, const RecordedPieces& pieces,
                               const StateValueFunctions* values) {
  at::NoGradGuard no_gradient;
  const int64_t members = ensemble.options().members;
  const at::Tensor elites = IndexTensor(ensemble.elites());
  const at::Tensor deviation = ensemble.normalizer().std().narrow(0, 0, pieces.states.size(2));
  const auto for_every_member = [members](const at::Tensor& rows) {
    return rows.unsqueeze(0).expand({members, -1, -1});
  };

  ErrorsByHorizon errors;
  at::Tensor predicted = for_every_member(pieces.states[0]);
  for (int64_t h = 0; h < pieces.actions.size(0); ++h) {
    predicted = ensemble.Predict(predicted, for_every_member(pieces.actions[h])).next_state;
    const at::Tensor of_elites = predicted.index_select(0, elites);  // [E, S, n]
    const at::Tensor& recorded = pieces.states[h + 1];
    const at::Tensor distance = ((of_elites - recorded) / deviation).square().mean(2).sqrt();
    errors.model.push_back(MeanWhere(distance, pieces.valid[h]));
    if (values == nullptr) continue;
    const at::Tensor difference = (*values)(of_elites) - (*values)(recorded).unsqueeze(1);
    errors.value.push_back(MeanWhere(difference.abs().mean(0), pieces.valid[h]));
  }
  return errors;
}

at::Tensor GradientsOf(const StateValueFunctions& values, const at::Tensor& states) {
  at::AutoGradMode with_gradient(true);
  at::Tensor leaf = states.detach().clone().requires_grad_(true);
  const at::Tensor value = values(leaf);  // [J, S]
  std::vector<at::Tensor> gradients;
  for (int64_t j = 0; j < value.size(0); ++j) {
    leaf.mutable_grad() = at::Tensor();
    value[j].sum().backward({}, /*retain_graph=*/true);
    gradients.push_back(leaf.grad().clone());
  }
  return at::stack(gradients);
}

at::Tensor GradientWeights(const at::Tensor& gradients) {
  const at::Tensor weight = gradients.to(at::kDouble).square().sum(at::IntArrayRef{0, 1});
  return weight / weight.sum();
}

double ImaginedValueBias(const Ensemble& ensemble, GaussianPolicy& policy, const Task& task,
                         const StateValueFunctions& values, const at::Tensor& starts,
                         double discount, int64_t steps) {
  at::NoGradGuard no_gradient;
  const at::Tensor begun = starts.index_select(0, GoesOn(task, starts).nonzero().squeeze(1));
  const int64_t rows = begun.size(0), elites = static_cast<int64_t>(ensemble.elites().size());
  const auto value_of = [&values](const at::Tensor& states) {
    return values(states).to(at::kDouble).mean(0);
  };
  double sum = 0;
  for (int64_t e = 0; e < std::min(elites, rows); ++e) {
    const std::unique_ptr<Ensemble> elite = ensemble.CopyMember(ensemble.elites()[e]);
    at::Tensor states = begun.slice(0, e, rows, elites);
    at::Tensor bias = -value_of(states);
    at::Tensor live = at::ones({states.size(0)}, at::kBool);
    double weight = 1;  // discount^t
    for (int64_t t = 0; t < steps; ++t) {
      const Prediction step = elite->Predict(states, policy.Mean(states));
      const at::Tensor reward = step.reward[0].squeeze(1).to(at::kDouble);
      bias += weight * at::where(live, reward, at::zeros_like(bias));
      states = step.next_state[0];
      live = live.logical_and(GoesOn(task, states));
      weight *= discount;
    }
    bias += weight * at::where(live, value_of(states), at::zeros_like(bias));
    sum += bias.sum().item<double>();
  }
  return sum / static_cast<double>(rows);
}

std::vector<Diagnostic> Diagnose(const DiagnosticOptions& options, const ReplayBuffer& replay,
                                 const Task& task, Ensemble& ensemble,
                                 const StateValueFunctions* values, GaussianPolicy* policy,
                                 uint64_t seed) {
  const RecordedPieces pieces = DrawPieces(replay, options.horizon, options.states, seed);
  std::vector<Diagnostic> found;
  const auto add = [&found](double value, const auto&... name) {
    found.push_back({absl::StrCat("diagnose/", name...), value});
  };

  const ErrorsByHorizon errors = OpenLoopErrors(ensemble, pieces, values);
  for (size_t h = 0; h < errors.model.size(); ++h) add(errors.model[h], "model_error_h", h + 1);
  for (size_t h = 0; h < errors.value.size(); ++h) add(errors.value[h], "value_error_h", h + 1);
  if (values == nullptr) return found;

  const at::Tensor gradients = GradientsOf(*values, pieces.states[1]);
  std::vector<double> weights = ToVector(GradientWeights(gradients));
  double of_distractors = 0;
  for (size_t n = weights.size() - options.distractor_dims; n < weights.size(); ++n) {
    of_distractors += weights[n];
  }
  if (options.obs_dim <= kMaxWeightsByDimension) {
    for (size_t n = 0; n < weights.size(); ++n) add(weights[n], "gradient_weight_", n);
  } else {
    std::partial_sort(weights.begin(), weights.begin() + kTopWeights, weights.end(),
                      std::greater<>());
    for (int i = 0; i < kTopWeights; ++i) add(weights[i], "gradient_weight_top", i + 1);
  }
  if (options.distractor_dims > 0) add(of_distractors, "gradient_weight_distractors");

  std::vector<double> norms = ToVector(at::linalg_vector_norm(gradients, 2, at::IntArrayRef{2}));
  add(Quantile(norms, 0.05), "gradient_norm_p05");
  add(Quantile(norms, 0.5), "gradient_norm_p50");
  add(Quantile(norms, 0.95), "gradient_norm_p95");
  add(Quantile(norms, 1), "gradient_norm_max");

  if (policy == nullptr) return found;
  const std::unique_ptr<Ensemble> best = ensemble.CopyMember(ensemble.elites().front());
  const at::Tensor predicted = best->Predict(pieces.states[0], pieces.actions[0]).next_state[0];
  add(ImaginedValueBias(ensemble, *policy, task, *values, predicted, options.discount,
                        kImaginedReturnSteps),
      "q_bias_imagined");
  return found;
}

}  // namespace vagram

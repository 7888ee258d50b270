#include "core/nn/policy_action.h"

#include <ATen/ATen.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/logging.h"
#include "core/base/random.h"

namespace vagram {

PolicyAction::PolicyAction(StackedMlp actor, at::Tensor center, at::Tensor half_range)
    : actor_(std::move(actor)), center_(std::move(center)), half_range_(std::move(half_range)) {}

at::Tensor PolicyAction::Forward(const at::Tensor& states, const at::Tensor& noise) {
  const int64_t act_dim = center_.size(0);
  const at::Tensor heads = actor_.Forward(states, pass_)[0];
  sample_ = TanhGaussianSample();
  if (noise.defined()) {
    CHECK_EQ(heads.size(1), 2 * act_dim) << "the actor has no deviations to draw actions with";
    sample_ = SampleTanhGaussian(heads, noise);
    unit_action_ = sample_.action;
  } else {
    unit_action_ = heads.narrow(1, 0, act_dim).tanh();
  }
  return unit_action_.mul(half_range_).add_(center_);
}

at::Tensor PolicyAction::StateGradient(const at::Tensor& action_gradient,
                                       double log_prob_gradient) {
  const int64_t act_dim = center_.size(0);
  const at::Tensor unit_gradient = action_gradient * half_range_;
  const at::Tensor heads_gradient = at::zeros_like(pass_.post.back());  // [1, rows, outputs]
  if (sample_.action.defined()) {
    TanhGaussianGradient(sample_, unit_gradient,
                         at::full({1}, log_prob_gradient, unit_gradient.options()),
                         heads_gradient[0]);
  } else {
    heads_gradient[0].narrow(1, 0, act_dim).copy_(at::tanh_backward(unit_gradient, unit_action_));
  }
  return actor_.Backward(heads_gradient, pass_, at::Tensor(), /*want_input_gradient=*/true)[0];
}

absl::StatusOr<bool> SamplesValueAction(absl::string_view name) {
  if (name == "mean" || name.empty()) return false;
  if (name == "sample") return true;
  return absl::InvalidArgumentError(
      absl::StrCat("the action of value functions is '", name, "', expected mean or sample"));
}

at::Tensor ActionNoise(uint64_t seed, int64_t first_index, int64_t rows, int64_t act_dim) {
  at::Tensor noise = at::empty({rows, act_dim}, at::kFloat);
  float* const values = noise.data_ptr<float>();
  for (int64_t i = 0; i < rows; ++i) {
    Rng rng(DeriveSeed(seed, "action", first_index + i));
    rng.FillNormal(absl::MakeSpan(values + i * act_dim, act_dim));
  }
  return noise;
}

}  // namespace vagram

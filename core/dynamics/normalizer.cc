#include "core/dynamics/normalizer.h"

#include <ATen/ATen.h>

#include <tuple>

#include "core/base/logging.h"

namespace vagram {
namespace {

// Below it a dimension counts as constant (as in the code of Chua 2018 and Janner 2019).
constexpr double kSmallestStd = 1e-12;

}  // namespace

Normalizer::Normalizer(int64_t num_inputs)
    : mean_(at::zeros({num_inputs}, at::kFloat)), std_(at::ones({num_inputs}, at::kFloat)) {}

void Normalizer::Fit(const at::Tensor& states, const at::Tensor& actions) {
  const auto [state_var, state_mean] = at::var_mean(states, {0}, /*unbiased=*/false);
  const auto [action_var, action_mean] = at::var_mean(actions, {0}, /*unbiased=*/false);
  const at::Tensor std = at::cat({state_var, action_var}).sqrt_();
  Set(at::cat({state_mean, action_mean}), std.masked_fill(std.lt(kSmallestStd), 1.0));
}

void Normalizer::Set(const at::Tensor& mean, const at::Tensor& std) {
  CHECK(mean.sizes() == mean_.sizes() && std.sizes() == std_.sizes())
      << "normalizer of " << mean_.sizes() << " inputs was given a mean of " << mean.sizes()
      << " and a deviation of " << std.sizes();
  mean_ = mean.to(mean_.options(), /*non_blocking=*/false, /*copy=*/true);
  std_ = std.to(std_.options(), /*non_blocking=*/false, /*copy=*/true);
}

void Normalizer::MoveTo(const at::Device& device) {
  mean_ = mean_.to(device);
  std_ = std_.to(device);
}

at::Tensor Normalizer::Apply(const at::Tensor& states, const at::Tensor& actions) const {
  return at::cat({states, actions}, -1).sub_(mean_).div_(std_);
}

}  // namespace vagram

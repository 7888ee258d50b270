#include "core/nn/plain_passes.h"

#include <ATen/ATen.h>

#include "core/nn/normalization_kernels.h"

namespace vagram::plain {

void BiasActivation(Activation activation, const at::Tensor& bias, const at::Tensor& values,
                    const at::Tensor& pre) {
  values.add_(bias);
  if (pre.defined()) pre.copy_(values);
  switch (activation) {
    case Activation::kRelu:
      values.relu_();
      return;
    case Activation::kSilu:
      values.mul_(values.sigmoid());
      return;
    case Activation::kTanh:
      values.tanh_();
      return;
  }
}

void ActivationGradient(Activation activation, const at::Tensor& forward,
                        const at::Tensor& gradient, at::Tensor bias_gradient) {
  switch (activation) {
    case Activation::kRelu:
      gradient.mul_(forward.gt(0));
      break;
    case Activation::kSilu:
      gradient.copy_(at::silu_backward(gradient, forward));
      break;
    case Activation::kTanh:
      gradient.copy_(at::tanh_backward(gradient, forward));
      break;
  }
  if (bias_gradient.defined()) SumOverBatch(gradient, bias_gradient);
}

void SumOverBatch(const at::Tensor& values, at::Tensor sums) {
  at::sum_out(sums, values, {1}, /*keepdim=*/true);
}

void LayerNorm(const at::Tensor& bias, const at::Tensor& keep, const at::Tensor& gain,
               const at::Tensor& values, const at::Tensor& normalized,
               const at::Tensor& inverse_std) {
  values.add_(bias);
  if (keep.defined()) values.mul_(keep);
  normalized.copy_(values).sub_(values.mean(2, /*keepdim=*/true));
  inverse_std.copy_(normalized.square().mean(2, /*keepdim=*/true))
      .add_(kernels::kLayerNormEpsilon)
      .rsqrt_();
  normalized.mul_(inverse_std);
  values.copy_(normalized).mul_(gain);
}

void LayerNormGradient(const at::Tensor& keep, const at::Tensor& gain, const at::Tensor& normalized,
                       const at::Tensor& inverse_std, const at::Tensor& gradient,
                       at::Tensor gain_gradient, at::Tensor bias_gradient) {
  if (gain_gradient.defined()) SumOverBatch(gradient.mul(normalized), gain_gradient);
  gradient.mul_(gain);
  const at::Tensor slope = gradient.mul(normalized).mean(2, /*keepdim=*/true);
  gradient.sub_(gradient.mean(2, /*keepdim=*/true)).sub_(normalized.mul(slope)).mul_(inverse_std);
  if (keep.defined()) gradient.mul_(keep);
  if (bias_gradient.defined()) SumOverBatch(gradient, bias_gradient);
}

void UnitRows(const at::Tensor& values, const at::Tensor& unit, const at::Tensor& norm) {
  norm.copy_(values.square().sum(2, /*keepdim=*/true)).sqrt_();
  unit.copy_(values).div_(norm.clamp_min(kernels::kShortestRow));
}

void UnitRowsGradient(const at::Tensor& unit, const at::Tensor& norm, const at::Tensor& gradient) {
  gradient.sub_(unit.mul(gradient.mul(unit).sum(2, /*keepdim=*/true)))
      .div_(norm.clamp_min(kernels::kShortestRow))
      .masked_fill_(norm.lt(kernels::kShortestRow), 0);
}

void Adam(const kernels::AdamStep& step, const at::Tensor& gradient, const at::Tensor& parameters,
          const at::Tensor& first_moment, const at::Tensor& second_moment) {
  const at::Tensor g = gradient.add(parameters, step.weight_decay);
  first_moment.mul_(step.beta1).add_(g, 1 - step.beta1);
  second_moment.mul_(step.beta2).addcmul_(g, g, 1 - step.beta2);
  const at::Tensor root = second_moment.sqrt().mul_(step.root_correction).add_(step.epsilon);
  parameters.addcdiv_(first_moment, root, -step.step_size);
}

void Polyak(double tau, const at::Tensor& source, const at::Tensor& target) {
  target.lerp_(source, tau);
}

}  // namespace vagram::plain

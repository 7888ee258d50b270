#include "core/nn/plain_passes.h"

#include <ATen/ATen.h>

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

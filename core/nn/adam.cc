#include "core/nn/adam.h"

#include <ATen/ATen.h>
#include <ATen/core/LegacyTypeDispatch.h>

#include <cmath>

#include "core/base/logging.h"
#include "core/nn/kernels.h"
#include "core/nn/plain_passes.h"

namespace vagram {
namespace {

// What one pass over flat buffers needs of every buffer.
void CheckFlat(const at::Tensor& buffer, const at::Tensor& like, const char* name) {
  CHECK(buffer.is_contiguous() && buffer.numel() == like.numel() &&
        buffer.dtype() == like.dtype() && buffer.device() == like.device())
      << name << " is " << c10::toString(buffer.scalar_type()) << " " << buffer.sizes() << " on "
      << buffer.device() << ", expected contiguous " << c10::toString(like.scalar_type()) << " "
      << like.sizes() << " on " << like.device();
}

bool HasFusedPass(const at::Tensor& tensor) {
  return tensor.is_cpu() &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kDouble);
}

template <typename T>
void FusedStep(const kernels::AdamStep& step, const at::Tensor& gradient,
               const at::Tensor& parameters, const at::Tensor& first_moment,
               const at::Tensor& second_moment) {
  kernels::Adam(step, parameters.numel(), gradient.data_ptr<T>(), parameters.data_ptr<T>(),
                first_moment.data_ptr<T>(), second_moment.data_ptr<T>());
}

}  // namespace

Adam::Adam(const at::Tensor& parameters, AdamOptions options)
    : options_(options),
      first_moment_(at::zeros_like(parameters)),
      second_moment_(at::zeros_like(parameters)) {}

void Adam::Step(const at::Tensor& parameters, const at::Tensor& gradient) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  CheckFlat(parameters, first_moment_, "Adam's parameters");
  CheckFlat(gradient, first_moment_, "Adam's gradient");
  ++steps_;
  const double steps = static_cast<double>(steps_);
  kernels::AdamStep step;
  step.beta1 = options_.beta1;
  step.beta2 = options_.beta2;
  step.epsilon = options_.epsilon;
  step.weight_decay = options_.weight_decay;
  step.step_size = options_.learning_rate / (1 - std::pow(options_.beta1, steps));
  step.root_correction = 1 / std::sqrt(1 - std::pow(options_.beta2, steps));
  if (HasFusedPass(parameters)) {
    parameters.scalar_type() == at::kFloat
        ? FusedStep<float>(step, gradient, parameters, first_moment_, second_moment_)
        : FusedStep<double>(step, gradient, parameters, first_moment_, second_moment_);
    return;
  }
  plain::Adam(step, gradient, parameters, first_moment_, second_moment_);
}

void Adam::Restore(const at::Tensor& first_moment, const at::Tensor& second_moment, int64_t steps) {
  CHECK_EQ(first_moment.numel(), first_moment_.numel());
  CHECK_EQ(second_moment.numel(), second_moment_.numel());
  first_moment_.copy_(first_moment);
  second_moment_.copy_(second_moment);
  steps_ = steps;
}

void PolyakAverage(const at::Tensor& source, double tau, const at::Tensor& target) {
  at::AutoDispatchBelowADInplaceOrView no_autograd;
  CheckFlat(source, target, "the source of a Polyak average");
  if (!HasFusedPass(target)) {
    plain::Polyak(tau, source, target);
  } else if (target.scalar_type() == at::kFloat) {
    kernels::Polyak(tau, target.numel(), source.data_ptr<float>(), target.data_ptr<float>());
  } else {
    kernels::Polyak(tau, target.numel(), source.data_ptr<double>(), target.data_ptr<double>());
  }
}

}  // namespace vagram

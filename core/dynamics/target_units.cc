#include "core/dynamics/target_units.h"

#include <ATen/ATen.h>

#include <memory>

#include "core/dynamics/value_functions.h"

namespace vagram {
namespace {

at::Tensor OfStates(const at::Tensor& units) { return units.narrow(0, 0, units.size(0) - 1); }
at::Tensor OfReward(const at::Tensor& units) { return units.narrow(0, units.size(0) - 1, 1); }

}  // namespace

Prediction InTargetUnits(const Prediction& prediction, const at::Tensor& units) {
  if (!units.defined()) return prediction;
  Prediction out;
  out.next_state = prediction.next_state / OfStates(units);
  out.reward = prediction.reward / OfReward(units);
  if (prediction.log_variance.defined()) {
    out.log_variance = prediction.log_variance - 2 * units.log();
  }
  return out;
}

Target InTargetUnits(const Target& target, const at::Tensor& units) {
  if (!units.defined()) return target;
  Target out = target;
  out.state = target.state / OfStates(units);
  out.next_state = target.next_state / OfStates(units);
  out.reward = target.reward / OfReward(units);
  if (target.value_gradients.defined()) {
    out.value_gradients = target.value_gradients * OfStates(units);
  }
  if (target.value_functions != nullptr) {
    out.value_functions = std::make_shared<const StateValueFunctions>(
        target.value_functions->InUnitsOf(OfStates(units)));
  }
  return out;
}

}  // namespace vagram

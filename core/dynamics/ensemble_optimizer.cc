#include "core/dynamics/ensemble_optimizer.h"

#include <ATen/ATen.h>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/nn/adam_codec.h"

namespace vagram {

EnsembleOptimizer::EnsembleOptimizer(const Options& options, const Ensemble* ensemble)
    : parameters_(ensemble->parameters()) {
  const double rate = options.learning_rate;
  const MlpShape& shape = ensemble->network_shape();
  if (options.layer_weight_decay.empty()) {
    AddPart(shape.num_parameters(), rate, options.weight_decay);
  } else {
    CHECK_EQ(static_cast<int64_t>(options.layer_weight_decay.size()), shape.num_layers());
    for (int64_t layer = 0; layer < shape.num_layers(); ++layer) {
      const int64_t in = shape.sizes[layer], out = shape.sizes[layer + 1];
      AddPart(shape.networks * in * out, rate, options.layer_weight_decay[layer]);
      AddPart(shape.networks * out, rate, 0);
    }
  }
  if (ensemble->options().probabilistic) {
    AddPart(ensemble->BoundsPart(parameters_).numel(), rate, 0);
  }
}

void EnsembleOptimizer::AddPart(int64_t size, double learning_rate, double weight_decay) {
  AdamOptions adam;
  adam.learning_rate = learning_rate;
  adam.weight_decay = weight_decay;
  const int64_t offset = parts_.empty() ? 0 : parts_.back().offset + parts_.back().size;
  parts_.push_back({offset, size, Adam(parameters_.narrow(0, offset, size), adam)});
}

google::protobuf::RepeatedPtrField<v1::AdamState> EnsembleOptimizer::SaveState() const {
  google::protobuf::RepeatedPtrField<v1::AdamState> state;
  for (const Part& part : parts_) *state.Add() = EncodeAdam(part.adam);
  return state;
}

absl::Status EnsembleOptimizer::RestoreState(
    const google::protobuf::RepeatedPtrField<v1::AdamState>& state) {
  if (state.size() != static_cast<int>(parts_.size())) {
    return absl::InvalidArgumentError(absl::StrCat("the optimizer's state has ", state.size(),
                                                   " parts, expected ", parts_.size()));
  }
  for (int i = 0; i < state.size(); ++i) {
    RETURN_IF_ERROR(
        DecodeAdam(state[i], absl::StrCat("part ", i, " of the ensemble"), &parts_[i].adam));
  }
  return absl::OkStatus();
}

void EnsembleOptimizer::Step(const at::Tensor& gradient) {
  for (Part& part : parts_) {
    part.adam.Step(parameters_.narrow(0, part.offset, part.size),
                   gradient.narrow(0, part.offset, part.size));
  }
}

}  // namespace vagram

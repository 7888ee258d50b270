#ifndef CORE_DYNAMICS_ENSEMBLE_OPTIMIZER_H_
#define CORE_DYNAMICS_ENSEMBLE_OPTIMIZER_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/status.h"
#include "core/dynamics/ensemble.h"
#include "core/nn/adam.h"
#include "proto/checkpoint.pb.h"

namespace vagram {

// Adam on the flat parameters of an ensemble. The log-variance bounds never decay. The networks
// decay with one coefficient, weights and biases alike and in one pass, or with one per layer
// (Janner 2019, in the code: 2.5e-5, 5e-5, 7.5e-5, 7.5e-5, 1e-4), which is for the weights alone:
// biases then do not decay. Not thread-safe.
class EnsembleOptimizer {
 public:
  struct Options {
    double learning_rate = 1e-3;
    double weight_decay = 0;                 // of all layers, unless given per layer:
    std::vector<double> layer_weight_decay;  // none, or one per layer, hidden ones and the last
  };

  // `ensemble` must outlive the optimizer.
  EnsembleOptimizer(const Options& options, const Ensemble* ensemble);

  // One step of the ensemble's parameters; gradient: flat, like them.
  void Step(const at::Tensor& gradient);

  // The moments of every part of the parameters, and back, for an ensemble of the same shape.
  //   INVALID_ARGUMENT: another shape's.
  google::protobuf::RepeatedPtrField<v1::AdamState> SaveState() const;
  absl::Status RestoreState(const google::protobuf::RepeatedPtrField<v1::AdamState>& state);

 private:
  struct Part {  // of the flat buffer
    int64_t offset;
    int64_t size;
    Adam adam;
  };
  void AddPart(int64_t size, double learning_rate, double weight_decay);

  const at::Tensor parameters_;
  std::vector<Part> parts_;
};

}  // namespace vagram

#endif  // CORE_DYNAMICS_ENSEMBLE_OPTIMIZER_H_

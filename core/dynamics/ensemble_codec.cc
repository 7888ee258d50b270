#include "core/dynamics/ensemble_codec.h"

#include <ATen/core/Tensor.h>

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/nn/array_codec.h"

namespace vagram {

v1::GetModelResponse EncodeEnsemble(const Ensemble& ensemble, int64_t version) {
  v1::GetModelResponse model;
  model.mutable_parameters()->set_version(version);
  *model.mutable_parameters()->mutable_values() = ArrayFromTensor(ensemble.parameters());
  *model.mutable_input_mean() = ArrayFromTensor(ensemble.normalizer().mean());
  *model.mutable_input_std() = ArrayFromTensor(ensemble.normalizer().std());
  *model.mutable_target_mean() = ArrayFromTensor(ensemble.target_scaling().mean());
  *model.mutable_target_std() = ArrayFromTensor(ensemble.target_scaling().std());
  for (int elite : ensemble.elites()) model.add_elites(elite);
  return model;
}

absl::Status DecodeEnsemble(const v1::GetModelResponse& model, Ensemble* ensemble) {
  const Ensemble::Options& options = ensemble->options();
  const int64_t inputs = int64_t{options.obs_dim} + options.act_dim;
  ASSIGN_OR_RETURN(const at::Tensor parameters,
                   TensorFromArray(model.parameters().values(), v1::FLOAT32,
                                   {ensemble->parameters().numel()}, "parameters"));
  ASSIGN_OR_RETURN(const at::Tensor mean,
                   TensorFromArray(model.input_mean(), v1::FLOAT32, {inputs}, "input_mean"));
  ASSIGN_OR_RETURN(const at::Tensor std,
                   TensorFromArray(model.input_std(), v1::FLOAT32, {inputs}, "input_std"));
  const int64_t targets = int64_t{options.obs_dim} + 1;
  ASSIGN_OR_RETURN(const at::Tensor target_mean,
                   TensorFromArray(model.target_mean(), v1::FLOAT32, {targets}, "target_mean"));
  ASSIGN_OR_RETURN(const at::Tensor target_std,
                   TensorFromArray(model.target_std(), v1::FLOAT32, {targets}, "target_std"));
  std::vector<int> elites(model.elites().begin(), model.elites().end());
  bool members = !elites.empty();
  for (int elite : elites) members = members && elite >= 0 && elite < options.members;
  if (!members) {
    return absl::InvalidArgumentError(absl::StrCat("expected elites of ", options.members,
                                                   " members, at least one, got ", elites.size(),
                                                   " that are not all among them"));
  }
  ensemble->parameters().copy_(parameters);
  ensemble->normalizer().Set(mean, std);
  ensemble->target_scaling().Set(target_mean, target_std);
  ensemble->SetElites(std::move(elites));
  return absl::OkStatus();
}

}  // namespace vagram

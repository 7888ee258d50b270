#include "actor/scripted_policy.h"

#include <torch/script.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "actor/trained_actor.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/nn/action_range.h"
#include "core/nn/gaussian_policy.h"
#include "core/nn/mlp.h"
#include "core/nn/normalization_kernels.h"
#include "core/nn/tanh_gaussian.h"

namespace vagram {
namespace {

const char* FunctionName(Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return "torch.relu";
    case Activation::kSilu:
      return "torch.silu";
    case Activation::kTanh:
      return "torch.tanh";
  }
  return "";
}

// The network's outputs, means and then raw log deviations, layer by layer as in StackedMlp.
std::string HeadsSource(const MlpShape& shape) {
  std::string source = absl::StrCat(
      "def heads(self, observation: Tensor) -> Tensor:\n"
      "  assert observation.size(-1) == ",
      shape.inputs(), ", 'expected observations of ", shape.inputs(),
      " numbers, got ' + str(observation.size(-1))\n"
      "  x = observation.to(self.center)\n");
  for (int64_t l = 0; l < shape.num_layers(); ++l) {
    absl::StrAppend(&source, "  x = torch.add(torch.matmul(x, self.weight_", l, "), self.bias_", l,
                    ")\n");
    if (l + 1 == shape.num_layers()) continue;
    if (shape.layer_norm) {
      absl::StrAppend(&source, "  x = torch.layer_norm(x, [", shape.sizes[l + 1], "], self.gain_",
                      l, ", self.offset_", l, ", ", kernels::kLayerNormEpsilon, ")\n");
    }
    absl::StrAppend(&source, "  x = ", FunctionName(shape.activation), "(x)\n");
    if (shape.unit_features && l + 2 == shape.num_layers()) {
      absl::StrAppend(&source, "  x = torch.div(x, torch.clamp_min(torch.norm(x, 2, [-1], True), ",
                      kernels::kShortestRow, "))\n");
    }
  }
  return source + "  return x\n";
}

std::string ActionSource(int64_t act_dim) {
  return absl::StrCat(
      "def squash(self, pre_tanh: Tensor) -> Tensor:\n"
      "  return torch.add(torch.mul(torch.tanh(pre_tanh), self.half_range), self.center)\n"
      "def forward(self, observation: Tensor) -> Tensor:\n"
      "  return self.squash(torch.narrow(self.heads(observation), -1, 0, ",
      act_dim,
      "))\n"
      "def sample(self, observation: Tensor) -> Tensor:\n"
      "  heads = self.heads(observation)\n"
      "  mean = torch.narrow(heads, -1, 0, ",
      act_dim,
      ")\n"
      "  raw = torch.narrow(heads, -1, ",
      act_dim, ", ", act_dim,
      ")\n"
      "  log_std = torch.add(torch.mul(torch.add(torch.tanh(raw), 1.0), ",
      (kLogStdMax - kLogStdMin) / 2, "), ", kLogStdMin,
      ")\n"
      "  noise = torch.randn_like(mean)\n"
      "  return self.squash(torch.add(mean, torch.mul(torch.exp(log_std), noise)))\n");
}

torch::jit::Module BuildModule(const v1::PolicyFile& file, const StackedMlp& mlp,
                               const ActionRange& range) {
  torch::jit::Module module("Policy");
  const auto own = [](const at::Tensor& view) { return view[0].detach().clone(); };
  for (int64_t l = 0; l < mlp.shape().num_layers(); ++l) {
    module.register_parameter(absl::StrCat("weight_", l), own(mlp.weight(l)), false);
    module.register_parameter(absl::StrCat("bias_", l), own(mlp.bias(l)).squeeze(0), false);
    if (!mlp.shape().layer_norm || l + 1 == mlp.shape().num_layers()) continue;
    module.register_parameter(absl::StrCat("gain_", l), own(mlp.layers().gains[l]).squeeze(0),
                              false);
    module.register_parameter(absl::StrCat("offset_", l), own(mlp.layers().offsets[l]).squeeze(0),
                              false);
  }
  const at::TensorOptions type = mlp.parameters().options();
  module.register_buffer("center", range.center.to(type));
  module.register_buffer("half_range", range.half_range.to(type));
  const int64_t act_dim = range.center.size(0);
  module.register_attribute("env_id", c10::StringType::get(), file.env().id());
  module.register_attribute("trial_id", c10::StringType::get(), file.trial_id());
  module.register_attribute("obs_dim", c10::IntType::get(), mlp.shape().inputs());
  module.register_attribute("act_dim", c10::IntType::get(), act_dim);
  module.register_attribute("step", c10::IntType::get(), static_cast<int64_t>(file.step()));
  module.define(HeadsSource(mlp.shape()) + ActionSource(act_dim));
  module.eval();
  return module;
}

}  // namespace

absl::StatusOr<std::string> ScriptPolicy(const v1::PolicyFile& file, const Task& task) {
  ASSIGN_OR_RETURN(const TrainedActor actor, ReadActor(file, task));
  ASSIGN_OR_RETURN(const ActionRange range,
                   ActionRange::Create(actor.options.act_low, actor.options.act_high));
  ASSIGN_OR_RETURN(const StackedMlp mlp,
                   StackedMlp::Create(ActorShape(actor.options), actor.parameters));
  try {
    std::ostringstream out;
    BuildModule(file, mlp, range).save(out);
    return std::move(out).str();
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("the policy as TorchScript: ", error.what()));
  }
}

absl::StatusOr<double> ScriptedPolicyError(const std::string& module, const v1::PolicyFile& file,
                                           const Task& task) {
  ASSIGN_OR_RETURN(const TrainedActor actor, ReadActor(file, task));
  ASSIGN_OR_RETURN(GaussianPolicy policy, GaussianPolicy::Create(actor.options, actor.parameters));
  ASSIGN_OR_RETURN(const ActionRange range,
                   ActionRange::Create(actor.options.act_low, actor.options.act_high));
  constexpr int64_t kStates = 4096;
  Rng rng(DeriveSeed(0, "scripted policy"));
  at::Tensor states = at::empty({kStates, actor.options.obs_dim}, at::kFloat);
  float* next = states.data_ptr<float>();
  for (int64_t i = 0; i < kStates; ++i) {
    const double deviation = i % 3 == 0 ? 0.1 : i % 3 == 1 ? 1 : 10;
    for (int j = 0; j < actor.options.obs_dim; ++j) {
      *next++ = static_cast<float>(deviation * rng.Normal());
    }
  }
  const at::Tensor expected = policy.Mean(states);
  try {
    std::istringstream in(module);
    torch::jit::Module loaded = torch::jit::load(in);
    const at::Tensor actions = loaded.forward({states}).toTensor();
    return ((actions - expected).abs() / range.half_range.to(at::kFloat)).max().item<double>();
  } catch (const std::exception& error) {
    return absl::DataLossError(
        absl::StrCat("expected a TorchScript module of a policy, got: ", error.what()));
  }
}

}  // namespace vagram

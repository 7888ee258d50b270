#include "tests/golden/loss_check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/dynamics/loss_catalog.h"
#include "core/dynamics/losses/make_loss.h"
#include "core/dynamics/value_functions.h"
#include "core/dynamics/value_gradients.h"
#include "core/nn/mlp.h"
#include "tests/golden/golden_tensors.h"
#include "tests/golden/value_expansion_check.h"

namespace vagram {
namespace {

using nlohmann::json;

// Networks of equal sizes, each a list of layers {weight [in][out], bias [out]}, as one stack.
absl::StatusOr<StackedMlp> ReadNetworks(const json& networks, int64_t inputs) {
  if (!networks.is_array() || networks.empty() || !networks[0].is_array()) {
    return absl::InvalidArgumentError("networks are expected to be lists of layers");
  }
  MlpShape shape;
  shape.networks = static_cast<int64_t>(networks.size());
  shape.sizes = {inputs};
  shape.activation = Activation::kTanh;
  std::vector<at::Tensor> flat;
  for (size_t l = 0; l < networks[0].size(); ++l) {
    const int64_t in = shape.sizes.back();
    const int64_t out = static_cast<int64_t>(networks[0][l].value("bias", json::array()).size());
    std::vector<at::Tensor> weights, biases;
    for (const json& network : networks) {
      if (!network.is_array() || network.size() <= l) {
        return absl::InvalidArgumentError("networks are expected to have equally many layers");
      }
      ASSIGN_OR_RETURN(at::Tensor weight, ReadTensor(network[l], "weight", {in, out}));
      ASSIGN_OR_RETURN(at::Tensor bias, ReadTensor(network[l], "bias", {out}));
      weights.push_back(weight.reshape(-1));
      biases.push_back(bias);
    }
    flat.insert(flat.end(), weights.begin(), weights.end());
    flat.insert(flat.end(), biases.begin(), biases.end());
    shape.sizes.push_back(out);
  }
  if (flat.empty()) return absl::InvalidArgumentError("networks without layers");
  return StackedMlp::Create(std::move(shape), at::cat(flat));
}

// A golden file, checked for its form.
struct GoldenCase {
  Target target;  // without value gradients
  Prediction prediction;
  at::Tensor raw, clipped;  // recorded value gradients, [J, B, n]
  double clip_quantile = 0;
  LossOptions options;
  std::vector<StackedMlp> policy;   // exactly one
  std::vector<StackedMlp> critics;  // exactly one, J networks
  json losses;
};

// a + weight * b, element by element, of numbers or nested lists of equal form.
json WeightedSum(const json& a, double weight, const json& b) {
  if (!a.is_array()) return a.get<double>() + weight * b.get<double>();
  json sum = json::array();
  for (size_t i = 0; i < a.size(); ++i) sum.push_back(WeightedSum(a[i], weight, b.at(i)));
  return sum;
}

// The golden files have no `mle_vagram`; it follows from what they record of its two terms, each
// computed apart from this project.
constexpr double kVagramWeight = 0.3;
void AddMleVagram(json& losses) {
  if (!losses.contains("mle") || !losses.contains("vagram") || losses.contains("mle_vagram"))
    return;
  const json& mle = losses["mle"];
  const json& vagram = losses["vagram"];
  json sum = mle;
  sum["loss"] = WeightedSum(mle.at("loss"), kVagramWeight, vagram.at("state_term"));
  sum["grad_pred_next"] =
      WeightedSum(mle.at("grad_pred_next"), kVagramWeight, vagram.at("grad_pred_next"));
  losses["mle_vagram"] = std::move(sum);
}

absl::StatusOr<GoldenCase> ReadCase(const json& file) {
  GoldenCase golden;
  ASSIGN_OR_RETURN(const int64_t members, ReadCount(file, "members"));
  ASSIGN_OR_RETURN(const int64_t batch, ReadCount(file, "batch"));
  ASSIGN_OR_RETURN(const int64_t obs_dim, ReadCount(file, "obs_dim"));
  ASSIGN_OR_RETURN(const int64_t act_dim, ReadCount(file, "act_dim"));
  ASSIGN_OR_RETURN(const int64_t functions, ReadCount(file, "value_functions"));
  ASSIGN_OR_RETURN(golden.target.state, ReadTensor(file, "state", {batch, obs_dim}));
  ASSIGN_OR_RETURN(golden.target.action, ReadTensor(file, "action", {batch, act_dim}));
  ASSIGN_OR_RETURN(golden.target.next_state, ReadTensor(file, "next_state", {batch, obs_dim}));
  ASSIGN_OR_RETURN(golden.target.reward, ReadTensor(file, "reward", {batch, 1}));
  ASSIGN_OR_RETURN(golden.prediction.next_state,
                   ReadTensor(file, "pred_next", {members, batch, obs_dim}));
  ASSIGN_OR_RETURN(golden.prediction.reward, ReadTensor(file, "pred_reward", {members, batch, 1}));
  ASSIGN_OR_RETURN(golden.prediction.log_variance,
                   ReadTensor(file, "logvar", {members, batch, obs_dim + 1}));
  ASSIGN_OR_RETURN(golden.raw,
                   ReadTensor(file, "value_gradients_raw", {functions, batch, obs_dim}));
  ASSIGN_OR_RETURN(golden.clipped,
                   ReadTensor(file, "value_gradients_clipped", {functions, batch, obs_dim}));
  ASSIGN_OR_RETURN(const at::Tensor quantile, ReadTensor(file, "clip_quantile", {}));
  golden.clip_quantile = quantile.item<double>();
  ASSIGN_OR_RETURN(const at::Tensor hessian_bound, ReadTensor(file, "hessian_m", {}));
  golden.options.hessian_bound = hessian_bound.item<double>();
  golden.options.vagram_weight = kVagramWeight;
  ASSIGN_OR_RETURN(const at::Tensor mse_weight, ReadTensor(file, "itervaml_lambda", {}));
  golden.options.itervaml_mse_weight = mse_weight.item<double>();
  ASSIGN_OR_RETURN(StackedMlp policy,
                   ReadNetworks(json::array({file.value("policy", json())}), obs_dim));
  golden.policy.push_back(std::move(policy));
  ASSIGN_OR_RETURN(StackedMlp critics,
                   ReadNetworks(file.value("critics", json()), obs_dim + act_dim));
  golden.critics.push_back(std::move(critics));
  if (golden.critics[0].shape().networks != functions || golden.critics[0].shape().outputs() != 1 ||
      golden.policy[0].shape().outputs() != act_dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected ", functions, " critics with one output each and a policy with ",
                     act_dim, " outputs"));
  }
  ASSIGN_OR_RETURN(
      const ActionRange actions,
      ActionRange::Create(std::vector<double>(act_dim, -1.0), std::vector<double>(act_dim, 1.0)));
  ASSIGN_OR_RETURN(StateValueFunctions value_functions,
                   StateValueFunctions::Create(golden.policy[0], golden.critics, actions,
                                               /*critic_version=*/0));
  golden.target.value_functions =
      std::make_shared<const StateValueFunctions>(std::move(value_functions));
  golden.losses = file.value("losses", json());
  if (!golden.losses.is_object()) return absl::InvalidArgumentError("field 'losses' is missing");
  AddMleVagram(golden.losses);
  return golden;
}

// dV_j/ds at the observed next states, V_j(s) = critic_j(s, policy mean), the action held constant.
at::Tensor ValueGradients(const GoldenCase& golden) {
  const at::Tensor& states = golden.target.next_state;
  MlpWorkspace policy_workspace, critic_workspace;
  const at::Tensor actions = golden.policy[0].Forward(states, policy_workspace)[0].tanh();
  const at::Tensor values =
      golden.critics[0].Forward(at::cat({states, actions}, 1), critic_workspace);
  const at::Tensor gradient = golden.critics[0].Backward(
      at::ones_like(values), critic_workspace, at::Tensor(), /*want_input_gradient=*/true);
  return gradient.narrow(2, 0, states.size(1)).clone();
}

absl::StatusOr<LossCheck> CheckLoss(const std::string& name, const LossInfo& info,
                                    const LossOptions& options, const GoldenCase& golden,
                                    const at::Tensor& value_gradients) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ModelLoss> loss, MakeLoss(info.name, options));
  Target target = golden.target;
  if (info.uses_value_gradients) target.value_gradients = value_gradients;
  Prediction prediction;
  prediction.next_state = golden.prediction.next_state.clone().requires_grad_(true);
  prediction.reward = golden.prediction.reward.clone().requires_grad_(true);
  if (info.probabilistic_default) {
    prediction.log_variance = golden.prediction.log_variance.clone().requires_grad_(true);
  }
  const ModelLoss::Value value = loss->Compute(prediction, target);
  const at::Tensor total = value.state + value.reward;
  total.backward();

  LossCheck check;
  check.name = name;
  const std::vector<std::pair<const char*, at::Tensor>> computed = {
      {"loss", total.detach()},
      {"state_term", value.state.detach()},
      {"grad_pred_next", prediction.next_state.grad()},
      {"grad_pred_reward", prediction.reward.grad()},
      {"grad_logvar",
       prediction.log_variance.defined() ? prediction.log_variance.grad() : at::Tensor()}};
  const json& recorded = golden.losses[name];
  for (const auto& [field, ours] : computed) {
    if (!ours.defined()) continue;
    // The likelihoods have no state term of their own: they are recorded as a whole.
    if (field == std::string("state_term") && !recorded.contains(field)) continue;
    ASSIGN_OR_RETURN(const at::Tensor reference, ReadTensor(recorded, field, ours.sizes()));
    Compare(ours, reference, field, &check);
  }
  return check;
}

absl::StatusOr<LossReport> CheckCase(const json& file) try {
  ASSIGN_OR_RETURN(const GoldenCase golden, ReadCase(file));
  const at::Tensor raw = ValueGradients(golden);
  ASSIGN_OR_RETURN(const ClippedValueGradients clipped,
                   ClipValueGradients(raw, golden.clip_quantile));
  LossReport report;
  LossCheck gradients;
  gradients.name = "value gradients";
  Compare(raw, golden.raw, "value_gradients_raw", &gradients);
  Compare(clipped.gradients, golden.clipped, "value_gradients_clipped", &gradients);
  report.checks.push_back(gradients);
  ASSIGN_OR_RETURN(LossCheck expansion, CheckValueExpansion(file.value("value_expansion", json())));
  report.checks.push_back(std::move(expansion));

  for (const auto& [name, recorded] : golden.losses.items()) {
    const bool unclipped = name == "vagram_unclipped";
    const bool pure = name == "itervaml_pure";
    const absl::StatusOr<const LossInfo*> info = FindLoss(unclipped ? "vagram"
                                                          : pure    ? "itervaml"
                                                                    : name);
    if (!info.ok()) {
      report.missing.push_back(name);
      continue;
    }
    LossOptions options = golden.options;
    if (pure) options.itervaml_mse_weight = 0;
    ASSIGN_OR_RETURN(LossCheck check,
                     CheckLoss(name, **info, options, golden, unclipped ? raw : clipped.gradients));
    report.checks.push_back(std::move(check));
  }
  return report;
} catch (const json::exception& error) {
  return absl::InvalidArgumentError(error.what());
}

}  // namespace

absl::StatusOr<LossReport> CheckLossFile(const std::string& path) {
  std::ifstream in(path);
  if (!in) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  const json file = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!file.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is expected to hold a JSON object"));
  }
  absl::StatusOr<LossReport> report = CheckCase(file);
  if (!report.ok()) {
    return absl::Status(report.status().code(),
                        absl::StrCat(path, ": ", report.status().message()));
  }
  report->file = std::filesystem::path(path).filename().string();
  return report;
}

absl::StatusOr<std::vector<LossReport>> CheckLossFolder(const std::string& folder) {
  std::error_code error;
  std::set<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (absl::StartsWith(name, "case_") && absl::EndsWith(name, ".json")) {
      paths.insert(entry.path().string());
    }
  }
  if (error || paths.empty()) {
    return absl::NotFoundError(absl::StrCat("no case_*.json in ", folder,
                                            error ? absl::StrCat(": ", error.message()) : ""));
  }
  std::vector<LossReport> reports;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(LossReport report, CheckLossFile(path));
    reports.push_back(std::move(report));
  }
  return reports;
}

bool AllPassed(const std::vector<LossReport>& reports) {
  for (const LossReport& report : reports) {
    for (const LossCheck& check : report.checks) {
      if (!check.passed()) return false;
    }
  }
  return true;
}

std::string FormatTable(const std::vector<LossReport>& reports) {
  std::string table =
      absl::StrFormat("%-20s %-18s %11s  %-6s  %s\n", "file", "check", "worst error", "", "where");
  std::set<std::string> missing;
  for (const LossReport& report : reports) {
    for (const LossCheck& check : report.checks) {
      absl::StrAppendFormat(&table, "%-20s %-18s %11.3g  %-6s  %s\n", report.file, check.name,
                            check.worst, check.passed() ? "ok" : "FAILED", check.where);
    }
    missing.insert(report.missing.begin(), report.missing.end());
  }
  absl::StrAppendFormat(&table, "allowed: %.0g of 1 + the reference's size\n", kLossBar);
  if (!missing.empty()) {
    absl::StrAppend(&table, "not implemented here: ", absl::StrJoin(missing, ", "), "\n");
  }
  return table;
}

}  // namespace vagram

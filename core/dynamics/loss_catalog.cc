#include "core/dynamics/loss_catalog.h"

#include "absl/strings/str_cat.h"
#include "core/base/nearest.h"

namespace vagram {
namespace {

std::vector<LossInfo> MakeCatalog() {
  std::vector<LossInfo> losses;

  LossInfo itervaml;
  itervaml.name = "itervaml";
  itervaml.summary =
      "squared error of the value: (V(s') - E V(s^'))^2 + lambda |s^' - s'|^2, lambda = "
      "model.itervaml_mse_weight";
  itervaml.source = "Farahmand 2018; Voelcker 2022, equation 2 and appendix D.1";
  itervaml.allows_probabilistic = true;
  itervaml.allows_deterministic = true;
  itervaml.uses_value_functions = true;
  losses.push_back(itervaml);

  LossInfo itervaml_soft = itervaml;
  itervaml_soft.name = "itervaml_soft";
  itervaml_soft.summary =
      "itervaml with V(s) = E [Q(s, a) - alpha log pi(a|s)], a of model.itervaml_samples samples";
  itervaml_soft.source = "Voelcker 2022, appendix C, equation 17";
  itervaml_soft.samples_actions = true;
  losses.push_back(itervaml_soft);

  LossInfo mle;
  mle.name = "mle";
  mle.summary = "Gaussian negative log-likelihood: sum_n (mu_n - y_n)^2 exp(-lv_n) + lv_n";
  mle.source = "Chua 2018; Janner 2019";
  mle.probabilistic_default = true;
  mle.allows_probabilistic = true;
  losses.push_back(mle);

  LossInfo mle_vagram;
  mle_vagram.name = "mle_vagram";
  mle_vagram.summary = "mle + lambda vagram, lambda = model.vagram_weight";
  mle_vagram.source = "ours, of mle and vagram";
  mle_vagram.probabilistic_default = true;
  mle_vagram.allows_probabilistic = true;
  mle_vagram.uses_value_gradients = true;
  losses.push_back(mle_vagram);

  LossInfo mse;
  mse.name = "mse";
  mse.summary = "squared error of the next state: sum_n (s^'_n - s'_n)^2";
  mse.source = "Voelcker 2022, appendix F";
  mse.allows_deterministic = true;
  losses.push_back(mse);

  LossInfo vagram;
  vagram.name = "vagram";
  vagram.summary =
      "squared error weighted by the value gradient: sum_n (dV/ds'_n)^2 (s^'_n - s'_n)^2";
  vagram.source = "Voelcker 2022, equation 7 and algorithm 1";
  vagram.allows_deterministic = true;
  vagram.uses_value_gradients = true;
  losses.push_back(vagram);

  LossInfo vagram_hessian;
  vagram_hessian.name = "vagram_hessian";
  vagram_hessian.summary =
      "2 (dV/ds' . (s^' - s'))^2 + (M^2 / 2) |s^' - s'|^4, M = model.hessian_bound";
  vagram_hessian.source = "Voelcker 2022, appendix A, equation 12";
  vagram_hessian.allows_deterministic = true;
  vagram_hessian.uses_value_gradients = true;
  losses.push_back(vagram_hessian);

  LossInfo vagram_reference_2022;
  vagram_reference_2022.name = "vagram_reference_2022";
  vagram_reference_2022.summary =
      "what the paper's authors' code computes in place of vagram; docs/reference_2022.md";
  vagram_reference_2022.source = "pairlab/vagram, mbrl/models/vaml_mlp.py of August 2022";
  vagram_reference_2022.allows_deterministic = true;
  vagram_reference_2022.uses_value_gradients = true;
  vagram_reference_2022.reference_2022 = true;
  losses.push_back(vagram_reference_2022);

  LossInfo vagram_taylor;
  vagram_taylor.name = "vagram_taylor";
  vagram_taylor.summary =
      "squared first-order error of the value: (dV/ds' . (s^' - s'))^2; has spurious minima";
  vagram_taylor.source = "Voelcker 2022, equation 5 and appendix B";
  vagram_taylor.allows_deterministic = true;
  vagram_taylor.uses_value_gradients = true;
  losses.push_back(vagram_taylor);

  LossInfo value_weighted;
  value_weighted.name = "value_weighted";
  value_weighted.summary =
      "squared error of a transition weighted by its value: w(V(s')) |s^' - s'|^2, w by "
      "model.value_weighting";
  value_weighted.source = "Voelcker 2022, appendix D.1, after Nair 2020";
  value_weighted.allows_deterministic = true;
  value_weighted.uses_value_functions = true;
  value_weighted.uses_value_weights = true;
  losses.push_back(value_weighted);

  return losses;
}

}  // namespace

const std::vector<LossInfo>& AllLosses() {
  static const auto* const losses = new std::vector<LossInfo>(MakeCatalog());
  return *losses;
}

absl::StatusOr<const LossInfo*> FindLoss(absl::string_view name) {
  std::vector<std::string> names;
  for (const LossInfo& loss : AllLosses()) {
    if (loss.name == name) return &loss;
    names.push_back(loss.name);
  }
  const std::string nearest = NearestName(name, names);
  return absl::NotFoundError(
      absl::StrCat("no model loss is called '", name, "'; ",
                   nearest.empty() ? "" : absl::StrCat("did you mean '", nearest, "'? "),
                   "`vagram losses` lists them all"));
}

}  // namespace vagram

#include "core/dynamics/losses/make_loss.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/dynamics/loss_catalog.h"
#include "core/dynamics/losses/itervaml.h"
#include "core/dynamics/losses/itervaml_soft.h"
#include "core/dynamics/losses/mle.h"
#include "core/dynamics/losses/mle_vagram.h"
#include "core/dynamics/losses/mse.h"
#include "core/dynamics/losses/vagram.h"
#include "core/dynamics/losses/vagram_hessian.h"
#include "core/dynamics/losses/vagram_reference_2022.h"
#include "core/dynamics/losses/vagram_taylor.h"
#include "core/dynamics/losses/value_weighted.h"

namespace vagram {

absl::StatusOr<std::unique_ptr<ModelLoss>> MakeLoss(absl::string_view name,
                                                    const LossOptions& options) {
  RETURN_IF_ERROR(FindLoss(name).status());
  if (name == "itervaml") return std::make_unique<IterVamlLoss>(options.itervaml_mse_weight);
  if (name == "itervaml_soft") {
    return std::make_unique<IterVamlSoftLoss>(options.itervaml_mse_weight);
  }
  if (name == "mle") return std::make_unique<MleLoss>();
  if (name == "mle_vagram") return std::make_unique<MleVagramLoss>(options.vagram_weight);
  if (name == "mse") return std::make_unique<MseLoss>();
  if (name == "vagram") return std::make_unique<VagramLoss>(options.mse_warmup_epochs);
  if (name == "vagram_hessian") return std::make_unique<VagramHessianLoss>(options.hessian_bound);
  if (name == "vagram_reference_2022") {
    return std::make_unique<VagramReference2022Loss>(options.gradient_clip_quantile,
                                                     options.first_epoch_trainings);
  }
  if (name == "vagram_taylor") return std::make_unique<VagramTaylorLoss>();
  if (name == "value_weighted") return std::make_unique<ValueWeightedLoss>();
  return absl::InternalError(
      absl::StrCat("loss '", name, "' is in the catalogue, but MakeLoss does not make it"));
}

}  // namespace vagram

#ifndef CORE_DYNAMICS_LOSSES_MAKE_LOSS_H_
#define CORE_DYNAMICS_LOSSES_MAKE_LOSS_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/dynamics/model_loss.h"

namespace vagram {

// What single losses can be told, under the names of v1::ModelConfig.
struct LossOptions {
  int64_t mse_warmup_epochs = 0;      // vagram
  double vagram_weight = 1;           // mle_vagram
  double hessian_bound = 1;           // vagram_hessian
  double itervaml_mse_weight = 0.01;  // itervaml, itervaml_soft
  int64_t itervaml_samples = 10;      // itervaml on a probabilistic ensemble, itervaml_soft
  // vagram_reference_2022: of the norms in a minibatch; trainings in the trial's first epoch.
  double gradient_clip_quantile = 0.95;
  int64_t first_epoch_trainings = 0;
};

// A loss of the catalogue.   NOT_FOUND: names the nearest one.
absl::StatusOr<std::unique_ptr<ModelLoss>> MakeLoss(absl::string_view name,
                                                    const LossOptions& options);

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSSES_MAKE_LOSS_H_

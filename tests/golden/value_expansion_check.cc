#include "tests/golden/value_expansion_check.h"

#include <ATen/ATen.h>

#include <cstdint>

#include "core/base/status_macros.h"
#include "learner/sac/value_expansion.h"
#include "tests/golden/golden_tensors.h"

namespace vagram {

absl::StatusOr<LossCheck> CheckValueExpansion(const nlohmann::json& recorded) {
  if (!recorded.is_object() || !recorded.contains("reward") || !recorded["reward"].is_array()) {
    return absl::InvalidArgumentError("field 'value_expansion' is expected with its rewards");
  }
  const int64_t batch = static_cast<int64_t>(recorded["reward"].size());
  ASSIGN_OR_RETURN(const int64_t horizon, ReadCount(recorded, "horizon"));
  ASSIGN_OR_RETURN(const at::Tensor gamma, ReadTensor(recorded, "gamma", {}));
  ExpandedPaths paths;
  ASSIGN_OR_RETURN(paths.reward, ReadTensor(recorded, "reward", {batch, 1}));
  ASSIGN_OR_RETURN(paths.terminated, ReadTensor(recorded, "done", {batch, 1}));
  ASSIGN_OR_RETURN(paths.imagined_reward,
                   ReadTensor(recorded, "imagined_rewards", {batch, horizon}));
  ASSIGN_OR_RETURN(paths.imagined_terminated,
                   ReadTensor(recorded, "imagined_dones", {batch, horizon}));
  ASSIGN_OR_RETURN(const at::Tensor values,
                   ReadTensor(recorded, "target_values", {batch, horizon + 1}));
  ASSIGN_OR_RETURN(const at::Tensor targets,
                   ReadTensor(recorded, "td_k_targets", {batch, horizon + 1}));
  ASSIGN_OR_RETURN(const at::Tensor mask, ReadTensor(recorded, "td_k_mask", {batch, horizon + 1}));
  ASSIGN_OR_RETURN(const at::Tensor candidates,
                   ReadTensor(recorded, "horizon_candidates", {batch, horizon + 1}));

  const double discount = gamma.item<double>();
  const at::Tensor ours = TdKTargets(paths, values.narrow(1, horizon, 1), discount);
  LossCheck check;
  check.name = "value expansion";
  Compare(TdKMask(paths), mask, "td_k_mask", &check);
  Compare(at::where(mask.gt(0), ours, targets), targets, "td_k_targets", &check);
  Compare(HorizonCandidates(paths, values, discount), candidates, "horizon_candidates", &check);
  return check;
}

}  // namespace vagram

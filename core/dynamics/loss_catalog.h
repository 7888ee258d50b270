#ifndef CORE_DYNAMICS_LOSS_CATALOG_H_
#define CORE_DYNAMICS_LOSS_CATALOG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vagram {

// What is known of a model loss without computing it, so that the CLI and the experiment file's
// checks need no LibTorch.
struct LossInfo {
  std::string name;
  std::string summary;                 // the equation, in one line
  std::string source;                  // paper and number
  bool probabilistic_default = false;  // whether the ensemble predicts variances when not told
  bool allows_probabilistic = false;
  bool allows_deterministic = false;
  bool uses_value_gradients = false;  // dV/ds' of the learner's critics, at observed states
  bool uses_value_functions = false;  // the critics themselves, for values at predicted states
  bool uses_value_weights = false;    // one weight per transition by its value; from the critics
  bool samples_actions = false;       // whether the policy's action is sampled for every batch
  // Takes the value gradients unclipped, and is trained and scored as the code of Voelcker 2022 is;
  // see reference_2022_gradients.h.
  bool reference_2022 = false;
};

// Every model loss, ordered by name.
const std::vector<LossInfo>& AllLosses();

// One loss.   NOT_FOUND: the message names the nearest one and how to list them.
absl::StatusOr<const LossInfo*> FindLoss(absl::string_view name);

}  // namespace vagram

#endif  // CORE_DYNAMICS_LOSS_CATALOG_H_

#ifndef TESTS_GOLDEN_LOSS_CHECK_H_
#define TESTS_GOLDEN_LOSS_CHECK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace vagram {

// The largest error allowed, relative to 1 + the reference's size.
inline constexpr double kLossBar = 1e-9;

// One loss, the value gradients themselves or the targets of value expansion, in one golden file.
struct LossCheck {
  std::string name;
  double worst = 0;   // the largest error found
  std::string where;  // of the worst error: loss, state_term, grad_pred_next, ...

  bool passed() const { return worst <= kLossBar; }  // false for what is not a number
};

struct LossReport {
  std::string file;  // without folder
  std::vector<LossCheck> checks;
  std::vector<std::string> missing;  // losses of the file that this project does not have
};

// Computes what a golden file records, in float64: the value gradients of its critics under its
// policy, raw and clipped, then every loss with these gradients, its value and its gradients by the
// predictions. `vagram_unclipped` is `vagram` with the raw gradients, `itervaml_pure`
// is `itervaml` without the squared error of the state; `mle_vagram` is compared with
// the sum of the file's `mle` and `vagram`. And the targets of value expansion.
//   NOT_FOUND: no file to read.   INVALID_ARGUMENT: not of the golden files' form; names the field.
absl::StatusOr<LossReport> CheckLossFile(const std::string& path);

// Every case_*.json of a folder, ordered by name.   NOT_FOUND: no folder, or no such file in it.
absl::StatusOr<std::vector<LossReport>> CheckLossFolder(const std::string& folder);

bool AllPassed(const std::vector<LossReport>& reports);

// For people: a line per check, and one that names what is not implemented.
std::string FormatTable(const std::vector<LossReport>& reports);

}  // namespace vagram

#endif  // TESTS_GOLDEN_LOSS_CHECK_H_

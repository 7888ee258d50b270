#ifndef CORE_ENV_DISTRACTORS_REFERENCE_2022_MAP_H_
#define CORE_ENV_DISTRACTORS_REFERENCE_2022_MAP_H_

#include <vector>

#include "absl/types/span.h"
#include "core/base/random.h"

namespace vagram {

// The distractors of the VaGraM authors' code (pairlab/vagram at cc7e2e4, with the switches of
// their experiments), which are not those of their paper:
//   u = L z,   v = u + 0.1 sin(B u),   next(z)_i = c_i if |v_i| > 20, else v_i
// Float64, without unit. Thread-safe as long as nobody writes to it.
struct Reference2022Map {
  std::vector<double> linear;       // L [dims, dims], row-major
  std::vector<double> sine_matrix;  // B [dims, dims], row-major
  std::vector<double> replacement;  // c [dims]

  // Draws L row by row from N(0, 1), then B row by row as squares of N(0, 10), then c from N(0, 1);
  // all are standard deviations.
  static Reference2022Map Draw(int dims, Rng& rng);

  // The state [dims] after `state` [dims].
  std::vector<double> Next(absl::Span<const double> state) const;
};

}  // namespace vagram

#endif  // CORE_ENV_DISTRACTORS_REFERENCE_2022_MAP_H_

#ifndef CORE_ENV_DISTRACTORS_PAPER_MAP_H_
#define CORE_ENV_DISTRACTORS_PAPER_MAP_H_

#include <vector>

#include "absl/types/span.h"
#include "core/base/random.h"

namespace vagram {

// The distractors of the VaGraM paper (Voelcker et al., 2022, Appendix E, equation 18):
//   next(s) = s + sin(A s)   if |s + sin(A s)| < 20
//             s0             otherwise
// |.| is the Euclidean norm of the whole vector; docs/design/0010-distractors.md says why. Float64,
// without unit. Thread-safe as long as nobody writes to it.
struct PaperMap {
  std::vector<double> sine_matrix;  // A [dims, dims], row-major
  std::vector<double> start;        // s0 [dims]

  // Draws A row by row from N(0, 10), then s0 from N(0, 0.1); both are standard deviations.
  static PaperMap Draw(int dims, Rng& rng);

  // The state [dims] after `state` [dims]. What is not finite goes back to s0 as well.
  std::vector<double> Next(absl::Span<const double> state) const;
};

}  // namespace vagram

#endif  // CORE_ENV_DISTRACTORS_PAPER_MAP_H_

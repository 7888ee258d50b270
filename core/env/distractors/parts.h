#ifndef CORE_ENV_DISTRACTORS_PARTS_H_
#define CORE_ENV_DISTRACTORS_PARTS_H_

// The few lines that several maps share.

#include <vector>

#include "absl/types/span.h"
#include "core/base/random.h"

namespace vagram {

// `size` independent draws from N(0, deviation), in order.
inline std::vector<double> DrawNormal(Rng& rng, size_t size, double deviation) {
  std::vector<double> values(size);
  for (double& value : values) value = deviation * rng.Normal();
  return values;
}

// matrix [n, n], row-major, times vector [n]. Every sum is added up from left to right: the maps
// take sines of values in the thousands, in which another order would show.
inline std::vector<double> Multiply(absl::Span<const double> matrix,
                                    absl::Span<const double> vector) {
  std::vector<double> product(vector.size());
  const double* entry = matrix.data();
  for (double& sum : product) {
    for (const double value : vector) sum += *entry++ * value;
  }
  return product;
}

}  // namespace vagram

#endif  // CORE_ENV_DISTRACTORS_PARTS_H_

#include "core/env/distractors/reference_2022_map.h"

#include <cmath>

#include "core/env/distractors/parts.h"

namespace vagram {
namespace {

constexpr double kRootDeviation = 10;  // of what B's entries are squares of
constexpr double kSineShare = 0.1;
constexpr double kMaxSize = 20;

}  // namespace

Reference2022Map Reference2022Map::Draw(int dims, Rng& rng) {
  const size_t size = dims;
  Reference2022Map map;
  map.linear = DrawNormal(rng, size * size, 1);
  map.sine_matrix = DrawNormal(rng, size * size, kRootDeviation);
  for (double& entry : map.sine_matrix) entry *= entry;
  map.replacement = DrawNormal(rng, size, 1);
  return map;
}

std::vector<double> Reference2022Map::Next(absl::Span<const double> state) const {
  std::vector<double> next = Multiply(linear, state);
  const std::vector<double> angles = Multiply(sine_matrix, next);
  for (size_t i = 0; i < next.size(); ++i) {
    next[i] += kSineShare * std::sin(angles[i]);
    if (std::abs(next[i]) > kMaxSize) next[i] = replacement[i];
  }
  return next;
}

}  // namespace vagram

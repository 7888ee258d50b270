#include "core/env/distractors/paper_map.h"

#include <cmath>

#include "core/env/distractors/parts.h"

namespace vagram {
namespace {

constexpr double kSineDeviation = 10;
constexpr double kStartDeviation = 0.1;
constexpr double kMaxNorm = 20;

double Norm(absl::Span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

PaperMap PaperMap::Draw(int dims, Rng& rng) {
  const size_t size = dims;
  PaperMap map;
  map.sine_matrix = DrawNormal(rng, size * size, kSineDeviation);
  map.start = DrawNormal(rng, size, kStartDeviation);
  return map;
}

std::vector<double> PaperMap::Next(absl::Span<const double> state) const {
  std::vector<double> next = Multiply(sine_matrix, state);
  for (size_t i = 0; i < next.size(); ++i) next[i] = state[i] + std::sin(next[i]);
  return Norm(next) < kMaxNorm ? next : start;
}

}  // namespace vagram

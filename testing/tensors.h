#ifndef TESTING_TENSORS_H_
#define TESTING_TENSORS_H_

#include <ATen/ATen.h>

#include <cstdint>

#include "absl/types/span.h"
#include "core/base/random.h"
#include "gtest/gtest.h"

namespace vagram {

// Standard normal draws, float64, the same for the same seed.
inline at::Tensor Normal(at::IntArrayRef sizes, uint64_t seed) {
  Rng rng(seed);
  at::Tensor out = at::empty(sizes, at::kDouble);
  rng.FillNormal(absl::MakeSpan(out.data_ptr<double>(), out.numel()));
  return out;
}

// Over all elements of tensors of equal sizes.
inline double LargestDifference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return a.sub(b).abs().max().item<double>();
}

}  // namespace vagram

#endif  // TESTING_TENSORS_H_

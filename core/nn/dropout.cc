#include "core/nn/dropout.h"

#include <ATen/ops/empty.h>

#include <cmath>

#include "core/nn/dispatch.h"

namespace vagram {
namespace {

// The gaps between units left out are geometric: one draw for each of them and none for the others,
// which are most.
template <typename T>
void Fill(const Dropout& dropout, int64_t size, T* keep) {
  const double log_kept = std::log1p(-dropout.probability);
  const auto gap = [&] { return std::floor(std::log1p(-dropout.rng->Uniform()) / log_kept); };
  for (double i = gap(); i < static_cast<double>(size); i += 1 + gap()) {
    keep[static_cast<int64_t>(i)] = 0;
  }
}

}  // namespace

void DrawKeep(const Dropout& dropout, const at::Tensor& keep) {
  if (!keep.is_cpu()) {
    const at::Tensor host = at::empty(keep.sizes(), keep.options().device(at::kCPU));
    DrawKeep(dropout, host);
    keep.copy_(host);
    return;
  }
  keep.fill_(1 / (1 - dropout.probability));
  WithElementType(keep,
                  [&](auto type) { Fill(dropout, keep.numel(), keep.data_ptr<decltype(type)>()); });
}

}  // namespace vagram

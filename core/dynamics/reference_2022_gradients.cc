#include "core/dynamics/reference_2022_gradients.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "absl/types/span.h"

namespace vagram {

Reference2022Gradients::Reference2022Gradients(const at::Tensor& train_rows, int64_t members,
                                               int64_t num_holdout, int64_t value_functions,
                                               int64_t obs_dim, Rng& rng) {
  const int64_t rows = train_rows.size(0);
  const at::Tensor drawn = at::empty({members * rows}, at::kLong);
  int64_t* const indices = drawn.data_ptr<int64_t>();
  for (int64_t i = 0; i < drawn.numel(); ++i) indices[i] = static_cast<int64_t>(rng.Below(rows));
  samples_ = train_rows.index_select(0, drawn).view({members, rows});
  const int64_t positions = std::max(rows, num_holdout);
  gradients_ = at::zeros({value_functions, positions, obs_dim}, at::kFloat);
  known_ = at::zeros({positions}, at::kBool);
}

at::Tensor Reference2022Gradients::NextEpoch(Rng& rng) {
  order_ = at::empty({samples_.size(1)}, at::kLong);
  rng.FillPermutation(absl::MakeSpan(order_.data_ptr<int64_t>(), order_.numel()));
  return samples_.index_select(1, order_);
}

at::Tensor Reference2022Gradients::OfBatch(int64_t begin, const at::Tensor& own) {
  const at::Tensor positions = order_.narrow(0, begin, own.size(2));
  if (AllKnown(positions)) return gradients_.index_select(1, positions);
  gradients_.index_copy_(1, positions, own.select(1, 0));
  known_.index_fill_(0, positions, true);
  return own;
}

at::Tensor Reference2022Gradients::OfHoldout(int64_t begin, const at::Tensor& own) {
  const at::Tensor known = known_.narrow(0, begin, own.size(1));
  if (known.all().item<bool>()) return gradients_.narrow(1, begin, own.size(1));
  known.fill_(true);
  return own;
}

bool Reference2022Gradients::AllKnown(const at::Tensor& positions) const {
  return known_.index_select(0, positions).all().item<bool>();
}

}  // namespace vagram

#include "learner/sac/sac_metrics.h"

#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/divergence.h"

namespace vagram {

SacMetricSums::SacMetricSums(const at::Device& device)
    : sums_(at::zeros({kNumQuantities}, at::TensorOptions(at::kDouble).device(device))),
      finite_updates_(at::zeros_like(sums_)) {
  for (int i = 0; i < kNumQuantities; ++i) sum_[i] = sums_[i];
}

void SacMetricSums::AddCritics(const at::Tensor& loss, const at::Tensor& q_mean,
                               const at::Tensor& temperature) {
  sum_[kCriticLoss].add_(loss);
  sum_[kQMean].add_(q_mean);
  sum_[kTemperature].add_(temperature);
}

void SacMetricSums::AddActor(const at::Tensor& loss, const at::Tensor& entropy) {
  sum_[kActorLoss].add_(loss);
  sum_[kEntropy].add_(entropy);
  ++actor_updates_;
}

void SacMetricSums::EndUpdate() {
  finite_updates_.add_(sums_.mul(0).eq_(0));  // 0 times NaN or an infinity is NaN
  ++updates_;
  ++total_updates_;
}

SacMetricSums::Values SacMetricSums::Read() const {
  const at::Tensor sums = sums_.cpu();
  Values values;
  std::copy_n(sums.data_ptr<double>(), values.size(), values.begin());
  return values;
}

v1::SacWindow SacMetricSums::Save() const {
  v1::SacWindow window;
  const Values sums = Read();
  const at::Tensor counts = finite_updates_.cpu();
  const double* const finite = counts.data_ptr<double>();
  window.mutable_sums()->Assign(sums.begin(), sums.end());
  window.mutable_finite_updates()->Assign(finite, finite + kNumQuantities);
  window.set_updates(updates_);
  window.set_actor_updates(actor_updates_);
  return window;
}

absl::Status SacMetricSums::Restore(const v1::SacWindow& window, int64_t total_updates) {
  if (window.sums_size() != kNumQuantities || window.finite_updates_size() != kNumQuantities) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the agent's metrics have ", window.sums_size(), " sums and ", window.finite_updates_size(),
        " counts, expected ", static_cast<int>(kNumQuantities), " of each"));
  }
  for (int i = 0; i < kNumQuantities; ++i) {
    sum_[i].fill_(window.sums(i));
    finite_updates_[i].fill_(window.finite_updates(i));
  }
  updates_ = window.updates();
  actor_updates_ = window.actor_updates();
  total_updates_ = total_updates;
  checked_sums_ = Read();
  checked_updates_ = updates_;
  return absl::OkStatus();
}

SacMetrics SacMetricSums::Take() {
  const Values sums = Read();
  const double updates = std::max<int64_t>(updates_, 1);
  const double actor_updates = std::max<int64_t>(actor_updates_, 1);
  SacMetrics metrics;
  metrics.critic_loss = sums[kCriticLoss] / updates;
  metrics.q_mean = sums[kQMean] / updates;
  metrics.temperature = sums[kTemperature] / updates;
  metrics.actor_loss = sums[kActorLoss] / actor_updates;
  metrics.entropy = sums[kEntropy] / actor_updates;
  metrics.updates = updates_;
  sums_.zero_();
  finite_updates_.zero_();
  updates_ = actor_updates_ = checked_updates_ = 0;
  checked_sums_ = {};
  return metrics;
}

absl::Status SacMetricSums::CheckFinite() {
  constexpr const char* kNames[] = {"the temperature", "the critics' mean Q", "the critics' loss",
                                    "the policy's entropy", "the actor's loss"};
  const Values sums = Read();
  if (!std::all_of(sums.begin(), sums.end(), [](double sum) { return std::isfinite(sum); })) {
    const at::Tensor counts = finite_updates_.cpu();
    const double* const finite = counts.data_ptr<double>();
    const int64_t first = std::min_element(finite, finite + kNumQuantities) - finite;
    return Diverged(kNames[first],
                    total_updates_ - updates_ + static_cast<int64_t>(finite[first]) + 1);
  }
  if (updates_ == checked_updates_) return absl::OkStatus();
  last_updates_ = updates_ - checked_updates_;
  const double count = static_cast<double>(last_updates_);
  last_critic_loss_ = (sums[kCriticLoss] - checked_sums_[kCriticLoss]) / count;
  last_q_mean_ = (sums[kQMean] - checked_sums_[kQMean]) / count;
  checked_sums_ = sums;
  checked_updates_ = updates_;
  return absl::OkStatus();
}

absl::Status SacMetricSums::Diverged(absl::string_view what, int64_t update) const {
  const std::string before =
      last_updates_ == 0
          ? "nothing was measured before"
          : absl::StrCat("when last finite, over ", last_updates_, " updates, critic loss ",
                         last_critic_loss_, " and mean Q ", last_q_mean_);
  return DivergedError(absl::StrCat(
      "the agent diverged: ", what, " stopped being finite in update ", update, "; ", before,
      "; try a lower sac.critic_learning_rate or sac.updates_per_step, sac.layer_norm: true, or"
      " rewards of smaller scale"));
}

}  // namespace vagram

#ifndef CORE_NN_TANH_GAUSSIAN_H_
#define CORE_NN_TANH_GAUSSIAN_H_

#include <ATen/core/Tensor.h>

namespace vagram {

// Bounds of the log standard deviation, which a tanh squashes into them (DESIGN section 5).
inline constexpr double kLogStdMin = -5;
inline constexpr double kLogStdMax = 2;

// kLogStdMin + (kLogStdMax - kLogStdMin) / 2 * (tanh(raw) + 1).
at::Tensor SquashLogStd(const at::Tensor& raw);

// A draw a = tanh(u), u = mu + sigma * noise, by the reparametrisation trick, with what its
// gradient needs. All but `log_prob` are [batch, act_dim].
struct TanhGaussianSample {
  at::Tensor action;    // in (-1, 1)
  at::Tensor log_prob;  // [batch], density of `action` itself: the task's range plays no part
  at::Tensor log_std;
  at::Tensor scaled_noise;  // sigma * noise
};

// heads: [batch, 2 act_dim], means and then raw log deviations. noise: standard normal.
// The density has the tanh's change of variables (Haarnoja 2018, appendix C, eq. 21), with
// log(1 - tanh(u)^2) = 2 (log 2 - u - softplus(-2u)), which is exact where tanh(u) rounds to 1.
TanhGaussianSample SampleTanhGaussian(const at::Tensor& heads, const at::Tensor& noise);

// dL/d(heads) [batch, 2 act_dim] from dL/d(action) [batch, act_dim] and dL/d(log_prob) [1] (equal
// for every row), the noise held constant; written into `heads_gradient`.
void TanhGaussianGradient(const TanhGaussianSample& sample, const at::Tensor& action_gradient,
                          const at::Tensor& log_prob_gradient, const at::Tensor& heads_gradient);

}  // namespace vagram

#endif  // CORE_NN_TANH_GAUSSIAN_H_

#include "core/nn/plain_passes.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/base/random.h"
#include "core/nn/normalization_kernels.h"
#include "testing/tensors.h"

namespace vagram {
namespace {

constexpr int64_t kBatch = 9;
constexpr int64_t kWidth = 21;

void ExpectClose(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_LT(a.sub(b).abs().max().item<double>(), 1e-14);
}

class PlainPassesTest : public ::testing::TestWithParam<Activation> {};

TEST_P(PlainPassesTest, ForwardAgreesWithTheKernel) {
  const at::Tensor bias = Normal({1, 1, kWidth}, 1), x = Normal({1, kBatch, kWidth}, 2) * 3;
  const at::Tensor plain = x.clone(), pre = at::empty_like(x);
  plain::BiasActivation(GetParam(), bias, plain, pre);
  const at::Tensor fused = x.clone(), fused_pre = at::empty_like(x);
  kernels::BiasActivation(GetParam(), kBatch, kWidth, bias.data_ptr<double>(),
                          fused.data_ptr<double>(), fused_pre.data_ptr<double>());
  ExpectClose(plain, fused);
  ExpectClose(pre, fused_pre);
}

TEST_P(PlainPassesTest, BackwardAgreesWithTheKernel) {
  const at::Tensor forward = Normal({1, kBatch, kWidth}, 2).tanh();
  const at::Tensor plain = Normal({1, kBatch, kWidth}, 3), fused = plain.clone();
  const at::Tensor plain_bias = at::empty({1, 1, kWidth}, at::kDouble);
  const at::Tensor fused_bias = at::empty_like(plain_bias);
  plain::ActivationGradient(GetParam(), forward, plain, plain_bias);
  kernels::ActivationGradient(GetParam(), kBatch, kWidth, forward.data_ptr<double>(),
                              fused.data_ptr<double>(), fused_bias.data_ptr<double>());
  ExpectClose(plain, fused);
  ExpectClose(plain_bias, fused_bias);
}

INSTANTIATE_TEST_SUITE_P(Activations, PlainPassesTest,
                         ::testing::Values(Activation::kRelu, Activation::kSilu,
                                           Activation::kTanh));

TEST(PlainPassesTest, LayerNormAgreesWithTheKernel) {
  const at::Tensor bias = Normal({1, 1, kWidth}, 1), gain = Normal({1, 1, kWidth}, 2);
  const at::Tensor mask = Normal({1, kBatch, kWidth}, 3).gt(-1).to(at::kDouble) * 1.2;
  for (const at::Tensor& keep : {mask, at::Tensor()}) {
    const double* keep_data = keep.defined() ? keep.data_ptr<double>() : nullptr;
    const at::Tensor plain = Normal({1, kBatch, kWidth}, 4) * 3, fused = plain.clone();
    const at::Tensor plain_n = at::empty_like(plain), fused_n = at::empty_like(plain);
    const at::Tensor plain_scale = at::empty({1, kBatch, 1}, at::kDouble);
    const at::Tensor fused_scale = at::empty_like(plain_scale);
    plain::LayerNorm(bias, keep, gain, plain, plain_n, plain_scale);
    kernels::LayerNorm(kBatch, kWidth, bias.data_ptr<double>(), keep_data, gain.data_ptr<double>(),
                       fused.data_ptr<double>(), fused_n.data_ptr<double>(),
                       fused_scale.data_ptr<double>());
    ExpectClose(plain, fused);
    ExpectClose(plain_n, fused_n);
    ExpectClose(plain_scale, fused_scale);

    const at::Tensor plain_gradient = Normal({1, kBatch, kWidth}, 5);
    const at::Tensor fused_gradient = plain_gradient.clone();
    const at::Tensor plain_gain = at::empty_like(gain), fused_gain = at::empty_like(gain);
    const at::Tensor plain_bias = at::empty_like(bias), fused_bias = at::empty_like(bias);
    plain::LayerNormGradient(keep, gain, plain_n, plain_scale, plain_gradient, plain_gain,
                             plain_bias);
    kernels::LayerNormGradient(kBatch, kWidth, keep_data, gain.data_ptr<double>(),
                               fused_n.data_ptr<double>(), fused_scale.data_ptr<double>(),
                               fused_gradient.data_ptr<double>(), fused_gain.data_ptr<double>(),
                               fused_bias.data_ptr<double>());
    ExpectClose(plain_gradient, fused_gradient);
    ExpectClose(plain_gain, fused_gain);
    ExpectClose(plain_bias, fused_bias);
  }
}

TEST(PlainPassesTest, UnitRowsAgreeWithTheKernel) {
  const at::Tensor values = Normal({1, kBatch, kWidth}, 1);
  values[0][2].zero_();
  const at::Tensor plain = at::empty_like(values), fused = at::empty_like(values);
  const at::Tensor plain_norm = at::empty({1, kBatch, 1}, at::kDouble);
  const at::Tensor fused_norm = at::empty_like(plain_norm);
  plain::UnitRows(values, plain, plain_norm);
  kernels::UnitRows(kBatch, kWidth, values.data_ptr<double>(), fused.data_ptr<double>(),
                    fused_norm.data_ptr<double>());
  ExpectClose(plain, fused);
  ExpectClose(plain_norm, fused_norm);
  const at::Tensor plain_gradient = Normal({1, kBatch, kWidth}, 2);
  const at::Tensor fused_gradient = plain_gradient.clone();
  plain::UnitRowsGradient(plain, plain_norm, plain_gradient);
  kernels::UnitRowsGradient(kBatch, kWidth, fused.data_ptr<double>(), fused_norm.data_ptr<double>(),
                            fused_gradient.data_ptr<double>());
  ExpectClose(plain_gradient, fused_gradient);
}

TEST(PlainPassesTest, AdamAgreesWithTheKernel) {
  const kernels::AdamStep step{0.9, 0.99, 1e-8, 0.1, 1e-2, 3.0};
  const at::Tensor p = Normal({101}, 1), m = Normal({101}, 2), v = Normal({101}, 3).square();
  const at::Tensor fp = p.clone(), fm = m.clone(), fv = v.clone(), g = Normal({101}, 4);
  plain::Adam(step, g, p, m, v);
  kernels::Adam(step, 101, g.data_ptr<double>(), fp.data_ptr<double>(), fm.data_ptr<double>(),
                fv.data_ptr<double>());
  ExpectClose(p, fp);
  ExpectClose(m, fm);
  ExpectClose(v, fv);
}

TEST(PlainPassesTest, PolyakAgreesWithTheKernel) {
  const at::Tensor source = Normal({101}, 1), plain = Normal({101}, 2), fused = plain.clone();
  plain::Polyak(0.1, source, plain);
  kernels::Polyak(0.1, 101, source.data_ptr<double>(), fused.data_ptr<double>());
  ExpectClose(plain, fused);
}

}  // namespace
}  // namespace vagram

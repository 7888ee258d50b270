#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>
#include <vector>

#include "core/base/random.h"
#include "core/nn/gaussian_policy.h"
#include "core/nn/policy_action.h"
#include "learner/sac/sac.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

constexpr int kObsDim = 3;

SacOptions Options() {
  SacOptions options;
  options.obs_dim = kObsDim;
  options.act_dim = 2;
  options.act_low = {-1, 0};
  options.act_high = {1, 4};
  options.hidden_sizes = {16, 16};
  options.activation = Activation::kTanh;
  return options;
}

at::Tensor Normal(at::IntArrayRef sizes, uint64_t seed) {
  Rng rng(seed);
  at::Tensor out = at::empty(sizes, at::kFloat);
  rng.FillNormal(absl::MakeSpan(out.data_ptr<float>(), out.numel()));
  return out;
}

CriticSnapshot RandomSnapshot() {
  CriticSnapshot snapshot;
  snapshot.actor = Normal({SacActorShape(Options()).num_parameters()}, 1) * 0.4;
  snapshot.critics = Normal({SacCriticShape(Options()).num_parameters()}, 2) * 0.4;
  snapshot.targets = Normal({SacCriticShape(Options()).num_parameters()}, 3) * 0.4;
  return snapshot;
}

ValueGradientFunction Function(ValueFunctions which) {
  return ValueGradientFunction::Create(Options(), RandomSnapshot(), which).value();
}

TEST(ValueGradientTest, AgreesWithFiniteDifferencesAtAConstantAction) {
  const SacOptions options = Options();
  const CriticSnapshot snapshot = RandomSnapshot();
  const at::Tensor states = Normal({5, kObsDim}, 4);
  const at::Tensor gradients = Function(ValueFunctions::kAll)(states);
  ASSERT_EQ(gradients.sizes(), at::IntArrayRef({4, 5, kObsDim}));

  GaussianPolicy::Options policy_options;
  policy_options.obs_dim = kObsDim;
  policy_options.act_low = options.act_low;
  policy_options.act_high = options.act_high;
  policy_options.hidden_sizes = options.hidden_sizes;
  policy_options.activation = options.activation;
  const at::Tensor action =
      GaussianPolicy::Create(policy_options, snapshot.actor).value().Mean(states).to(at::kDouble);
  for (int stack : {0, 1}) {
    const at::Tensor parameters = stack == 0 ? snapshot.critics : snapshot.targets;
    const StackedMlp critics =
        StackedMlp::Create(SacCriticShape(options), parameters.to(at::kDouble)).value();
    MlpWorkspace workspace;
    const auto values = [&](const at::Tensor& s) {
      return critics.Forward(at::cat({s, action}, 1), workspace).squeeze(2).clone();
    };
    for (int64_t d = 0; d < kObsDim; ++d) {
      const at::Tensor shift = at::zeros({1, kObsDim}, at::kDouble);
      shift[0][d] = 1e-5;
      const at::Tensor s = states.to(at::kDouble);
      const at::Tensor expected = (values(s + shift) - values(s - shift)) / 2e-5;
      const at::Tensor got = gradients.narrow(0, 2 * stack, 2).select(2, d);
      EXPECT_LT(got.sub(expected).abs().max().item<double>(), 1e-5);
    }
  }
}

// V_j(s) = Q_j(s, a(s)) of the pinned critics in float64, a(s) drawn by `noise` or, undefined, the
// mean: [2, rows].
at::Tensor Values(const CriticSnapshot& snapshot, const at::Tensor& states,
                  const at::Tensor& noise) {
  const SacOptions options = Options();
  const StackedMlp critics =
      StackedMlp::Create(SacCriticShape(options), snapshot.critics.to(at::kDouble)).value();
  PolicyAction policy(
      StackedMlp::Create(SacActorShape(options), snapshot.actor.to(at::kDouble)).value(),
      at::tensor({0.0, 2.0}, at::kDouble), at::tensor({1.0, 2.0}, at::kDouble));
  MlpWorkspace workspace;
  return critics.Forward(at::cat({states, policy.Forward(states, noise)}, 1), workspace)
      .squeeze(2)
      .clone();
}

TEST(ValueGradientTest, ThroughThePolicyAgreesWithFiniteDifferencesOfTheValue) {
  const CriticSnapshot snapshot = RandomSnapshot();
  const at::Tensor states = Normal({5, kObsDim}, 4);
  for (const at::Tensor& noise : {at::Tensor(), Normal({5, 2}, 5)}) {
    const at::Tensor gradients =
        ValueGradientFunction::Create(Options(), snapshot, ValueFunctions::kCritics,
                                      /*through_policy=*/true)
            .value()(states, noise);
    const at::Tensor wide = noise.defined() ? noise.to(at::kDouble) : noise;
    for (int64_t d = 0; d < kObsDim; ++d) {
      const at::Tensor shift = at::zeros({1, kObsDim}, at::kDouble);
      shift[0][d] = 1e-5;
      const at::Tensor s = states.to(at::kDouble);
      const at::Tensor expected =
          (Values(snapshot, s + shift, wide) - Values(snapshot, s - shift, wide)) / 2e-5;
      EXPECT_LT(gradients.select(2, d).sub(expected).abs().max().item<double>(), 1e-5);
    }
  }
}

TEST(ValueGradientTest, SampledActionsAreThoseOfTheNoise) {
  const at::Tensor states = Normal({1100, kObsDim}, 4), noise = Normal({1100, 2}, 5);
  ValueGradientFunction function = Function(ValueFunctions::kCritics);
  const at::Tensor gradients = function(states, noise);
  EXPECT_FALSE(at::allclose(gradients, function(states), 1e-2, 1e-2));
  // Noise 0 is the mean.
  EXPECT_TRUE(at::allclose(function(states, at::zeros({1100, 2})), function(states), 1e-5, 1e-6));
  const at::Tensor one = function(states.narrow(0, 600, 1), noise.narrow(0, 600, 1));
  EXPECT_TRUE(at::allclose(one.select(1, 0), gradients.select(1, 600), 1e-4, 1e-6));
}

TEST(ValueGradientTest, ChoosesTheValueFunctions) {
  const at::Tensor states = Normal({4, kObsDim}, 4);
  ValueGradientFunction all = Function(ValueFunctions::kAll);
  ValueGradientFunction critics = Function(ValueFunctions::kCritics);
  ValueGradientFunction targets = Function(ValueFunctions::kTargets);
  EXPECT_EQ(all.num_value_functions(), 4);
  EXPECT_EQ(critics.num_value_functions(), 2);
  EXPECT_EQ(targets.num_value_functions(), 2);
  EXPECT_TRUE(at::equal(all(states), at::cat({critics(states), targets(states)})));
}

TEST(ValueGradientTest, ManyChunksAgreeWithOneRowAtATime) {
  const at::Tensor states = Normal({1100, kObsDim}, 4);
  ValueGradientFunction function = Function(ValueFunctions::kCritics);
  const at::Tensor whole = function(states);
  for (int64_t row : {0, 511, 512, 1099}) {
    const at::Tensor one = function(states.narrow(0, row, 1));
    EXPECT_TRUE(at::allclose(one.select(1, 0), whole.select(1, row), 1e-4, 1e-6)) << row;
  }
  EXPECT_EQ(function(states.narrow(0, 0, 0)).sizes(), at::IntArrayRef({2, 0, kObsDim}));
}

TEST(ValueGradientTest, ServesSeveralThreads) {
  const at::Tensor states = Normal({600, kObsDim}, 4);
  ValueGradientFunction function = Function(ValueFunctions::kAll);
  const at::Tensor expected = function(states);
  std::vector<at::Tensor> results(4);
  std::vector<std::thread> threads;
  for (at::Tensor& result : results) {
    threads.emplace_back([&] { result = function(states); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const at::Tensor& result : results) EXPECT_TRUE(at::equal(result, expected));
}

TEST(ValueGradientTest, RefusesASnapshotThatDoesNotFit) {
  CriticSnapshot snapshot = RandomSnapshot();
  snapshot.targets = at::Tensor();
  EXPECT_THAT(ValueGradientFunction::Create(Options(), snapshot, ValueFunctions::kAll).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_TRUE(ValueGradientFunction::Create(Options(), snapshot, ValueFunctions::kCritics).ok());
}

TEST(ValueFunctionsTest, AreParsedByName) {
  EXPECT_EQ(ParseValueFunctions("all").value(), ValueFunctions::kAll);
  EXPECT_EQ(ParseValueFunctions("critics").value(), ValueFunctions::kCritics);
  EXPECT_EQ(ParseValueFunctions("targets").value(), ValueFunctions::kTargets);
  EXPECT_THAT(ParseValueFunctions("none").status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram

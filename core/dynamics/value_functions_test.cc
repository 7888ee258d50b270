#include "core/dynamics/value_functions.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "core/base/random.h"
#include "core/nn/tanh_gaussian.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kObsDim = 3, kActDim = 2;

at::Tensor Draw(at::IntArrayRef sizes, uint64_t seed) {
  Rng rng(seed);
  at::Tensor out = at::empty(sizes, at::kDouble);
  rng.FillNormal(absl::MakeSpan(out.data_ptr<double>(), out.numel()));
  return out;
}

StackedMlp Network(int64_t networks, int64_t inputs, int64_t outputs, uint64_t seed,
                   at::ScalarType type = at::kDouble) {
  MlpShape shape;
  shape.networks = networks;
  shape.sizes = {inputs, 8, outputs};
  shape.activation = Activation::kTanh;
  return StackedMlp::Create(shape, (0.5 * Draw({shape.num_parameters()}, seed)).to(type)).value();
}

// Means and raw log deviations, as an agent's actor has them.
StackedMlp Actor() { return Network(1, kObsDim, 2 * kActDim, 1); }
StackedMlp Critics(uint64_t seed) { return Network(2, kObsDim + kActDim, 1, seed); }
ActionRange Actions() { return ActionRange::Create({-1, 0}, {1, 4}).value(); }

StateValueFunctions Functions(bool through_policy = false, double temperature = 0) {
  return StateValueFunctions::Create(Actor(), {Critics(2), Critics(3)}, Actions(), 42,
                                     {through_policy, temperature})
      .value();
}

// Q_j(s, a) of one stack: [2, rows].
at::Tensor CriticValues(const StackedMlp& critics, const at::Tensor& states,
                        const at::Tensor& actions) {
  MlpWorkspace workspace;
  return critics.Forward(at::cat({states, actions}, 1), workspace).squeeze(2).clone();
}

at::Tensor PolicyMean(const at::Tensor& states) {
  MlpWorkspace workspace;
  const at::Tensor t =
      Actor().Forward(states, workspace)[0].narrow(1, 0, kActDim).tanh();  // in (-1, 1)
  return at::stack({t.select(1, 0), 2 + 2 * t.select(1, 1)}, 1);
}

TEST(StateValueFunctionsTest, AreTheCriticsAtThePolicyMean) {
  const StateValueFunctions functions = Functions();
  EXPECT_EQ(functions.num_value_functions(), 4);
  EXPECT_EQ(functions.critic_version(), 42);
  const at::Tensor states = Draw({5, kObsDim}, 4);
  const at::Tensor actions = PolicyMean(states);
  const at::Tensor expected = at::cat(
      {CriticValues(Critics(2), states, actions), CriticValues(Critics(3), states, actions)});
  EXPECT_TRUE(at::allclose(functions(states), expected, 0, 1e-12));
}

TEST(StateValueFunctionsTest, KeepTheDimensionsOfTheStates) {
  const StateValueFunctions functions = Functions();
  const at::Tensor states = Draw({2, 5, kObsDim}, 4);
  const at::Tensor values = functions(states);
  ASSERT_EQ(values.sizes(), at::IntArrayRef({4, 2, 5}));
  for (int64_t k = 0; k < 2; ++k) {
    EXPECT_TRUE(at::allclose(values.select(1, k), functions(states[k]), 0, 1e-12));
  }
}

TEST(StateValueFunctionsTest, HaveTheGradientOfFiniteDifferencesAtAConstantAction) {
  const at::Tensor states = Draw({5, kObsDim}, 4);
  const at::Tensor weights = Draw({4, 5}, 5);
  const at::Tensor leaf = states.clone().requires_grad_(true);
  const at::Tensor values = Functions()(leaf);
  EXPECT_TRUE(at::equal(values.detach(), Functions()(states)));
  (weights * values.square()).sum().backward();

  const at::Tensor actions = PolicyMean(states);
  const auto value_at = [&](const at::Tensor& s) {
    return at::cat({CriticValues(Critics(2), s, actions), CriticValues(Critics(3), s, actions)});
  };
  for (int64_t d = 0; d < kObsDim; ++d) {
    const at::Tensor shift = at::zeros({1, kObsDim}, at::kDouble);
    shift[0][d] = 1e-6;
    const at::Tensor slope =
        (value_at(states + shift).square() - value_at(states - shift).square()) / 2e-6;
    const at::Tensor expected = (weights * slope).sum(0);
    EXPECT_TRUE(at::allclose(leaf.grad().select(1, d), expected, 1e-7, 1e-8)) << d;
  }
}

// With the policy free to move, finite differences of the functions themselves are the gradient.
void ExpectTheGradientOfFiniteDifferences(
    const std::function<at::Tensor(const at::Tensor&)>& values) {
  const at::Tensor states = Draw({5, kObsDim}, 4), weights = Draw({4, 5}, 5);
  const at::Tensor leaf = states.clone().requires_grad_(true);
  (weights * values(leaf)).sum().backward();
  for (int64_t d = 0; d < kObsDim; ++d) {
    const at::Tensor shift = at::zeros({1, kObsDim}, at::kDouble);
    shift[0][d] = 1e-6;
    const at::Tensor slope = (values(states + shift) - values(states - shift)) / 2e-6;
    EXPECT_TRUE(at::allclose(leaf.grad().select(1, d), (weights * slope).sum(0), 1e-7, 1e-8)) << d;
  }
}

TEST(StateValueFunctionsTest, LetGradientsThroughThePolicyWhenToldTo) {
  const StateValueFunctions functions = Functions(/*through_policy=*/true, /*temperature=*/0.3);
  const at::Tensor noise = Draw({5, kActDim}, 6);
  ExpectTheGradientOfFiniteDifferences([&](const at::Tensor& s) { return functions(s); });
  ExpectTheGradientOfFiniteDifferences([&](const at::Tensor& s) { return functions(s, noise); });
  ExpectTheGradientOfFiniteDifferences(
      [&](const at::Tensor& s) { return functions.Soft(s, noise); });
}

TEST(StateValueFunctionsTest, SampleTheActionAndSubtractItsLogProbability) {
  const StateValueFunctions functions = Functions(/*through_policy=*/false, /*temperature=*/0.3);
  const at::Tensor states = Draw({5, kObsDim}, 4), noise = Draw({5, kActDim}, 6);
  MlpWorkspace workspace;
  const TanhGaussianSample sample =
      SampleTanhGaussian(Actor().Forward(states, workspace)[0], noise);
  const at::Tensor actions =
      at::stack({sample.action.select(1, 0), 2 + 2 * sample.action.select(1, 1)}, 1);
  const at::Tensor expected = at::cat(
      {CriticValues(Critics(2), states, actions), CriticValues(Critics(3), states, actions)});
  EXPECT_TRUE(at::allclose(functions(states, noise), expected, 0, 1e-12));
  EXPECT_TRUE(
      at::allclose(functions.Soft(states, noise), expected - 0.3 * sample.log_prob, 0, 1e-12));

  // With the action and its probability constant, the gradient is that of the critics.
  const at::Tensor leaf = states.clone().requires_grad_(true);
  functions.Soft(leaf, noise).sum().backward();
  const auto total_at = [&](const at::Tensor& s) {
    return at::cat({CriticValues(Critics(2), s, actions), CriticValues(Critics(3), s, actions)})
        .sum(0);
  };
  for (int64_t d = 0; d < kObsDim; ++d) {
    const at::Tensor shift = at::zeros({1, kObsDim}, at::kDouble);
    shift[0][d] = 1e-6;
    const at::Tensor slope = (total_at(states + shift) - total_at(states - shift)) / 2e-6;
    EXPECT_TRUE(at::allclose(leaf.grad().select(1, d), slope, 1e-7, 1e-8)) << d;
  }
}

TEST(StateValueFunctionsTest, ExpandTheNoiseToTheStates) {
  const StateValueFunctions functions = Functions();
  const at::Tensor states = Draw({2, 5, kObsDim}, 4), noise = Draw({5, kActDim}, 6);
  const at::Tensor values = functions(states, noise);
  ASSERT_EQ(values.sizes(), at::IntArrayRef({4, 2, 5}));
  EXPECT_TRUE(at::allclose(values.select(1, 1), functions(states[1], noise), 0, 1e-12));
}

TEST(StateValueFunctionsTest, RefuseNetworksThatDoNotFit) {
  const auto creating = [](StackedMlp actor, std::vector<StackedMlp> critics) {
    return StateValueFunctions::Create(std::move(actor), std::move(critics), Actions(), 1).status();
  };
  EXPECT_THAT(creating(Actor(), {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("without critics")));
  EXPECT_THAT(creating(Network(1, kObsDim, 1, 1), {Critics(2)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at least 2 outputs")));
  EXPECT_THAT(creating(Network(2, kObsDim, 4, 1), {Critics(2)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 2 with 4")));
  EXPECT_THAT(creating(Actor(), {Network(2, kObsDim, 1, 2)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 3 inputs")));
  EXPECT_THAT(creating(Actor(), {Network(2, kObsDim + kActDim, 1, 2, at::kFloat)}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Float")));
}

}  // namespace
}  // namespace vagram

#include "core/dynamics/diagnostics.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNan;

constexpr int64_t kEnd = 6;

// Transitions of s' = s + (1, 2) from (x, 2 x), whatever the action, for each x in this order.
TransitionBatch CountingFrom(const std::vector<int64_t>& xs) {
  TransitionBatch batch(static_cast<int64_t>(xs.size()), 2, 1);
  for (int64_t i = 0; i < batch.size; ++i) {
    for (int n = 0; n < 2; ++n) {
      batch.observation[2 * i + n] = static_cast<float>(xs[i] * (n + 1));
      batch.next_observation[2 * i + n] = static_cast<float>((xs[i] + 1) * (n + 1));
    }
  }
  return batch;
}

// Transitions 0..5 from (0, 0); the episode ends, for one reason or the other, with transition 2.
ReplayBuffer Counting(bool terminated) {
  TransitionBatch batch = CountingFrom({0, 1, 2, 3, 4, 5});
  (terminated ? batch.terminated : batch.truncated)[2] = 1;
  ReplayBuffer replay(100, 2, 1);
  EXPECT_OK(replay.Append(batch));
  return replay;
}

// Linear members that add (1 + k error, 2), k their place, and give reward 2. The data's deviation
// is 2 in either dimension.
std::unique_ptr<Ensemble> CountingModel(int members, double error) {
  Ensemble::Options options;
  options.obs_dim = 2;
  options.act_dim = 1;
  options.members = members;
  options.hidden_sizes = {};
  std::unique_ptr<Ensemble> ensemble = Ensemble::Create(options, 1).value();
  ensemble->parameters().zero_();
  const at::Tensor biases =
      ensemble->parameters().narrow(0, 9 * members, 3 * members).view({members, 3});
  biases.copy_(at::tensor({1.0f, 2.0f, 2.0f}));
  for (int k = 0; k < members; ++k) biases[k][0] += error * k;
  ensemble->normalizer().Set(at::zeros({3}), at::tensor({2.0f, 2.0f, 1.0f}));
  return ensemble;
}

// Value functions V_1 = w s and V_2 = -w s, whatever the policy.
StateValueFunctions Linear(std::vector<float> w) {
  const int64_t n = static_cast<int64_t>(w.size());
  const at::Tensor weights = at::tensor(w);
  const MlpShape actor = {1, {n, 1}, Activation::kTanh}, critics = {2, {n + 1, 1}};
  const at::Tensor zero = at::zeros({1});
  return StateValueFunctions::Create(
             StackedMlp::Create(actor, at::zeros({actor.num_parameters()})).value(),
             {StackedMlp::Create(critics, at::cat({weights, zero, -weights, zero, at::zeros({2})}))
                  .value()},
             ActionRange::Create({-1}, {1}).value(), /*critic_version=*/1)
      .value();
}

GaussianPolicy IdlePolicy(int obs_dim) {
  GaussianPolicy::Options options;
  options.obs_dim = obs_dim;
  options.act_low = {-1};
  options.act_high = {1};
  const MlpShape shape = ActorShape(obs_dim, 1, {}, Activation::kRelu);
  return GaussianPolicy::Create(options, at::zeros({shape.num_parameters()})).value();
}

Task EndsAt(double end) {
  Task task;
  task.obs_dim = 2;
  task.act_dim = 1;
  task.terminated = [end](absl::Span<const float> observation) { return observation[0] >= end; };
  return task;
}

TEST(RecordedPiecesTest, EndWithTheirEpisodeAndAtTheNewestTransition) {
  for (bool terminated : {true, false}) {
    const RecordedPieces pieces = DrawPieces(Counting(terminated), 4, 200, 1);
    ASSERT_EQ(pieces.states.sizes(), at::IntArrayRef({5, 200, 2}));
    ASSERT_EQ(pieces.actions.sizes(), at::IntArrayRef({4, 200, 1}));
    for (int64_t s = 0; s < 200; ++s) {
      const int64_t start = std::llround(pieces.states[0][s][0].item<double>());
      const int64_t last = start <= 2 ? 2 : kEnd - 1;
      for (int64_t h = 0; h < 4; ++h) {
        EXPECT_EQ(pieces.valid[h][s].item<bool>(), start + h <= last) << start << " " << h;
        if (start + h > last) continue;
        EXPECT_EQ(pieces.states[h + 1][s][0].item<float>(), static_cast<float>(start + h + 1));
      }
    }
  }
}

TEST(RecordedPiecesTest, EqualSeedsDrawEqualPieces) {
  const ReplayBuffer replay = Counting(true);
  const RecordedPieces a = DrawPieces(replay, 2, 20, 1), b = DrawPieces(replay, 2, 20, 1),
                       c = DrawPieces(replay, 2, 20, 2);
  EXPECT_TRUE(at::equal(a.states, b.states));
  EXPECT_FALSE(at::equal(a.states, c.states));
}

TEST(OpenLoopErrorsTest, APerfectModelIsRightAtEveryHorizon) {
  const StateValueFunctions values = Linear({3, 1});
  const ErrorsByHorizon errors =
      OpenLoopErrors(*CountingModel(2, 0), DrawPieces(Counting(true), 3, 50, 1), &values);
  EXPECT_THAT(errors.model, ElementsAre(0, 0, 0));
  EXPECT_THAT(errors.value, ElementsAre(0, 0, 0));
}

TEST(OpenLoopErrorsTest, PiecesOfActorsThatTakeTurnsAreNotMixed) {
  ReplayBuffer replay(100, 2, 1);
  ASSERT_OK(replay.Append(CountingFrom({0, 1, 100, 101, 2, 3, 102, 103})));
  const ErrorsByHorizon errors =
      OpenLoopErrors(*CountingModel(2, 0), DrawPieces(replay, 3, 50, 1), nullptr);
  EXPECT_THAT(errors.model, ElementsAre(0, 0, IsNan())) << "each took two steps at a time";
}

TEST(OpenLoopErrorsTest, ErrorsAddUpOverTheSteps) {
  const std::unique_ptr<Ensemble> ensemble = CountingModel(3, /*error=*/0.5);
  ensemble->SetElites({2, 1});  // off by 1 and by 0.5 a step, in the first entry
  const StateValueFunctions values = Linear({3, 1});
  const ErrorsByHorizon errors =
      OpenLoopErrors(*ensemble, DrawPieces(Counting(false), 3, 50, 1), &values);
  for (int h = 1; h <= 3; ++h) {
    EXPECT_NEAR(errors.model[h - 1], 0.75 * h / 2 / std::sqrt(2.0), 1e-5);
    EXPECT_NEAR(errors.value[h - 1], 3 * 0.75 * h, 1e-5);
  }
}

TEST(OpenLoopErrorsTest, SaysNothingOfStepsThatNobodyTookNorOfValuesWithoutValueFunctions) {
  const ErrorsByHorizon errors =
      OpenLoopErrors(*CountingModel(1, 0), DrawPieces(Counting(true), 5, 50, 1), nullptr);
  EXPECT_EQ(errors.model[2], 0);
  EXPECT_TRUE(std::isnan(errors.model[3]));
  EXPECT_TRUE(errors.value.empty());
}

TEST(GradientWeightsTest, DimensionsThatTheValueIgnoresWeighNothing) {
  const at::Tensor gradients = GradientsOf(Linear({3, 4, 0, 0}), at::rand({10, 4}));
  EXPECT_EQ(gradients.sizes(), at::IntArrayRef({2, 10, 4}));
  EXPECT_TRUE(at::allclose(gradients[1], -gradients[0]));
  const at::Tensor weights = GradientWeights(gradients);
  EXPECT_TRUE(at::allclose(weights, at::tensor({9.0, 16.0, 0.0, 0.0}) / 25));
}

// V is the mean of 3 s_0 and -3 s_0, which is 0, so only the model's rewards of 2 count, ...
TEST(ImaginedValueBiasTest, IsTheDiscountedReturnMinusTheValue) {
  GaussianPolicy policy = IdlePolicy(2);
  const at::Tensor starts = at::tensor({0.0f, 0.0f, 50.0f, 0.0f}).view({2, 2});
  const auto bias = [&](double end, int64_t steps) {
    return ImaginedValueBias(*CountingModel(2, 0), policy, EndsAt(end), Linear({3, 0}), starts, 0.5,
                             steps);
  };
  EXPECT_DOUBLE_EQ(bias(1000, 3), 2 + 1 + 0.5);
  EXPECT_DOUBLE_EQ(bias(50, 3), 2 + 1 + 0.5) << "the second start is an end, and left out";
  EXPECT_DOUBLE_EQ(bias(2, 3), 2 + 1) << "the second step ends the task";
  EXPECT_TRUE(std::isnan(bias(-1, 3)));
}

// ... and of one value function alone the values at both ends do.
TEST(ImaginedValueBiasTest, BootstrapsWithTheValueOfWhereItEnds) {
  const MlpShape actor = {1, {2, 1}, Activation::kTanh}, critic = {1, {3, 1}};
  const StateValueFunctions values =
      StateValueFunctions::Create(
          StackedMlp::Create(actor, at::zeros({3})).value(),
          {StackedMlp::Create(critic, at::tensor({3.0f, 0.0f, 0.0f, 0.0f})).value()},
          ActionRange::Create({-1}, {1}).value(), /*critic_version=*/1)
          .value();
  GaussianPolicy policy = IdlePolicy(2);
  const at::Tensor starts = at::ones({1, 2});
  const auto bias = [&](double end) {
    return ImaginedValueBias(*CountingModel(1, 0), policy, EndsAt(end), values, starts, 0.5, 2);
  };
  EXPECT_DOUBLE_EQ(bias(1000), 2 + 1 + 0.25 * 3 * 3 - 3);
  EXPECT_DOUBLE_EQ(bias(3), 2 + 1 - 3) << "nothing follows the task's end";
}

std::vector<std::string> NamesOf(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> names;
  for (const Diagnostic& diagnostic : diagnostics) names.push_back(diagnostic.name);
  return names;
}

TEST(DiagnoseTest, ReportsEveryNameInOrder) {
  DiagnosticOptions options;
  options.horizon = 2;
  options.states = 10;
  options.discount = 0.5;
  options.obs_dim = 2;
  options.distractor_dims = 1;
  GaussianPolicy policy = IdlePolicy(2);
  const StateValueFunctions values = Linear({3, 4});
  const std::unique_ptr<Ensemble> ensemble = CountingModel(2, 0);
  const std::vector<Diagnostic> all =
      Diagnose(options, Counting(true), EndsAt(1000), *ensemble, &values, &policy, 1);
  EXPECT_EQ(NamesOf(all), DiagnosticNames(options));
  EXPECT_THAT(DiagnosticNames(options),
              ElementsAre("diagnose/model_error_h1", "diagnose/model_error_h2",
                          "diagnose/value_error_h1", "diagnose/value_error_h2",
                          "diagnose/gradient_weight_0", "diagnose/gradient_weight_1",
                          "diagnose/gradient_weight_distractors", "diagnose/gradient_norm_p05",
                          "diagnose/gradient_norm_p50", "diagnose/gradient_norm_p95",
                          "diagnose/gradient_norm_max", "diagnose/q_bias_imagined"));
  EXPECT_DOUBLE_EQ(all[6].value, 16.0 / 25);
  EXPECT_DOUBLE_EQ(all[10].value, 5);

  EXPECT_THAT(NamesOf(Diagnose(options, Counting(true), EndsAt(9), *ensemble, nullptr, nullptr, 1)),
              ElementsAre("diagnose/model_error_h1", "diagnose/model_error_h2"));
  options.horizon = 0;
  EXPECT_TRUE(DiagnosticNames(options).empty());
}

TEST(DiagnoseTest, ReportsOnlyTheLargestWeightsOfManyDimensions) {
  DiagnosticOptions options;
  options.horizon = 1;
  options.states = 4;
  options.obs_dim = 40;
  options.distractor_dims = 8;
  Ensemble::Options shape;
  shape.obs_dim = 40;
  shape.act_dim = 1;
  shape.members = 1;
  shape.hidden_sizes = {};
  const std::unique_ptr<Ensemble> ensemble = Ensemble::Create(shape, 1).value();
  ReplayBuffer replay(10, 40, 1);
  ASSERT_OK(replay.Append(TransitionBatch(3, 40, 1)));
  std::vector<float> w(40, 0);
  w[3] = 2;
  w[39] = 1;
  const StateValueFunctions values = Linear(w);
  GaussianPolicy policy = IdlePolicy(40);
  Task task = EndsAt(1000);
  task.obs_dim = 40;
  const std::vector<Diagnostic> all =
      Diagnose(options, replay, task, *ensemble, &values, &policy, 1);
  EXPECT_EQ(NamesOf(all), DiagnosticNames(options));
  EXPECT_EQ(all[2].name, "diagnose/gradient_weight_top1");
  EXPECT_DOUBLE_EQ(all[2].value, 0.8);
  EXPECT_DOUBLE_EQ(all[3].value, 0.2);
  EXPECT_DOUBLE_EQ(all[4].value, 0);
  EXPECT_EQ(all[6].name, "diagnose/gradient_weight_distractors");
  EXPECT_DOUBLE_EQ(all[6].value, 0.2);
}

}  // namespace
}  // namespace vagram

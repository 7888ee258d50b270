#include "core/dynamics/ensemble.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>

#include "core/base/random.h"
#include "core/dynamics/losses/mle.h"
#include "core/dynamics/losses/mse.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kMembers = 3, kObsDim = 2, kActDim = 1, kBatch = 5, kHidden = 4;

Ensemble::Options SmallOptions(bool probabilistic) {
  Ensemble::Options options;
  options.obs_dim = kObsDim;
  options.act_dim = kActDim;
  options.members = kMembers;
  options.hidden_sizes = {kHidden};
  options.activation = Activation::kTanh;
  options.probabilistic = probabilistic;
  return options;
}

std::unique_ptr<Ensemble> Make(const Ensemble::Options& options, uint64_t seed = 1) {
  std::unique_ptr<Ensemble> ensemble = Ensemble::Create(options, seed).value();
  const int64_t inputs = options.obs_dim + options.act_dim;
  ensemble->normalizer().Set(at::full({inputs}, 0.5f), at::full({inputs}, 2.0f));
  return ensemble;
}

at::Tensor Draw(at::IntArrayRef sizes, uint64_t seed) {
  Rng rng(seed);
  at::Tensor out = at::empty(sizes, at::kFloat);
  rng.FillNormal(absl::MakeSpan(out.data_ptr<float>(), out.numel()));
  return out;
}

Target RandomBatch() {
  Target batch;
  batch.state = Draw({kMembers, kBatch, kObsDim}, 1);
  batch.action = Draw({kMembers, kBatch, kActDim}, 2);
  batch.next_state = Draw({kMembers, kBatch, kObsDim}, 3);
  batch.reward = Draw({kMembers, kBatch, 1}, 4);
  return batch;
}

// The ensemble of SmallOptions(true) in double precision and differentiable operations only.
Prediction ReferencePrediction(const at::Tensor& parameters, const Target& batch) {
  int64_t offset = 0;
  const auto take = [&](int64_t rows, int64_t cols) {
    const int64_t size = kMembers * rows * cols;
    const at::Tensor part = parameters.narrow(0, offset, size).view({kMembers, rows, cols});
    offset += size;
    return part;
  };
  const int64_t heads = 2 * (kObsDim + 1);
  const at::Tensor w0 = take(kObsDim + kActDim, kHidden), b0 = take(1, kHidden);
  const at::Tensor w1 = take(kHidden, heads), b1 = take(1, heads);
  const at::Tensor max = take(1, kObsDim + 1), min = take(1, kObsDim + 1);
  const at::Tensor state = batch.state.to(at::kDouble);
  const at::Tensor input = (at::cat({state, batch.action.to(at::kDouble)}, -1) - 0.5) / 2;
  const at::Tensor out = at::matmul(at::tanh(at::matmul(input, w0) + b0), w1) + b1;
  const at::Tensor raw = out.narrow(-1, kObsDim + 1, kObsDim + 1);
  const at::Tensor below_max = max - at::log1p((max - raw).exp());
  return {state + out.narrow(-1, 0, kObsDim), out.narrow(-1, kObsDim, 1),
          min + at::log1p((below_max - min).exp())};
}

TEST(EnsembleTest, PredictsAndLearnsLikeAutogradOfTheWrittenOutModel) {
  const std::unique_ptr<Ensemble> ensemble = Make(SmallOptions(true));
  // Bounds that differ and lie near the log-variances, so that their gradients matter.
  const at::Tensor bounds = ensemble->BoundsPart(ensemble->parameters());
  bounds.copy_(Draw({bounds.numel()}, 5) * 0.3 +
               at::cat({at::full({9}, 1.0f), at::full({9}, -1.0f)}));
  const Target batch = RandomBatch();
  const at::Tensor gradient = at::empty_like(ensemble->parameters());
  const at::Tensor loss = ensemble->LossAndGradient(MleLoss(), batch, gradient);

  at::Tensor leaf = ensemble->parameters().to(at::kDouble).requires_grad_(true);
  const Prediction reference = ReferencePrediction(leaf, batch);
  const ModelLoss::Value value = MleLoss().Compute(reference, batch);
  const at::Tensor pair = leaf.narrow(0, leaf.numel() - 18, 18).view({2, 9});
  (kMembers * (value.state + value.reward) + 0.01 * (pair[0] - pair[1]).sum()).backward();

  const Prediction predicted = ensemble->Predict(batch.state, batch.action);
  const auto near = [](const at::Tensor& a, const at::Tensor& b) {
    return at::allclose(a.to(at::kDouble), b, 1e-4, 1e-5);
  };
  EXPECT_TRUE(near(predicted.next_state, reference.next_state));
  EXPECT_TRUE(near(predicted.reward, reference.reward));
  EXPECT_TRUE(near(predicted.log_variance, reference.log_variance));
  EXPECT_NEAR(loss.item<double>(), (value.state + value.reward).item<double>(), 1e-4);
  EXPECT_FALSE(loss.requires_grad());
  EXPECT_TRUE(near(gradient, leaf.grad())) << gradient - leaf.grad();
}

TEST(EnsembleTest, KeepsLogVariancesBetweenTheBounds) {
  const std::unique_ptr<Ensemble> ensemble = Make(SmallOptions(true));
  ensemble->NetworkPart(ensemble->parameters()).mul_(1e4);
  const at::Tensor log_variance =
      ensemble->Predict(Draw({100, kObsDim}, 1), Draw({100, kActDim}, 2)).log_variance;
  EXPECT_GT(log_variance.min().item<double>(), -10 - 1e-3);
  EXPECT_LT(log_variance.max().item<double>(), 0.5 + 1e-3);
}

TEST(EnsembleTest, PredictsNoVarianceWhenDeterministic) {
  const std::unique_ptr<Ensemble> ensemble = Make(SmallOptions(false));
  EXPECT_EQ(ensemble->BoundsPart(ensemble->parameters()).numel(), 0);
  const Prediction prediction = ensemble->Predict(at::zeros({kBatch, 2}), at::zeros({kBatch, 1}));
  EXPECT_FALSE(prediction.log_variance.defined());
  EXPECT_EQ(prediction.next_state.sizes(), at::IntArrayRef({kMembers, kBatch, kObsDim}));
  EXPECT_EQ(prediction.reward.sizes(), at::IntArrayRef({kMembers, kBatch, 1}));
}

TEST(EnsembleTest, PredictionsOutliveTheNextOne) {
  const std::unique_ptr<Ensemble> ensemble = Make(SmallOptions(true));
  const Prediction first = ensemble->Predict(at::zeros({kBatch, 2}), at::zeros({kBatch, 1}));
  const at::Tensor reward = first.reward.clone();
  ensemble->Predict(at::ones({kBatch, 2}), at::ones({kBatch, 1}));
  EXPECT_TRUE(at::equal(first.reward, reward));
}

TEST(EnsembleTest, IsLinearWithoutHiddenLayers) {
  Ensemble::Options options = SmallOptions(false);
  options.hidden_sizes.clear();
  options.members = 1;
  const std::unique_ptr<Ensemble> ensemble = Ensemble::Create(options, 1).value();
  // weights [in = 3, out = 3], then biases [3].
  ensemble->parameters().copy_(
      at::tensor({1.0f, 0.0f, 0.0f, 0.0f, 2.0f, 0.0f, 0.0f, 0.0f, 3.0f, 0.5f, 0.0f, -1.0f}));
  const Prediction prediction =
      ensemble->Predict(at::tensor({1.0f, 10.0f}).view({1, 2}), at::tensor({2.0f}).view({1, 1}));
  EXPECT_TRUE(at::equal(prediction.next_state[0][0], at::tensor({2.5f, 30.0f})));
  EXPECT_EQ(prediction.reward.item<float>(), 5);
}

// One linear member whose weights are zero and whose biases are 1, 2 and 3 (the reward's).
std::unique_ptr<Ensemble> ConstantModel(bool predict_next_state, bool normalize_targets) {
  Ensemble::Options options = SmallOptions(false);
  options.hidden_sizes.clear();
  options.members = 1;
  options.predict_next_state = predict_next_state;
  options.normalize_targets = normalize_targets;
  std::unique_ptr<Ensemble> ensemble = Ensemble::Create(options, 1).value();
  ensemble->parameters().zero_();
  ensemble->parameters().narrow(0, 9, 3).copy_(at::tensor({1.0f, 2.0f, 3.0f}));
  return ensemble;
}

TEST(EnsembleTest, PredictsTheNextStateItselfWhenToldTo) {
  const at::Tensor state = at::tensor({10.0f, 20.0f}).view({1, 2}), action = at::zeros({1, 1});
  const Prediction change = ConstantModel(false, false)->Predict(state, action);
  EXPECT_TRUE(at::equal(change.next_state[0][0], at::tensor({11.0f, 22.0f})));
  const Prediction itself = ConstantModel(true, false)->Predict(state, action);
  EXPECT_TRUE(at::equal(itself.next_state[0][0], at::tensor({1.0f, 2.0f})));
  EXPECT_EQ(itself.reward.item<float>(), 3);
}

TEST(EnsembleTest, ScalesNormalizedOutputsBackToTheTasksUnits) {
  const at::Tensor state = at::tensor({10.0f, 20.0f}).view({1, 2}), action = at::zeros({1, 1});
  for (bool predict_next_state : {false, true}) {
    const std::unique_ptr<Ensemble> ensemble = ConstantModel(predict_next_state, true);
    ensemble->target_scaling().Set(at::tensor({100.0f, 0.0f, -1.0f}),
                                   at::tensor({2.0f, 4.0f, 8.0f}));
    const at::Tensor base = predict_next_state ? at::zeros({2}) : state[0];
    for (const auto& model : {ensemble->CopyMember(0), ConstantModel(predict_next_state, true)}) {
      model->target_scaling().Set(ensemble->target_scaling().mean(),
                                  ensemble->target_scaling().std());
      const Prediction prediction = model->Predict(state, action);
      EXPECT_TRUE(at::equal(prediction.next_state[0][0], base + at::tensor({102.0f, 8.0f})));
      EXPECT_EQ(prediction.reward.item<float>(), 23);
    }
  }
}

TEST(EnsembleTest, ScalesLogVariancesWithTheOutputs) {
  Ensemble::Options options = SmallOptions(true);
  const std::unique_ptr<Ensemble> plain = Make(options);
  options.normalize_targets = true;
  const std::unique_ptr<Ensemble> scaled = Make(options);
  scaled->target_scaling().Set(at::zeros({3}), at::tensor({2.0f, 4.0f, 8.0f}));
  const at::Tensor states = Draw({kBatch, kObsDim}, 1), actions = Draw({kBatch, kActDim}, 2);
  EXPECT_TRUE(at::allclose(
      scaled->Predict(states, actions).log_variance,
      plain->Predict(states, actions).log_variance + at::tensor({4.0f, 16.0f, 64.0f}).log()));
}

TEST(EnsembleTest, LearnsInDeviationsOfTheTargets) {
  const std::unique_ptr<Ensemble> ensemble = ConstantModel(false, true);
  ensemble->target_scaling().Set(at::tensor({1.0f, 1.0f, 1.0f}), at::tensor({2.0f, 4.0f, 8.0f}));
  Target batch;  // of outputs 0, 0 and 0
  batch.state = at::zeros({1, 1, 2});
  batch.action = at::zeros({1, 1, 1});
  batch.next_state = at::ones({1, 1, 2});
  batch.reward = at::ones({1, 1, 1});
  const at::Tensor gradient = at::empty_like(ensemble->parameters());
  const at::Tensor loss = ensemble->LossAndGradient(MseLoss(), batch, gradient);
  EXPECT_FLOAT_EQ(loss.item<float>(), 1 + 4 + 9);
  EXPECT_TRUE(at::allclose(gradient.narrow(0, 9, 3), at::tensor({2.0f, 4.0f, 6.0f})));
}

TEST(EnsembleTest, FitsTheTargetsThatItsNetworksPredict) {
  const at::Tensor states = at::tensor({0.0f, 5.0f, 2.0f, 5.0f}).view({2, 2});
  const at::Tensor next_states = at::tensor({1.0f, 8.0f, 5.0f, 8.0f}).view({2, 2});
  const at::Tensor actions = at::zeros({2, 1}), rewards = at::tensor({-1.0f, 3.0f}).view({2, 1});
  const auto fitted = [&](bool predict_next_state, bool normalize_targets) {
    std::unique_ptr<Ensemble> ensemble = ConstantModel(predict_next_state, normalize_targets);
    ensemble->FitNormalizers(states, actions, next_states, rewards);
    EXPECT_TRUE(at::equal(ensemble->normalizer().mean(), at::tensor({1.0f, 5.0f, 0.0f})));
    return ensemble;
  };
  const std::unique_ptr<Ensemble> change = fitted(false, true), itself = fitted(true, true);
  EXPECT_TRUE(at::allclose(change->target_scaling().mean(), at::tensor({2.0f, 3.0f, 1.0f})));
  EXPECT_TRUE(at::allclose(change->target_scaling().std(), at::tensor({1.0f, 1.0f, 2.0f})));
  EXPECT_TRUE(at::allclose(itself->target_scaling().mean(), at::tensor({3.0f, 8.0f, 1.0f})));
  EXPECT_TRUE(at::allclose(itself->target_scaling().std(), at::tensor({2.0f, 1.0f, 2.0f})));
  EXPECT_TRUE(at::equal(itself->target_units(), itself->target_scaling().std()));
  EXPECT_TRUE(at::equal(fitted(false, false)->target_scaling().mean(), at::zeros({3})));
  EXPECT_FALSE(fitted(false, false)->target_units().defined());
}

TEST(EnsembleTest, ACopiedMemberPredictsWhatItDidInTheEnsemble) {
  const std::unique_ptr<Ensemble> ensemble = Make(SmallOptions(true));
  const at::Tensor states = Draw({kBatch, kObsDim}, 1), actions = Draw({kBatch, kActDim}, 2);
  const Prediction all = ensemble->Predict(states, actions);
  for (int member = 0; member < kMembers; ++member) {
    const Prediction one = ensemble->CopyMember(member)->Predict(states, actions);
    EXPECT_TRUE(at::allclose(one.next_state[0], all.next_state[member]));
    EXPECT_TRUE(at::allclose(one.log_variance[0], all.log_variance[member]));
  }
}

TEST(EnsembleTest, SavesOneMemberAndTouchesNoOther) {
  const std::unique_ptr<Ensemble> ensemble = Make(SmallOptions(true), 1);
  const std::unique_ptr<Ensemble> other = Make(SmallOptions(true), 2);
  const at::Tensor states = Draw({kBatch, kObsDim}, 1), actions = Draw({kBatch, kActDim}, 2);
  const at::Tensor of_first = ensemble->Predict(states, actions).next_state;
  const at::Tensor of_other = other->Predict(states, actions).next_state;
  ensemble->SaveMember(1, other->parameters());
  const at::Tensor mixed = other->Predict(states, actions).next_state;
  EXPECT_TRUE(at::equal(mixed[0], of_other[0]));
  EXPECT_TRUE(at::equal(mixed[1], of_first[1]));
  EXPECT_TRUE(at::equal(mixed[2], of_other[2]));
}

TEST(EnsembleTest, StartsFromItsSeedWithAllMembersAsElites) {
  const std::unique_ptr<Ensemble> a = Make(SmallOptions(false), 1),
                                  b = Make(SmallOptions(false), 1),
                                  c = Make(SmallOptions(false), 2);
  EXPECT_TRUE(at::equal(a->parameters(), b->parameters()));
  EXPECT_FALSE(at::equal(a->parameters(), c->parameters()));
  EXPECT_THAT(a->elites(), ElementsAre(0, 1, 2));
}

TEST(EnsembleTest, RejectsSizesThatAreNotPositive) {
  Ensemble::Options options = SmallOptions(false);
  options.members = 0;
  EXPECT_THAT(Ensemble::Create(options, 1).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("model.members")));
  options = SmallOptions(false);
  options.hidden_sizes = {8, 0};
  EXPECT_THAT(Ensemble::Create(options, 1).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("model.hidden_sizes")));
}

}  // namespace
}  // namespace vagram

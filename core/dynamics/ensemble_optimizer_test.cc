#include "core/dynamics/ensemble_optimizer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

// 2 members, 2 inputs, 3 hidden units, 4 outputs (of which 2 are log-variances).
std::unique_ptr<Ensemble> SmallEnsemble() {
  Ensemble::Options options;
  options.obs_dim = 1;
  options.act_dim = 1;
  options.members = 2;
  options.hidden_sizes = {3};
  options.probabilistic = true;
  std::unique_ptr<Ensemble> ensemble = Ensemble::Create(options, 1).value();
  ensemble->parameters().fill_(1);
  return ensemble;
}

TEST(EnsembleOptimizerTest, TakesOneStepOfAdamOverAllNetworks) {
  const std::unique_ptr<Ensemble> ensemble = SmallEnsemble();
  const at::Tensor by_hand = ensemble->parameters().clone();
  const at::Tensor gradient = at::linspace(-1, 1, by_hand.numel());
  AdamOptions options;
  options.learning_rate = 0.01;
  Adam bounds(ensemble->BoundsPart(by_hand), options);
  options.weight_decay = 0.5;
  Adam networks(ensemble->NetworkPart(by_hand), options);

  EnsembleOptimizer optimizer({0.01, 0.5, {}}, ensemble.get());
  for (int step = 0; step < 3; ++step) {
    networks.Step(ensemble->NetworkPart(by_hand), ensemble->NetworkPart(gradient));
    bounds.Step(ensemble->BoundsPart(by_hand), ensemble->BoundsPart(gradient));
    optimizer.Step(gradient);
  }
  EXPECT_TRUE(at::equal(ensemble->parameters(), by_hand));
}

TEST(EnsembleOptimizerTest, EveryLayerDecaysByItsOwnCoefficientAndBiasesDoNot) {
  const std::unique_ptr<Ensemble> ensemble = SmallEnsemble();
  EnsembleOptimizer optimizer({0.25, /*weight_decay=*/9, {0, 2e-5}}, ensemble.get());
  optimizer.Step(at::zeros_like(ensemble->parameters()));
  // Adam's first step is the learning rate, whatever the gradient's size (but for epsilon).
  const at::Tensor first = at::ones({2 * 2 * 3 + 2 * 3}), second = at::full({2 * 3 * 4}, 0.75),
                   rest = at::ones({2 * 4 + 2 * 2 * 2});
  EXPECT_TRUE(at::allclose(ensemble->parameters(), at::cat({first, second, rest}), 1e-2))
      << ensemble->parameters();
  EXPECT_TRUE(at::equal(ensemble->parameters().narrow(0, 0, 18), first));
}

TEST(EnsembleOptimizerTest, EqualCoefficientsDecayWeightsAsOneCoefficientDoes) {
  const std::unique_ptr<Ensemble> a = SmallEnsemble(), b = SmallEnsemble();
  const at::Tensor gradient = at::linspace(-1, 1, a->parameters().numel());
  EnsembleOptimizer(EnsembleOptimizer::Options{0.01, 0.5, {}}, a.get()).Step(gradient);
  EnsembleOptimizer(EnsembleOptimizer::Options{0.01, 0, {0.5, 0.5}}, b.get()).Step(gradient);
  EXPECT_TRUE(at::equal(a->parameters().narrow(0, 0, 12), b->parameters().narrow(0, 0, 12)));
  EXPECT_TRUE(at::equal(a->parameters().narrow(0, 18, 24), b->parameters().narrow(0, 18, 24)));
}

}  // namespace
}  // namespace vagram

// Where the published code's loss differs from the paper's, `vagram`. Which gradients it is given
// while it trains: core/dynamics/reference_2022_gradients_test.cc.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "core/dynamics/losses/make_loss.h"

namespace vagram {
namespace {

at::Tensor Numbers(const std::vector<double>& values, at::IntArrayRef sizes) {
  return at::tensor(values, at::kDouble).view(sizes);
}

// One member, one sample: predicted (1, 2), reward 3; observed (0, 4), reward 2. Two value
// functions with gradients (2, 1) and (0, 3).
struct Case {
  Prediction prediction;
  Target target;
};
Case HandWorked() {
  Case c;
  c.prediction.next_state = Numbers({1, 2}, {1, 1, 2});
  c.prediction.reward = Numbers({3}, {1, 1, 1});
  c.target.next_state = Numbers({0, 4}, {1, 2});
  c.target.reward = Numbers({2}, {1, 1});
  c.target.value_gradients = Numbers({2, 1, 0, 3}, {2, 1, 2});
  return c;
}

std::unique_ptr<ModelLoss> Loss(const char* name, int64_t first_epoch_trainings = 0,
                                double clip_quantile = 0.5) {
  LossOptions options;
  options.gradient_clip_quantile = clip_quantile;
  options.first_epoch_trainings = first_epoch_trainings;
  return MakeLoss(name, options).value();
}

TEST(VagramReference2022LossTest, SumsTheGradientsOverValueFunctionsAndAveragesOverDimensions) {
  const Case c = HandWorked();
  const ModelLoss::Value value = Loss("vagram_reference_2022")->Compute(c.prediction, c.target);
  // Sums (2, 1) and (2, 4) on squared errors 1 and 4; the mean over 2 functions and 2 dimensions.
  EXPECT_DOUBLE_EQ(value.state.item<double>(), ((4 + 4) + (4 + 64)) / 2.0 / 2);
  EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1);
  // The paper's: (2, 1) and (0, 3), summed over dimensions.
  EXPECT_DOUBLE_EQ(Loss("vagram")->Compute(c.prediction, c.target).state.item<double>(),
                   ((4 + 4) + 36) / 2.0);
}

TEST(VagramReference2022LossTest, DoesNotForgetTheOrderOfTheValueFunctions) {
  Case c = HandWorked();
  c.target.value_gradients = c.target.value_gradients.flip(0);
  // Sums (0, 3) and (2, 4).
  EXPECT_DOUBLE_EQ(
      Loss("vagram_reference_2022")->Compute(c.prediction, c.target).state.item<double>(),
      (36 + (4 + 64)) / 2.0 / 2);
  EXPECT_DOUBLE_EQ(Loss("vagram")->Compute(c.prediction, c.target).state.item<double>(),
                   ((4 + 4) + 36) / 2.0);
}

// One value function; per sample a gradient along the first dimension.
double ClippedLoss(const std::vector<double>& gradients) {
  const int64_t batch = static_cast<int64_t>(gradients.size());
  Case c;
  c.prediction.next_state = at::ones({1, batch, 2}, at::kDouble);
  c.prediction.reward = at::zeros({1, batch, 1}, at::kDouble);
  c.target.next_state = at::zeros({batch, 2}, at::kDouble);
  c.target.reward = at::zeros({batch, 1}, at::kDouble);
  c.target.value_gradients = at::zeros({1, batch, 2}, at::kDouble);
  c.target.value_gradients.select(2, 0).copy_(Numbers(gradients, {1, batch}));
  return Loss("vagram_reference_2022")->Compute(c.prediction, c.target).state.item<double>();
}

TEST(VagramReference2022LossTest, ClipsNothingBelowNormsOf100000) {
  // The median, 2, is the bound; it binds none.
  EXPECT_DOUBLE_EQ(ClippedLoss({1, 2, 99999}), (1 + 4 + 99999.0 * 99999) / 3 / 2);
}

TEST(VagramReference2022LossTest, ClipsLargerNormsAtTheMinibatchesQuantile) {
  EXPECT_DOUBLE_EQ(ClippedLoss({1, 2, 100001}), (1 + 4 + 4) / 3.0 / 2);
  // Below the bound nothing is clipped, however large; at it, the bound is what it was.
  EXPECT_DOUBLE_EQ(ClippedLoss({2e5, 3e5, 4e5}), (4 + 9 + 9) * 1e10 / 3 / 2);
}

TEST(VagramReference2022LossTest, AddsTheMeanSquaredErrorInTheTrialsFirstEpoch) {
  Case c = HandWorked();
  const std::unique_ptr<ModelLoss> loss = Loss("vagram_reference_2022", 2);
  for (int64_t before : {0, 1, 2}) {
    c.target.trainings_before = before;
    const double added = before < 2 ? 1 : 0;
    const ModelLoss::Value value = loss->Compute(c.prediction, c.target);
    // The mean of the squared errors 1, 4 and, of the reward, 1.
    EXPECT_DOUBLE_EQ(value.state.item<double>(), 19 + added * 5 / 3.0) << before;
    EXPECT_DOUBLE_EQ(value.reward.item<double>(), 1 + added / 3.0) << before;
    // Scores have it too, unlike vagram's warm-up.
    EXPECT_DOUBLE_EQ(loss->HoldoutScore(c.prediction, c.target).item<double>(), 20 + added * 2)
        << before;
  }
}

TEST(VagramReference2022LossTest, WeighsTheRewardWithOneHoweverManyDimensionsThereAre) {
  Case c = HandWorked();
  c.prediction.next_state = at::zeros({1, 1, 50}, at::kDouble);
  c.target.next_state = at::zeros({1, 50}, at::kDouble);
  c.target.value_gradients = at::ones({2, 1, 50}, at::kDouble);
  EXPECT_DOUBLE_EQ(
      Loss("vagram_reference_2022")->Compute(c.prediction, c.target).reward.item<double>(), 1);
}

}  // namespace
}  // namespace vagram

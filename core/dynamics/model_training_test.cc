#include "core/dynamics/model_training.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/dynamics/loss_catalog.h"
#include "core/dynamics/value_functions.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kObsDim = 3, kActDim = 1, kFunctions = 2;

at::Tensor Draw(at::IntArrayRef sizes, Rng& rng) {
  at::Tensor out = at::empty(sizes, at::kFloat);
  rng.FillNormal(absl::MakeSpan(out.data_ptr<float>(), out.numel()));
  return out;
}

std::shared_ptr<const StateValueFunctions> RandomCritics(Rng& rng) {
  const MlpShape actor = {1, {kObsDim, 2 * kActDim}, Activation::kTanh};
  const MlpShape critics = {kFunctions, {kObsDim + kActDim, 8, 1}, Activation::kTanh};
  return std::make_shared<const StateValueFunctions>(
      StateValueFunctions::Create(
          StackedMlp::Create(actor, Draw({actor.num_parameters()}, rng)).value(),
          {StackedMlp::Create(critics, Draw({critics.num_parameters()}, rng)).value()},
          ActionRange::Create({-1}, {1}).value(), /*critic_version=*/1)
          .value());
}

// s' = s + 0.3 s A + 0.5 a B, r = sum of s, for fixed A and B, with noise on s'.
TrainingSet LinearSystem(int64_t rows, double noise = 0) {
  Rng rng(17);
  TrainingSet set;
  set.states = Draw({rows, kObsDim}, rng);
  set.actions = Draw({rows, kActDim}, rng);
  const at::Tensor a = Draw({kObsDim, kObsDim}, rng), b = Draw({kActDim, kObsDim}, rng);
  set.next_states = set.states + 0.3 * at::mm(set.states, a) + 0.5 * at::mm(set.actions, b) +
                    noise * Draw({rows, kObsDim}, rng);
  set.rewards = set.states.sum(1, /*keepdim=*/true);
  set.value_gradients = Draw({kFunctions, rows, kObsDim}, rng);
  set.value_functions = RandomCritics(rng);
  return set;
}

struct Model {
  std::unique_ptr<Ensemble> ensemble;
  std::unique_ptr<ModelTraining> training;
};

Ensemble::Options LinearModel(int members = 3) {
  Ensemble::Options options;
  options.obs_dim = kObsDim;
  options.act_dim = kActDim;
  options.members = members;
  options.hidden_sizes = {};
  return options;
}

ModelTraining::Options Mse(int elites = 2) {
  ModelTraining::Options options;
  options.loss = "mse";
  options.elites = elites;
  options.learning_rate = 0.02;
  options.batch_size = 32;
  options.max_epochs = 30;
  return options;
}

Model Make(const Ensemble::Options& ensemble, const ModelTraining::Options& training) {
  Model model;
  model.ensemble = Ensemble::Create(ensemble, 1).value();
  model.training = ModelTraining::Create(training, model.ensemble.get()).value();
  return model;
}

double MeanSquaredDeviation(const TrainingSet& set) {
  return (set.next_states - set.states).square().sum(1).mean().item<double>();
}

TEST(ModelTrainingTest, ALinearModelLearnsALinearSystem) {
  Model model = Make(LinearModel(), Mse());
  const TrainingSet set = LinearSystem(600);
  ASSERT_OK_AND_ASSIGN(const TrainingResult result, model.training->Train(set, 1, nullptr));
  EXPECT_LT(result.holdout_mse, 1e-5 * MeanSquaredDeviation(set));
}

class EveryLoss : public testing::TestWithParam<LossInfo> {};

TEST_P(EveryLoss, LearnsALinearSystemWithHiddenLayers) {
  Ensemble::Options ensemble = LinearModel();
  ensemble.hidden_sizes = {32};
  ensemble.probabilistic = GetParam().probabilistic_default;
  ModelTraining::Options options = Mse();
  options.loss = GetParam().name;
  options.loss_options.itervaml_mse_weight = 1;  // values alone do not tell every dimension
  options.learning_rate = 0.005;
  options.max_epochs = 60;
  options.patience = 60;
  Model model = Make(ensemble, options);
  const TrainingSet set = LinearSystem(800);
  ASSERT_OK_AND_ASSIGN(const TrainingResult result, model.training->Train(set, 1, nullptr));
  EXPECT_LT(result.holdout_mse, 0.02 * MeanSquaredDeviation(set));
  EXPECT_EQ(result.gradient_steps, 60 * 640 / 32);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryLoss, testing::ValuesIn(AllLosses()),
                         [](const auto& info) { return info.param.name; });

// The linear system with units in which dimensions, and the reward, differ by orders of magnitude.
TrainingSet BadlyScaledSystem(int64_t rows) {
  TrainingSet set = LinearSystem(rows);
  const at::Tensor scale = at::tensor({1e-2f, 1.0f, 1e2f});
  set.states = set.states * scale;
  set.next_states = set.next_states * scale;
  set.rewards = set.rewards * 1e3f + 5e3f;
  return set;
}

class NormalizedTargets : public testing::TestWithParam<bool> {};

TEST_P(NormalizedTargets, LearnEveryDimensionAndTheRewardWhateverTheirScale) {
  Ensemble::Options ensemble = LinearModel();
  ensemble.predict_next_state = GetParam();
  ensemble.normalize_targets = true;
  Model model = Make(ensemble, Mse());
  const TrainingSet set = BadlyScaledSystem(600);
  ASSERT_OK_AND_ASSIGN(const TrainingResult result, model.training->Train(set, 1, nullptr));
  for (double score : result.holdout_scores) EXPECT_LT(score, 1e-4);
  const Prediction prediction = model.ensemble->Predict(set.states, set.actions);
  const at::Tensor error =
      (prediction.next_state - set.next_states).square().mean(at::IntArrayRef{0, 1});
  const at::Tensor change = (set.next_states - set.states).square().mean(0);
  EXPECT_LT((error / change).max().item<double>(), 1e-3);
  EXPECT_LT((prediction.reward - set.rewards).square().mean().item<double>(), 1e-4 * 1e6);
}

INSTANTIATE_TEST_SUITE_P(Predicting, NormalizedTargets, testing::Bool(),
                         [](const auto& info) { return info.param ? "NextState" : "Delta"; });

TEST(ModelTrainingTest, EveryTrainingFitsTheTargetsAnew) {
  Ensemble::Options ensemble = LinearModel();
  ensemble.normalize_targets = true;
  Model model = Make(ensemble, Mse());
  for (int64_t rows : {100, 200}) {
    const TrainingSet set = LinearSystem(rows);
    ASSERT_OK(model.training->Train(set, 1, nullptr));
    const at::Tensor targets = at::cat({set.next_states - set.states, set.rewards}, 1);
    EXPECT_TRUE(at::allclose(model.ensemble->target_scaling().mean(), targets.mean(0), 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(model.ensemble->target_scaling().std(),
                             targets.std(0, /*unbiased=*/false), 1e-4, 1e-5));
  }
}

TEST(ModelTrainingTest, EveryMemberHasAnOrderOfItsOwn) {
  ModelTraining::Options options = Mse();
  options.max_epochs = 1;
  Model model = Make(LinearModel(2), options);
  model.ensemble->parameters().zero_();  // equal members
  ASSERT_OK(model.training->Train(LinearSystem(200), 1, nullptr));
  const at::Tensor first = model.ensemble->CopyMember(0)->parameters();
  const at::Tensor second = model.ensemble->CopyMember(1)->parameters();
  EXPECT_FALSE(at::equal(first, second));
  EXPECT_GT(first.abs().max().item<float>(), 0);
}

TEST(ModelTrainingTest, NetworksOfAnyDepthAndWidthTrain) {
  for (const std::vector<int64_t>& sizes :
       std::vector<std::vector<int64_t>>{{}, {1}, {64}, {8, 8, 8, 8, 8, 8, 8, 8}, {3, 40, 5}}) {
    for (bool probabilistic : {false, true}) {
      Ensemble::Options ensemble = LinearModel();
      ensemble.hidden_sizes = sizes;
      ensemble.probabilistic = probabilistic;
      ensemble.normalize_targets = true;
      ModelTraining::Options options = Mse();
      options.loss = probabilistic ? "mle" : "mse";
      options.max_epochs = 2;
      options.layer_weight_decay.assign(sizes.size() + 1, 1e-4);
      Model model = Make(ensemble, options);
      EXPECT_OK(model.training->Train(LinearSystem(100), 1, nullptr));
    }
  }
}

TEST(ModelTrainingTest, VagramLearnsNothingOfADimensionTheValueIgnores) {
  ModelTraining::Options options = Mse();
  options.loss = "vagram";
  Model model = Make(LinearModel(), options);
  TrainingSet set = LinearSystem(600);
  set.value_gradients.select(2, 1).zero_();
  const at::Tensor before = model.ensemble->parameters().clone();
  ASSERT_OK(model.training->Train(set, 1, nullptr));
  const auto weights = [](const at::Tensor& flat, int64_t output) {
    return flat.narrow(0, 0, 3 * (kObsDim + kActDim) * (kObsDim + 1))
        .view({3, kObsDim + kActDim, kObsDim + 1})
        .select(2, output);
  };
  const at::Tensor& after = model.ensemble->parameters();
  EXPECT_TRUE(at::equal(weights(after, 1), weights(before, 1)));
  EXPECT_FALSE(at::equal(weights(after, 0), weights(before, 0)));
  EXPECT_FALSE(at::equal(weights(after, 2), weights(before, 2)));
}

TEST(ModelTrainingTest, TheSameSeedGivesTheSameBitsAndAnotherDoesNot) {
  const TrainingSet set = LinearSystem(200, 0.1);
  const auto train = [&set](uint64_t seed) {
    ModelTraining::Options options = Mse();
    options.max_epochs = 3;
    Model model = Make(LinearModel(), options);
    EXPECT_OK(model.training->Train(set, seed, nullptr));
    return model.ensemble->parameters();
  };
  const at::Tensor first = train(5);
  EXPECT_TRUE(at::equal(first, train(5)));
  EXPECT_FALSE(at::equal(first, train(6)));
}

TEST(ModelTrainingTest, ElitesAreTheMembersWithTheBestHoldoutScores) {
  ModelTraining::Options options = Mse(/*elites=*/3);
  options.max_epochs = 2;
  Model model = Make(LinearModel(/*members=*/6), options);
  ASSERT_OK_AND_ASSIGN(const TrainingResult result,
                       model.training->Train(LinearSystem(200, 0.1), 1, nullptr));
  ASSERT_EQ(result.holdout_scores.size(), 6u);
  ASSERT_EQ(result.elites.size(), 3u);
  EXPECT_EQ(model.ensemble->elites(), result.elites);
  std::vector<double> sorted = result.holdout_scores;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(result.holdout_scores[result.elites[i]], sorted[i]);
}

TEST(ModelTrainingTest, StopsWhenNoMemberHasImprovedForLong) {
  ModelTraining::Options options = Mse();
  options.learning_rate = 1e-9;  // nothing ever improves after the first epoch
  options.patience = 4;
  Model model = Make(LinearModel(), options);
  ASSERT_OK_AND_ASSIGN(const TrainingResult result,
                       model.training->Train(LinearSystem(100), 1, nullptr));
  EXPECT_EQ(result.epochs, 1 + 4);
}

// A learning rate so high that scores go up and down.
ModelTraining::Options Restless(int64_t max_epochs) {
  ModelTraining::Options options = Mse(/*elites=*/1);
  options.learning_rate = 0.4;
  options.improvement_threshold = 0;
  options.patience = 100;
  options.max_epochs = max_epochs;
  return options;
}

TEST(ModelTrainingTest, EndsWithTheParametersOfTheBestEpoch) {
  const TrainingSet set = LinearSystem(200, 0.5);
  std::vector<double> scores;
  Model model = Make(LinearModel(1), Restless(20));
  ASSERT_OK_AND_ASSIGN(const TrainingResult result,
                       model.training->Train(set, 1, [&](const TrainingProgress& progress) {
                         scores.push_back(progress.holdout_score);
                         return absl::OkStatus();
                       }));
  const auto best = std::min_element(scores.begin(), scores.end());
  ASSERT_EQ(scores.size(), 20u);
  ASSERT_NE(best, scores.end() - 1) << "the last epoch should not be the best one here";
  EXPECT_EQ(result.holdout_scores[0], *best);

  Model stopped_there = Make(LinearModel(1), Restless(best - scores.begin() + 1));
  ASSERT_OK(stopped_there.training->Train(set, 1, nullptr));
  EXPECT_TRUE(at::equal(model.ensemble->parameters(), stopped_there.ensemble->parameters()));
}

TEST(ModelTrainingTest, GoesOnFromWhereTheLastTrainingEnded) {
  const TrainingSet set = LinearSystem(400);
  Model model = Make(LinearModel(), Mse());
  ASSERT_OK_AND_ASSIGN(const TrainingResult first, model.training->Train(set, 1, nullptr));
  double first_epoch_loss = std::numeric_limits<double>::infinity();
  ASSERT_OK(model.training->Train(set, 2, [&](const TrainingProgress& progress) {
    if (progress.epoch == 0) first_epoch_loss = progress.train_loss;
    return absl::OkStatus();
  }));
  EXPECT_LT(first_epoch_loss, 100 * first.train_loss);
  EXPECT_LT(first_epoch_loss, 1e-4 * MeanSquaredDeviation(set));
}

TEST(ModelTrainingTest, ReportsHowTheValueGradientsWereClipped) {
  ModelTraining::Options options = Mse();
  options.loss = "vagram";
  options.max_epochs = 1;
  options.gradient_clip_quantile = 0.9;
  TrainingSet set = LinearSystem(100);
  for (int64_t i = 0; i < 100; ++i) {  // norms 1, 2, ..., 100
    set.value_gradients.select(1, i).zero_().select(1, 0).fill_(i + 1);
  }
  Model model = Make(LinearModel(), options);
  ASSERT_OK_AND_ASSIGN(const TrainingResult result, model.training->Train(set, 1, nullptr));
  EXPECT_DOUBLE_EQ(result.clipped_share, 0.1);
  EXPECT_DOUBLE_EQ(result.gradient_norm_median, 50.5);
}

TEST(ModelTrainingTest, UnitScaleDividesTheLossByTheMeanWeight) {
  ModelTraining::Options options = Mse();
  options.loss = "vagram";
  options.max_epochs = 1;
  options.learning_rate = 1e-9;
  options.gradient_clip_quantile = 1;
  TrainingSet set = LinearSystem(200);
  set.rewards.zero_();
  const auto score = [&](const char* scale, double factor) {
    options.value_gradient_scale = scale;
    TrainingSet scaled = set;
    scaled.value_gradients = factor * set.value_gradients;
    Model model = Make(LinearModel(), options);
    model.ensemble->parameters().zero_();  // predicts the state itself, and no reward
    return model.training->Train(scaled, 1, nullptr).value().holdout_scores[0];
  };
  const double mean_weight = set.value_gradients.square().mean().item<double>();
  EXPECT_NEAR(score("unit", 1) * mean_weight / score("raw", 1), 1, 1e-4);
  EXPECT_NEAR(score("unit", 100) / score("unit", 1), 1, 1e-4);
  EXPECT_NEAR(score("raw", 100) / score("raw", 1), 1e4, 1);
}

TEST(ModelTrainingTest, ProgressCanEndTheTraining) {
  Model model = Make(LinearModel(), Mse());
  int calls = 0;
  const absl::StatusOr<TrainingResult> result =
      model.training->Train(LinearSystem(100), 1, [&](const TrainingProgress& progress) {
        EXPECT_EQ(progress.epoch, calls++);
        return calls == 2 ? absl::CancelledError("enough") : absl::OkStatus();
      });
  EXPECT_THAT(result.status(), StatusIs(absl::StatusCode::kCancelled, HasSubstr("enough")));
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(model.ensemble->elites(), ElementsAre(0, 1, 2));
}

TEST(ModelTrainingTest, TrainsOnTwoTransitionsAndRefusesOne) {
  Model model = Make(LinearModel(), Mse());
  EXPECT_OK(model.training->Train(LinearSystem(2), 1, nullptr));
  EXPECT_THAT(model.training->Train(LinearSystem(1), 1, nullptr).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("there are 1")));
}

TEST(ModelTrainingTest, SaysWhenTheModelDiverged) {
  Model model = Make(LinearModel(), Mse());
  TrainingSet set = LinearSystem(50);
  set.rewards.fill_(1e30f);  // its square is not finite
  EXPECT_THAT(model.training->Train(set, 1, nullptr).status(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("model.learning_rate")));
}

TEST(ModelTrainingTest, RejectsSetsThatDoNotFit) {
  ModelTraining::Options options = Mse();
  options.loss = "vagram";
  Model model = Make(LinearModel(), options);
  TrainingSet set = LinearSystem(20);
  set.value_gradients = at::Tensor();
  EXPECT_THAT(model.training->Train(set, 1, nullptr).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("value gradients")));
  options.loss = "itervaml";
  set = LinearSystem(20);
  set.value_functions = nullptr;
  EXPECT_THAT(Make(LinearModel(), options).training->Train(set, 1, nullptr).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("wants value functions")));
  set = LinearSystem(20);
  set.rewards = set.rewards.squeeze(1);
  EXPECT_THAT(model.training->Train(set, 1, nullptr).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("rewards expected as float32 [20, 1], got Float [20]")));
}

TEST(ModelTrainingTest, RejectsOptionsThatDoNotFit) {
  const std::unique_ptr<Ensemble> ensemble = Ensemble::Create(LinearModel(3), 1).value();
  const auto creating = [&](ModelTraining::Options options) {
    return ModelTraining::Create(options, ensemble.get()).status();
  };
  EXPECT_THAT(creating(Mse(/*elites=*/4)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("model.elites is 4")));
  ModelTraining::Options options = Mse();
  options.loss = "mle";
  EXPECT_THAT(creating(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("model.probabilistic")));
  options = Mse();
  options.holdout_ratio = 1;
  EXPECT_THAT(creating(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("holdout_ratio 1")));
  options = Mse();
  options.layer_weight_decay = {1e-4, 1e-4};
  EXPECT_THAT(creating(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("for each of the 1 layers one coefficient")));
  options = Mse();
  options.loss_options.vagram_weight = -1;
  EXPECT_THAT(creating(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("vagram_weight -1")));
  options = Mse();
  options.loss_options.hessian_bound = std::numeric_limits<double>::infinity();
  EXPECT_THAT(creating(options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("hessian_bound inf")));
}

}  // namespace
}  // namespace vagram

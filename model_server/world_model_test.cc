#include "model_server/world_model.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/dynamics/diagnostic_names.h"
#include "core/dynamics/loss_catalog.h"
#include "model_server/world_model_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST_F(WorldModelTest, PullsOnlyWhatIsNewAndTheGradientsOfAllItHolds) {
  const auto model = Create(Config("vagram"));
  ASSERT_THAT(Train(*model, 100).status(), IsOk());
  const auto result = Train(*model, 150);
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_EQ(result->model_version(), 2);
  EXPECT_EQ(result->num_transitions(), 150);
  EXPECT_EQ(result->elites_size(), 2);
  EXPECT_EQ(result->holdout_scores_size(), 3);
  EXPECT_THAT(source_.first_indices, ::testing::ElementsAre(0, 100));
  EXPECT_THAT(source_.gradient_requests,
              ::testing::ElementsAre("0-100 of 11 all", "0-150 of 11 all"));
}

TEST_F(WorldModelTest, RefusesTheObservedRewardOfATaskThatHidesIt) {
  v1::TrialConfig config = Config("mle");
  config.mutable_imagine()->set_reward("observed");
  EXPECT_THAT(WorldModel::Create(config, task_, &source_), IsOk());
  Task hidden = task_;
  hidden.observed_reward = nullptr;
  EXPECT_THAT(WorldModel::Create(config, hidden, &source_),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("imagine.reward")));
}

TEST_F(WorldModelTest, LossesWithoutValueGradientsAskForNone) {
  const auto model = Create(Config("mle"));
  ASSERT_THAT(Train(*model, 100).status(), IsOk());
  EXPECT_TRUE(source_.gradient_requests.empty());
}

TEST_F(WorldModelTest, EveryLossOfTheCatalogueTrainsAndImagines) {
  for (const LossInfo& loss : AllLosses()) {
    SCOPED_TRACE(loss.name);
    v1::TrialConfig config = Config(loss.name);
    config.mutable_model()->set_vagram_weight(1);
    config.mutable_model()->set_hessian_bound(1);
    config.mutable_model()->set_itervaml_mse_weight(0.01);
    config.mutable_model()->set_itervaml_samples(2);
    const auto model = Create(config);
    const auto result = Train(*model, 100);
    ASSERT_THAT(result.status(), IsOk());
    EXPECT_TRUE(std::isfinite(result->train_loss()));
    EXPECT_THAT(NextObservations(*model, ImagineFrom(1, 5)).status(), IsOk());
  }
}

TEST_F(WorldModelTest, PullsTheCriticsForLossesThatWantValues) {
  v1::TrialConfig config = Config("itervaml");
  config.mutable_model()->set_itervaml_mse_weight(0.01);
  const auto model = Create(config);
  const auto result = Train(*model, 100);
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_TRUE(std::isfinite(result->train_loss()));
  EXPECT_TRUE(source_.gradient_requests.empty());
  EXPECT_THAT(source_.critic_requests, ::testing::ElementsAre("11 all"));
  EXPECT_THAT(NextObservations(*model, ImagineFrom(1, 5)).status(), IsOk());
}

TEST_F(WorldModelTest, AsksForTheGradientsThatTheSpecNames) {
  v1::TrialConfig config = Config("vagram");
  config.mutable_model()->set_value_action("sample");
  config.mutable_model()->set_value_gradient_through_policy(true);
  config.mutable_model()->set_value_gradient_scale("unit");
  const auto model = Create(config);
  ASSERT_THAT(Train(*model, 100).status(), IsOk());
  ASSERT_THAT(Train(*model, 100).status(), IsOk());
  EXPECT_THAT(source_.gradient_requests,
              ::testing::Contains("0-100 of 11 all sampled through the policy").Times(2));
  ASSERT_EQ(source_.action_seeds.size(), 2u);
  EXPECT_EQ(source_.action_seeds[0], source_.action_seeds[1]) << "of the same critics";
}

TEST_F(WorldModelTest, EverySwitchOfTheValueFunctionsChangesTheTraining) {
  const auto trained = [&](const std::string& loss,
                           const std::function<void(v1::ModelConfig&)>& change) {
    v1::TrialConfig config = Config(loss);
    config.mutable_model()->set_itervaml_samples(2);
    change(*config.mutable_model());
    const auto result = Train(*Create(config), 100);
    EXPECT_THAT(result.status(), IsOk());
    return result.ok() ? result->parameters_crc32() : 0;
  };
  const auto nothing = [](v1::ModelConfig&) {};
  const auto sample = [](v1::ModelConfig& model) { model.set_value_action("sample"); };
  const auto through = [](v1::ModelConfig& model) {
    model.set_value_gradient_through_policy(true);
  };
  EXPECT_EQ(trained("itervaml", sample), trained("itervaml", sample));
  EXPECT_NE(trained("itervaml", nothing), trained("itervaml", sample));
  EXPECT_NE(trained("itervaml", nothing), trained("itervaml", through));
  EXPECT_NE(trained("itervaml", nothing), trained("itervaml_soft", nothing));
  EXPECT_NE(trained("itervaml_soft", nothing), trained("itervaml_soft", through));
  EXPECT_EQ(trained("itervaml_soft", nothing), trained("itervaml_soft", sample))
      << "soft values sample the action anyhow";
  EXPECT_NE(trained("value_weighted", nothing), trained("value_weighted", sample));
  EXPECT_NE(trained("value_weighted", nothing),
            trained("value_weighted",
                    [](v1::ModelConfig& model) { model.set_value_weighting("reference_2022"); }));
}

TEST_F(WorldModelTest, RefusesSwitchesItDoesNotKnow) {
  v1::TrialConfig config = Config("vagram");
  config.mutable_model()->set_value_action("mode");
  EXPECT_THAT(WorldModel::Create(config, task_, &source_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("mean or sample")));
  config = Config("vagram");
  config.mutable_model()->set_value_gradient_scale("big");
  EXPECT_THAT(WorldModel::Create(config, task_, &source_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("raw or unit")));
  config = Config("value_weighted");
  config.mutable_model()->set_value_weighting("none");
  EXPECT_THAT(WorldModel::Create(config, task_, &source_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("inverse or reference_2022")));
}

TEST_F(WorldModelTest, ReferenceAddsSquaredErrorInTheTrialsFirstEpochOnly) {
  const auto train_losses = [&](int64_t epoch_length) {
    v1::TrialConfig config = Config("vagram_reference_2022");
    config.mutable_model()->set_max_epochs(1);
    config.mutable_model()->set_learning_rate(1e-9);  // the same model in every training
    config.mutable_model()->set_train_every(10);
    config.mutable_schedule()->set_epoch_length(epoch_length);
    const auto model = Create(config);
    std::vector<double> losses;
    for (int i = 0; i < 3; ++i) losses.push_back(Train(*model, 100)->train_loss());
    return losses;
  };
  const std::vector<double> none = train_losses(0), two = train_losses(20);
  EXPECT_GT(two[0], none[0] * 1.01);
  EXPECT_GT(two[1], none[1] * 1.01);
  EXPECT_NEAR(two[2], none[2], 1e-4 * none[2]);
}

TEST_F(WorldModelTest, ItervamlTakesAProbabilisticEnsembleToo) {
  v1::TrialConfig config = Config("itervaml");
  config.mutable_model()->set_probabilistic(true);
  EXPECT_THAT(WorldModel::Create(config, task_, &source_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("itervaml_samples is 0")));
  config.mutable_model()->set_itervaml_samples(4);
  const auto a = Create(config), b = Create(config);
  const auto trained_a = Train(*a, 100), trained_b = Train(*b, 100);
  ASSERT_THAT(trained_a.status(), IsOk());
  EXPECT_TRUE(std::isfinite(trained_a->train_loss()));
  EXPECT_EQ(trained_a->parameters_crc32(), trained_b->parameters_crc32());
}

TEST_F(WorldModelTest, TakesAsManyCriticsAsTheAgentHas) {
  v1::TrialConfig config = Config("itervaml");
  config.mutable_sac()->set_critics(5);
  config.mutable_sac()->set_layer_norm(true);
  const auto model = Create(config);
  EXPECT_THAT(Train(*model, 100).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  source_.critics = 5;
  source_.layer_norm = true;
  const auto result = Train(*model, 100);
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_TRUE(std::isfinite(result->train_loss()));
}

TEST_F(WorldModelTest, RefusesCriticsOfOtherSizes) {
  const auto model = Create(Config("itervaml"));
  source_.critic_hidden = 9;
  EXPECT_THAT(Train(*model, 100).status(), StatusIs(absl::StatusCode::kInvalidArgument,
                                                    HasSubstr("parameters in one flat tensor")));
}

TEST_F(WorldModelTest, EqualSeedsGiveEqualBits) {
  const auto a = Create(Config("mle")), b = Create(Config("mle")), c = Create(Config("mle"));
  const auto trained_a = Train(*a, 100), trained_b = Train(*b, 100), trained_c = Train(*c, 100, 8);
  ASSERT_THAT(trained_a.status(), IsOk());
  EXPECT_EQ(trained_a->parameters_crc32(), trained_b->parameters_crc32());
  EXPECT_NE(trained_a->parameters_crc32(), trained_c->parameters_crc32());
  const auto imagined = NextObservations(*a, ImagineFrom(1, 5));
  ASSERT_THAT(imagined.status(), IsOk());
  EXPECT_EQ(imagined->size(), 2u * 50 * task_.obs_dim);
  EXPECT_EQ(*imagined, *NextObservations(*b, ImagineFrom(1, 5)));
  EXPECT_NE(*imagined, *NextObservations(*a, ImagineFrom(1, 6)));
}

std::vector<std::string> NamesOfDiagnostics(const v1::TrainResult& result) {
  std::vector<std::string> names;
  for (const v1::Diagnostic& diagnostic : result.diagnostics()) {
    names.push_back(diagnostic.name());
    EXPECT_TRUE(std::isfinite(diagnostic.value())) << diagnostic.name();
  }
  return names;
}

TEST_F(WorldModelTest, MeasuresWhatItTrainedWithoutChangingIt) {
  v1::TrialConfig config = Config("mle");
  config.mutable_sac()->set_discount(0.9);
  const auto plain = Create(config);
  config.mutable_diagnose()->set_horizon(2);
  config.mutable_diagnose()->set_states(20);
  source_.chains = true;
  const auto measured = Create(config);
  const auto trained_plain = Train(*plain, 100), trained_measured = Train(*measured, 100);
  ASSERT_THAT(trained_measured.status(), IsOk());
  EXPECT_EQ(trained_measured->parameters_crc32(), trained_plain->parameters_crc32());
  EXPECT_EQ(trained_plain->diagnostics_size(), 0);
  DiagnosticOptions options;
  options.horizon = 2;
  options.obs_dim = 3;
  EXPECT_EQ(NamesOfDiagnostics(*trained_measured), DiagnosticNames(options));
  EXPECT_THAT(source_.critic_requests, ::testing::ElementsAre("11 all"));
}

TEST_F(WorldModelTest, DoesWithoutValuesWhereTheCriticsFitNoMessage) {
  v1::TrialConfig config = Config("mle");
  config.mutable_diagnose()->set_horizon(2);
  config.mutable_diagnose()->set_states(20);
  source_.chains = true;
  source_.critics_status = absl::ResourceExhaustedError("too large");
  const auto result = Train(*Create(config), 100);
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_THAT(NamesOfDiagnostics(*result),
              ::testing::ElementsAre("diagnose/model_error_h1", "diagnose/model_error_h2"));
  source_.critics_status = absl::UnavailableError("gone");
  EXPECT_THAT(Train(*Create(config), 100).status(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(WorldModelTest, LeavesOutStepsThatTheEnsembleDisagreesAbout) {
  v1::TrialConfig config = Config("mse");
  config.mutable_imagine()->set_accept("disagreement");
  config.mutable_imagine()->set_disagreement_quantile(0.5);
  const auto model = Create(config);
  ASSERT_THAT(Train(*model, 100).status(), IsOk());
  v1::ImagineRequest request = ImagineFrom(1, 5);
  request.set_length(1);
  const auto result =
      model->Imagine(request, [](const TransitionBatch&) { return absl::OkStatus(); });
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_EQ(result->transitions(), 25);
  EXPECT_EQ(result->rejected_steps(), 25);
}

TEST_F(WorldModelTest, GivesAwayAllThatPredictsLikeIt) {
  v1::TrialConfig config = Config("mle");
  config.mutable_model()->set_predict("next_state");
  config.mutable_model()->set_normalize_targets(true);
  const auto model = Create(config);
  ASSERT_THAT(Train(*model, 200).status(), IsOk());
  const auto given = model->GetModel({});
  ASSERT_THAT(given.status(), IsOk());

  Ensemble::Options options;
  options.obs_dim = 3;
  options.act_dim = 1;
  options.members = 3;
  options.hidden_sizes = {16};
  options.probabilistic = true;
  options.predict_next_state = true;
  options.normalize_targets = true;
  const auto copy = Ensemble::Create(options, 1).value();
  copy->parameters().copy_(TensorFromArray(given->parameters().values()).value());
  copy->normalizer().Set(TensorFromArray(given->input_mean()).value(),
                         TensorFromArray(given->input_std()).value());
  copy->target_scaling().Set(TensorFromArray(given->target_mean()).value(),
                             TensorFromArray(given->target_std()).value());
  const at::Tensor states = at::full({5, 3}, 0.5), actions = at::zeros({5, 1});
  v1::PredictRequest request;
  *request.mutable_observation() = ArrayFromTensor(states);
  *request.mutable_action() = ArrayFromTensor(actions);
  const Prediction expected = copy->Predict(states, actions);
  const auto got = model->Predict(request);
  ASSERT_THAT(got.status(), IsOk());
  EXPECT_TRUE(at::equal(TensorFromArray(got->next_observation()).value(), expected.next_state));
  EXPECT_TRUE(at::equal(TensorFromArray(got->log_variance()).value(), expected.log_variance));
}

TEST_F(WorldModelTest, RefusesWhatItCannotAnswer) {
  const auto model = Create(Config("mse"));
  EXPECT_THAT(NextObservations(*model, ImagineFrom(0, 5)).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not been trained")));
  v1::GetModelRequest get_model;
  EXPECT_THAT(model->GetModel(get_model).status(), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(Train(*model, 100).status(), IsOk());
  EXPECT_EQ(model->GetModel(get_model)->parameters().version(), 1);
  get_model.set_model_version(1);
  EXPECT_THAT(model->GetModel(get_model).status(), IsOk());
  get_model.set_model_version(2);
  EXPECT_THAT(model->GetModel(get_model).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("current one is 1")));
  EXPECT_THAT(NextObservations(*model, ImagineFrom(7, 5)).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("current one is 1")));
  v1::ImagineRequest huge = ImagineFrom(1, 5);
  huge.set_num_rollouts(int64_t{1} << 50);
  EXPECT_THAT(NextObservations(*model, huge).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  v1::ImagineRequest bad_policy = ImagineFrom(1, 5);
  bad_policy.mutable_policy()->mutable_actor()->mutable_values()->set_data("abc");
  EXPECT_THAT(NextObservations(*model, bad_policy).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Train(*model, 50).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has seen 100")));
  source_.fail = true;
  EXPECT_THAT(Train(*model, 200).status(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(WorldModelTest, PredictsWithEveryMember) {
  const auto model = Create(Config("mle"));
  ASSERT_THAT(Train(*model, 200).status(), IsOk());
  v1::PredictRequest request;
  *request.mutable_observation() =
      ArrayFromTensor(at::full({5, task_.obs_dim}, 0.5, at::TensorOptions(at::kFloat)));
  *request.mutable_action() =
      ArrayFromTensor(at::zeros({5, task_.act_dim}, at::TensorOptions(at::kFloat)));
  const auto response = model->Predict(request);
  ASSERT_THAT(response.status(), IsOk());
  EXPECT_THAT(response->next_observation().shape(), ::testing::ElementsAre(3, 5, task_.obs_dim));
  EXPECT_THAT(response->reward().shape(), ::testing::ElementsAre(3, 5));
  EXPECT_THAT(response->log_variance().shape(), ::testing::ElementsAre(3, 5, task_.obs_dim + 1));
  *request.mutable_action() =
      ArrayFromTensor(at::zeros({4, task_.act_dim}, at::TensorOptions(at::kFloat)));
  EXPECT_THAT(model->Predict(request).status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram

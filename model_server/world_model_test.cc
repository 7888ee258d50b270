#include "model_server/world_model.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/base/random.h"
#include "core/dynamics/loss_catalog.h"
#include "core/nn/array_codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

v1::TrialConfig Config(const std::string& loss) {
  v1::TrialConfig config;
  config.set_seed(3);
  config.mutable_sac()->add_hidden_sizes(8);
  config.mutable_sac()->set_activation("relu");
  config.mutable_sac()->set_replay_capacity(1000);
  v1::ModelConfig& model = *config.mutable_model();
  model.set_loss(loss);
  model.set_members(3);
  model.set_elites(2);
  model.add_hidden_sizes(16);
  model.set_activation("silu");
  model.set_learning_rate(1e-3);
  model.set_batch_size(32);
  model.set_holdout_ratio(0.2);
  model.set_patience(2);
  model.set_improvement_threshold(0.01);
  model.set_max_epochs(4);
  model.set_value_functions("all");
  model.set_gradient_clip_quantile(0.95);
  return config;
}

// A replay of a linear system and gradients that grow with the index.
class FakeSource : public TransitionSource {
 public:
  explicit FakeSource(const Task& task) : task_(task) {}

  absl::Status ReadTransitions(
      int64_t first_index, int64_t end_index,
      const std::function<absl::Status(const TransitionBatch&)>& append) override {
    first_indices.push_back(first_index);
    if (fail) return absl::UnavailableError("the learner is gone");
    Rng rng(first_index + 1);
    TransitionBatch batch(end_index - first_index, task_.obs_dim, task_.act_dim);
    rng.FillNormal(absl::MakeSpan(batch.observation));
    rng.FillNormal(absl::MakeSpan(batch.action));
    for (size_t i = 0; i < batch.observation.size(); ++i) {
      batch.next_observation[i] = 0.9f * batch.observation[i];
    }
    return append(batch);
  }
  absl::StatusOr<at::Tensor> ValueGradients(int64_t first_index, int64_t end_index,
                                            int64_t critic_version,
                                            const std::string& value_functions) override {
    gradient_requests.push_back(
        absl::StrCat(first_index, "-", end_index, " of ", critic_version, " ", value_functions));
    return at::ones({4, end_index - first_index, task_.obs_dim}, at::TensorOptions(at::kFloat));
  }

  absl::StatusOr<CriticNetworks> GetCritics(int64_t critic_version,
                                            const std::string& value_functions) override {
    critic_requests.push_back(absl::StrCat(critic_version, " ", value_functions));
    const int64_t inputs = task_.obs_dim + task_.act_dim;
    CriticNetworks networks;
    networks.version = critic_version;
    networks.actor =
        at::full({critic_hidden * (task_.obs_dim + 1 + 2 * task_.act_dim) + 2 * task_.act_dim}, 0.1,
                 at::TensorOptions(at::kFloat));
    const int64_t size = 2 * (critic_hidden * (inputs + 2) + 1);
    Rng rng(critic_version);
    for (int stack = 0; stack < 2; ++stack) {
      at::Tensor critics = at::empty({size}, at::TensorOptions(at::kFloat));
      rng.FillNormal(absl::MakeSpan(critics.data_ptr<float>(), size));
      networks.critics.push_back(critics);
    }
    return networks;
  }

  std::vector<std::string> critic_requests;
  int64_t critic_hidden = 8;
  std::vector<int64_t> first_indices;
  std::vector<std::string> gradient_requests;
  bool fail = false;

 private:
  const Task& task_;
};

class WorldModelTest : public ::testing::Test {
 protected:
  std::unique_ptr<WorldModel> Create(const v1::TrialConfig& config) {
    auto model = WorldModel::Create(config, task_, &source_);
    EXPECT_THAT(model.status(), IsOk());
    return *std::move(model);
  }
  static absl::StatusOr<v1::TrainResult> Train(WorldModel& model, int64_t end_index,
                                               uint64_t seed = 7) {
    v1::TrainRequest request;
    request.set_end_index(end_index);
    request.set_critic_version(11);
    request.set_seed(seed);
    return model.Train(request, [](const v1::TrainProgress&) { return absl::OkStatus(); });
  }
  v1::ImagineRequest ImagineFrom(int64_t version, uint64_t seed) const {
    v1::ImagineRequest request;
    request.set_model_version(version);
    request.set_num_rollouts(50);
    request.set_length(2);
    request.set_seed(seed);
    const int64_t size =
        ActorShape(task_.obs_dim, task_.act_dim, {8}, Activation::kRelu).num_parameters();
    *request.mutable_policy()->mutable_actor()->mutable_values() =
        ArrayFromTensor(at::full({size}, 0.01, at::TensorOptions(at::kFloat)));
    return request;
  }
  static absl::StatusOr<std::vector<float>> NextObservations(WorldModel& model,
                                                             const v1::ImagineRequest& request) {
    std::vector<float> values;
    const absl::Status status = model.Imagine(request, [&](const TransitionBatch& rows) {
      values.insert(values.end(), rows.next_observation.begin(), rows.next_observation.end());
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return values;
  }

  const Task task_ = **FindTask("Pendulum-v1");
  FakeSource source_{task_};
};

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

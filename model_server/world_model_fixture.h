#ifndef MODEL_SERVER_WORLD_MODEL_FIXTURE_H_
#define MODEL_SERVER_WORLD_MODEL_FIXTURE_H_

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/nn/array_codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model_server/world_model.h"
#include "testing/status_matchers.h"

// A small model of Pendulum-v1 and a learner that is a fake, for the tests of the model.
namespace vagram {

inline v1::TrialConfig Config(const std::string& loss) {
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
    TransitionBatch batch(end_index - first_index, task_.obs_dim, task_.act_dim);
    for (int64_t row = 0; row < batch.size; ++row) {
      Rng rng(first_index + row + 1);
      rng.FillNormal(absl::MakeSpan(&batch.observation[row * task_.obs_dim], task_.obs_dim));
      rng.FillNormal(absl::MakeSpan(&batch.action[row * task_.act_dim], task_.act_dim));
    }
    for (int64_t row = 1; chains && row < batch.size; row += 2) {
      for (int n = 0; n < task_.obs_dim; ++n) {
        batch.observation[row * task_.obs_dim + n] =
            0.9f * batch.observation[(row - 1) * task_.obs_dim + n];
      }
    }
    for (size_t i = 0; i < batch.observation.size(); ++i) {
      batch.next_observation[i] = 0.9f * batch.observation[i];
    }
    return append(batch);
  }
  absl::StatusOr<at::Tensor> ValueGradients(int64_t first_index, int64_t end_index,
                                            int64_t critic_version,
                                            const ValueGradientOptions& options) override {
    gradient_requests.push_back(absl::StrCat(first_index, "-", end_index, " of ", critic_version,
                                             " ", options.value_functions,
                                             options.value_action == "sample" ? " sampled" : "",
                                             options.through_policy ? " through the policy" : ""));
    action_seeds.push_back(options.action_seed);
    return at::ones({4, end_index - first_index, task_.obs_dim}, at::TensorOptions(at::kFloat));
  }

  absl::StatusOr<CriticNetworks> GetCritics(int64_t critic_version,
                                            const std::string& value_functions) override {
    critic_requests.push_back(absl::StrCat(critic_version, " ", value_functions));
    if (!critics_status.ok()) return critics_status;
    const int64_t inputs = task_.obs_dim + task_.act_dim;
    CriticNetworks networks;
    networks.version = critic_version;
    networks.temperature = 0.5;
    const int64_t hidden_parameters = critic_hidden * (layer_norm ? 3 : 1);  // biases and the like
    networks.actor = at::full({critic_hidden * (task_.obs_dim + 2 * task_.act_dim) +
                               hidden_parameters + 2 * task_.act_dim},
                              0.1, at::TensorOptions(at::kFloat));
    const int64_t size = critics * (critic_hidden * (inputs + 1) + hidden_parameters + 1);
    Rng rng(critic_version);
    for (int stack = 0; stack < 2; ++stack) {
      at::Tensor parameters = at::empty({size}, at::TensorOptions(at::kFloat));
      rng.FillNormal(absl::MakeSpan(parameters.data_ptr<float>(), size));
      networks.critics.push_back(parameters);
    }
    return networks;
  }

  std::vector<std::string> critic_requests;
  std::vector<uint64_t> action_seeds;
  absl::Status critics_status;
  int64_t critic_hidden = 8;
  int64_t critics = 2;
  bool layer_norm = false;
  std::vector<int64_t> first_indices;
  std::vector<std::string> gradient_requests;
  bool fail = false;
  bool chains = false;  // every second transition goes on from the one before

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
    const absl::StatusOr<v1::ImagineResult> result =
        model.Imagine(request, [&](const TransitionBatch& rows) {
          values.insert(values.end(), rows.next_observation.begin(), rows.next_observation.end());
          return absl::OkStatus();
        });
    if (!result.ok()) return result.status();
    EXPECT_EQ(result->transitions(), static_cast<int64_t>(values.size()) / 3);
    return values;
  }

  const Task task_ = **FindTask("Pendulum-v1");
  FakeSource source_{task_};
};

}  // namespace vagram

#endif  // MODEL_SERVER_WORLD_MODEL_FIXTURE_H_

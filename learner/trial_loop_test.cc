#include "learner/trial_loop.h"

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "core/base/divergence.h"
#include "core/config/ensemble_options.h"
#include "core/dynamics/ensemble_codec.h"
#include "core/wire/transition_codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

Task TinyTask() {
  Task task;
  task.id = "Tiny";
  task.obs_dim = 2;
  task.act_dim = 1;
  task.act_low = {-1};
  task.act_high = {1};
  task.max_episode_steps = 10;
  task.terminated = [](absl::Span<const float>) { return false; };
  return task;
}

v1::TrialConfig TinyConfig() {
  v1::TrialConfig config;
  config.set_algorithm("mbpo");
  config.set_seed(1);
  config.set_num_steps(25);
  v1::SacConfig& sac = *config.mutable_sac();
  sac.add_hidden_sizes(8);
  sac.set_activation("relu");
  sac.set_discount(0.99);
  sac.set_target_smoothing(0.005);
  sac.set_actor_learning_rate(1e-3);
  sac.set_critic_learning_rate(1e-3);
  sac.set_temperature_learning_rate(1e-3);
  sac.set_initial_temperature(0.1);
  sac.set_learn_temperature(true);
  sac.set_batch_size(16);
  sac.set_updates_per_step(2);
  sac.set_actor_update_every(1);
  sac.set_target_update_every(1);
  sac.set_warmup_steps(10);
  sac.set_replay_capacity(1000);
  config.mutable_model()->set_train_every(5);
  config.mutable_model()->set_loss("mle");
  config.mutable_model()->set_members(3);
  config.mutable_model()->set_activation("silu");
  config.mutable_model()->add_hidden_sizes(6);
  v1::ImagineConfig& imagine = *config.mutable_imagine();
  imagine.set_rollouts_per_step(4);
  imagine.set_retain_trainings(2);
  imagine.mutable_length()->set_from(1);
  imagine.mutable_length()->set_to(1);
  imagine.mutable_model_share()->set_from(0.5);
  imagine.mutable_model_share()->set_to(0.5);
  config.mutable_schedule()->set_epoch_length(10);
  config.mutable_evaluate()->set_episodes(3);
  config.mutable_evaluate()->set_every_epochs(1);
  config.mutable_resources()->set_device("cpu");
  return config;
}

// Writes down the order of what the loop asks for.
class FakeActors : public Collector {
 public:
  explicit FakeActors(std::vector<std::string>* journal) : journal_(journal) {}
  absl::StatusOr<v1::StepReply> Step(int64_t num_steps, const v1::PolicySnapshot* policy) override {
    journal_->push_back(policy == nullptr ? "warm-up step" : "step");
    TransitionBatch batch(num_steps, 2, 1);
    for (float& x : batch.observation) x = static_cast<float>(steps_) / 10;
    if (steps_ + 1 == poison_at_step) batch.reward[0] = kNaN;
    v1::StepReply reply;
    *reply.mutable_transitions() = EncodeTransitions(batch);
    if (++steps_ % 10 == 0) reply.add_episode_returns(-steps_);
    if (fail_at_step == steps_) return absl::UnavailableError("the actor is gone");
    return reply;
  }
  absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                             const v1::PolicySnapshot& policy) override {
    journal_->push_back("evaluate");
    v1::EvaluateReply reply;
    for (int i = 0; i < num_episodes; ++i) {
      reply.add_returns(i);
      reply.add_lengths(10);
      reply.add_discounted_returns(i);
      reply.add_terminated(true);
    }
    const std::vector<float> zeros(2 * num_episodes, 0.0f);
    for (v1::Array* array : {reply.mutable_first_observation(), reply.mutable_last_observation()}) {
      array->set_dtype(v1::FLOAT32);
      array->add_shape(num_episodes);
      array->add_shape(2);
      array->set_data(zeros.data(), zeros.size() * sizeof(float));
    }
    return reply;
  }
  int64_t fail_at_step = -1;
  int64_t poison_at_step = -1;  // its reward is not a number

 private:
  std::vector<std::string>* const journal_;
  int64_t steps_ = 0;
};

class FakeDynamics : public Dynamics {
 public:
  explicit FakeDynamics(std::vector<std::string>* journal) : journal_(journal) {}
  absl::StatusOr<v1::TrainResult> Train(
      const v1::TrainRequest& request,
      const std::function<void(const v1::TrainProgress&)>& progress) override {
    journal_->push_back(absl::StrCat("train to ", request.end_index()));
    v1::TrainResult result;
    result.set_model_version(++version_);
    result.add_holdout_scores(2);
    result.add_holdout_scores(4);
    result.set_train_loss(train_loss);
    result.add_elites(1);
    for (const std::string& name : diagnostics) {
      v1::Diagnostic* diagnostic = result.add_diagnostics();
      diagnostic->set_value(result.diagnostics_size());
      diagnostic->set_name(name);
    }
    return result;
  }
  absl::StatusOr<v1::ImagineResult> Imagine(
      const v1::ImagineRequest& request,
      const std::function<absl::Status(const TransitionBatch&)>& append) override {
    EXPECT_EQ(request.model_version(), version_);
    journal_->push_back(absl::StrCat("imagine ", request.num_rollouts()));
    if (keeps_no_branch) return v1::ImagineResult();
    // A quarter of the steps is left out.
    TransitionBatch batch(request.num_rollouts() * 3 / 4, 2, 1);
    if (poisoned) batch.reward.assign(batch.size, kNaN);
    const absl::Status status = append(batch);
    if (!status.ok()) return status;
    v1::ImagineResult result;
    result.set_transitions(request.num_rollouts() * 3 / 4);
    result.set_rejected_steps(request.num_rollouts() / 4);
    return result;
  }
  absl::StatusOr<v1::GetModelResponse> GetModel(const v1::GetModelRequest& request) override {
    journal_->push_back(absl::StrCat("get model ", request.model_version()));
    if (request.model_version() != version_) return absl::FailedPreconditionError("another");
    const auto options = EnsembleOptions(TinyConfig().model(), TinyTask());
    if (!options.ok()) return options.status();
    return EncodeEnsemble(**Ensemble::Create(*options, version_), version_);
  }
  std::vector<std::string> diagnostics;  // names that a training reports, each with its place
  double train_loss = 0;
  bool keeps_no_branch = false;
  bool poisoned = false;

 private:
  std::vector<std::string>* const journal_;
  int64_t version_ = 0;
};

class FakeReporter : public TrialReporter {
 public:
  absl::Status Report(const v1::MetricRow& row) override {
    rows.push_back(row);
    return absl::OkStatus();
  }
  absl::Status ReportPolicy(const v1::PolicyFile& policy, bool last) override {
    policies.push_back(policy);
    ends.push_back(last);
    return policy_status;
  }
  void SetProgress(const v1::Progress& p) override { progress = p; }
  double Value(int row, const std::string& name) const {
    for (const v1::Metric& metric : rows[row].metrics()) {
      if (metric.name() == name) return metric.value();
    }
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }
  std::vector<v1::MetricRow> rows;
  std::vector<v1::PolicyFile> policies;
  std::vector<bool> ends;  // of each policy, whether it is the last
  absl::Status policy_status;
  v1::Progress progress;
};

class TrialLoopTest : public ::testing::Test {
 protected:
  absl::Status Run(const v1::TrialConfig& config) {
    const bool model_based = config.algorithm() == "mbpo";
    auto loop = TrialLoop::Create(
        config, TinyTask(),
        {&actors_, model_based ? &dynamics_ : nullptr, &board_, &reporter_, Clock::Real(), &stop_});
    if (!loop.ok()) return loop.status();
    return (*loop)->Run();
  }

  std::vector<std::string> journal_;
  FakeActors actors_{&journal_};
  FakeDynamics dynamics_{&journal_};
  SnapshotBoard board_{1000, 2, 1};
  FakeReporter reporter_;
  Stop stop_;
};

TEST_F(TrialLoopTest, FollowsTheAlgorithmInOrder) {
  v1::TrialConfig config = TinyConfig();
  config.set_num_steps(17);
  ASSERT_THAT(Run(config), IsOk());
  std::vector<std::string> expected(10, "warm-up step");
  for (const char* entry : {"train to 10", "imagine 20", "evaluate", "step", "step", "step", "step",
                            "step", "train to 15", "imagine 20", "step", "step", "evaluate"}) {
    expected.push_back(entry);
  }
  EXPECT_EQ(journal_, expected);
}

TEST_F(TrialLoopTest, ReportsOneRowPerEpochAndALastPartialOne) {
  ASSERT_THAT(Run(TinyConfig()), IsOk());
  ASSERT_EQ(reporter_.rows.size(), 3u);
  EXPECT_EQ(reporter_.rows[2].step(), 25);
  EXPECT_EQ(reporter_.rows[2].epoch(), 2);
  EXPECT_EQ(reporter_.Value(0, "evaluate/return_mean"), 1);
  EXPECT_EQ(reporter_.Value(1, "collect/return_mean"), -20);
  EXPECT_TRUE(std::isnan(reporter_.Value(2, "collect/return_mean")));
  EXPECT_EQ(reporter_.Value(1, "model/holdout_score"), 3);
  EXPECT_EQ(reporter_.Value(2, "sac/updates"), 2 * 16);
  EXPECT_EQ(reporter_.Value(1, "imagine/transitions"), 30);
  EXPECT_EQ(reporter_.Value(1, "imagine/accepted_share"), 0.75);
  EXPECT_EQ(reporter_.Value(1, "imagine/branch_length_mean"), 0.75);
  EXPECT_EQ(reporter_.progress.step(), 25);
  EXPECT_EQ(reporter_.progress.activity(), "finished");
}

std::vector<std::string> Names(const v1::MetricRow& row) {
  std::vector<std::string> names;
  for (const v1::Metric& metric : row.metrics()) names.push_back(metric.name());
  return names;
}

TEST_F(TrialLoopTest, ReportsHowGoodModelAndCriticsAre) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_model()->set_members(2);
  config.mutable_model()->set_elites(1);
  config.mutable_diagnose()->set_horizon(2);
  config.mutable_diagnose()->set_states(8);
  dynamics_.diagnostics = {"diagnose/model_error_h1", "diagnose/gradient_weight_1"};
  ASSERT_THAT(Run(config), IsOk());
  EXPECT_EQ(reporter_.Value(1, "model/holdout_score_0"), 2);
  EXPECT_EQ(reporter_.Value(1, "model/holdout_score_1"), 4);
  EXPECT_EQ(reporter_.Value(1, "model/elite_0"), 1);
  EXPECT_EQ(reporter_.Value(1, "diagnose/model_error_h1"), 1);
  EXPECT_EQ(reporter_.Value(1, "diagnose/gradient_weight_1"), 2);
  EXPECT_TRUE(std::isnan(reporter_.Value(1, "diagnose/value_error_h2"))) << "was not measured";
  EXPECT_TRUE(std::isfinite(reporter_.Value(1, "diagnose/q_bias_real")));
  // Trained after 10, 15 and 20 steps, with two updates per step between.
  EXPECT_TRUE(std::isnan(reporter_.Value(0, "model/critic_age")));
  EXPECT_EQ(reporter_.Value(1, "model/critic_age"), 10);
  EXPECT_EQ(Names(reporter_.rows[0]), Names(reporter_.rows[1]));
}

TEST_F(TrialLoopTest, MeasuresNothingMoreWhenDiagnosticsAreOff) {
  ASSERT_THAT(Run(TinyConfig()), IsOk());
  EXPECT_THAT(Names(reporter_.rows[0]), ::testing::Not(::testing::Contains(HasSubstr("diagnose"))));
}

TEST_F(TrialLoopTest, RefusesAMeasurementItDoesNotKnow) {
  dynamics_.diagnostics = {"diagnose/of_the_future"};
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("run the same version everywhere")));
}

v1::TrialConfig WithTarget(const std::string& target) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_sac()->set_target(target);
  config.mutable_sac()->set_expansion_horizon(2);
  return config;
}

std::vector<std::string> ExpansionNames(const v1::MetricRow& row) {
  std::vector<std::string> names;
  for (const v1::Metric& metric : row.metrics()) {
    if (absl::StartsWith(metric.name(), "expansion/")) names.push_back(metric.name());
  }
  return names;
}

TEST_F(TrialLoopTest, PullsEveryModelThatItsTargetsAreExpandedWith) {
  v1::TrialConfig config = WithTarget("mve");
  config.set_num_steps(17);
  config.mutable_imagine()->clear_model_share();
  ASSERT_THAT(Run(config), IsOk());
  std::vector<std::string> expected(10, "warm-up step");
  for (const char* entry :
       {"train to 10", "get model 1", "evaluate", "step", "step", "step", "step", "step",
        "train to 15", "get model 2", "step", "step", "evaluate"}) {
    expected.push_back(entry);
  }
  EXPECT_EQ(journal_, expected) << "nothing uses imagination, so there is none";
  EXPECT_THAT(ExpansionNames(reporter_.rows[0]), ElementsAre("expansion/path_length"));
  EXPECT_EQ(reporter_.Value(1, "expansion/path_length"), 2) << "nothing terminates here";
}

TEST_F(TrialLoopTest, ReportsTheMeanWeightOfEveryHorizon) {
  ASSERT_THAT(Run(WithTarget("steve")), IsOk());
  EXPECT_THAT(ExpansionNames(reporter_.rows[0]),
              ElementsAre("expansion/weight_h0", "expansion/weight_h1", "expansion/weight_h2"));
  const double sum = reporter_.Value(1, "expansion/weight_h0") +
                     reporter_.Value(1, "expansion/weight_h1") +
                     reporter_.Value(1, "expansion/weight_h2");
  EXPECT_NEAR(sum, 1, 1e-5);
}

TEST_F(TrialLoopTest, OneStepTargetsPullNoModelAndReportNoExpansion) {
  ASSERT_THAT(Run(WithTarget("one_step")), IsOk());
  for (const std::string& entry : journal_) EXPECT_THAT(entry, ::testing::Not(HasSubstr("get")));
  EXPECT_TRUE(ExpansionNames(reporter_.rows[0]).empty());
}

TEST_F(TrialLoopTest, RefusesExpansionWithoutAModel) {
  v1::TrialConfig config = WithTarget("mve");
  config.set_algorithm("sac");
  EXPECT_THAT(Run(config), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("sac.target")));
}

TEST_F(TrialLoopTest, ModelFreeTrialsNeverAskForAModel) {
  v1::TrialConfig config = TinyConfig();
  config.set_algorithm("sac");
  ASSERT_THAT(Run(config), IsOk());
  for (const std::string& entry : journal_) EXPECT_THAT(entry, ::testing::Not(HasSubstr("train")));
  EXPECT_EQ(reporter_.Value(2, "sac/updates"), 2 * 16);
}

TEST_F(TrialLoopTest, PassesOnTheFirstErrorOfAPeer) {
  actors_.fail_at_step = 12;
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kUnavailable, "the actor is gone"));
}

TEST_F(TrialLoopTest, StopsAtARewardThatIsNotANumber) {
  actors_.poison_at_step = 12;
  EXPECT_THAT(Run(TinyConfig()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("at step 12"), HasSubstr("column reward holds nan"))));
}

TEST_F(TrialLoopTest, StopsWithADiagnosisWhenTheAgentDiverges) {
  dynamics_.poisoned = true;
  const absl::Status status = Run(TinyConfig());
  EXPECT_TRUE(IsDiverged(status));
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr("at step 10"), HasSubstr("the critics' loss"),
                             HasSubstr("in update 1"), HasSubstr("sac.critic_learning_rate"))));
  EXPECT_TRUE(reporter_.rows.empty()) << "the epoch that diverged is not reported";
}

TEST_F(TrialLoopTest, StopsWhenTheModelDiverges) {
  dynamics_.train_loss = std::numeric_limits<double>::infinity();
  const absl::Status status = Run(TinyConfig());
  EXPECT_TRUE(IsDiverged(status));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               AllOf(HasSubstr("at step 10"), HasSubstr("training loss is inf"),
                                     HasSubstr("model.learning_rate"))));
}

TEST_F(TrialLoopTest, StopsWhenNoImaginedBranchIsLeft) {
  dynamics_.keeps_no_branch = true;
  const absl::Status status = Run(TinyConfig());
  EXPECT_TRUE(IsDiverged(status));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               AllOf(HasSubstr("at step 10"), HasSubstr("none of 20"))));
}

TEST_F(TrialLoopTest, TrainsWithEverySwitchOfTheAgent) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_sac()->set_layer_norm(true);
  config.mutable_sac()->set_feature_normalization(true);
  config.mutable_sac()->set_dropout(0.1);
  config.mutable_sac()->set_critics(4);
  config.mutable_sac()->set_target_subset(2);
  ASSERT_THAT(Run(config), IsOk());
  // As without them, and 8 gains and 8 offsets.
  EXPECT_EQ(reporter_.policies[0].policy().actor().values().data().size(),
            4u * (2 * 8 + 8 + 2 * 8 + 2 * (8 + 1)));
}

TEST_F(TrialLoopTest, LeavesItsLastPolicyBehind) {
  ASSERT_THAT(Run(TinyConfig()), IsOk());
  ASSERT_EQ(reporter_.policies.size(), 1u);
  EXPECT_TRUE(reporter_.ends[0]);
  const v1::PolicyFile& policy = reporter_.policies[0];
  EXPECT_EQ(policy.env().id(), "Tiny");
  EXPECT_EQ(policy.env().obs_dim(), 2);
  EXPECT_EQ(policy.env().act_dim(), 1);
  EXPECT_EQ(policy.epoch(), 2);
  EXPECT_EQ(policy.step(), 25);
  EXPECT_EQ(policy.return_mean(), 1);
  EXPECT_EQ(policy.config().sac().hidden_sizes(0), 8);
  EXPECT_EQ(policy.policy().actor().version(), 2 * 16);
  // 2 x 8 weights and 8 biases, then a mean and a deviation of 8 weights and a bias each.
  EXPECT_EQ(policy.policy().actor().values().data().size(), 4u * (2 * 8 + 8 + 2 * (8 + 1)));
}

TEST_F(TrialLoopTest, HandsOutPoliciesWhereVideosAreAskedFor) {
  v1::TrialConfig config = TinyConfig();
  config.set_num_steps(50);
  config.mutable_evaluate()->set_every_epochs(3);
  config.mutable_evaluate()->set_video(2);
  ASSERT_THAT(Run(config), IsOk());
  std::vector<int64_t> epochs;
  for (const v1::PolicyFile& policy : reporter_.policies) epochs.push_back(policy.epoch());
  EXPECT_THAT(epochs, ElementsAre(1, 3, 4));
  EXPECT_THAT(reporter_.ends, ElementsAre(false, false, true));
  EXPECT_FALSE(reporter_.policies[0].has_return_mean()) << "it was not evaluated then";
  EXPECT_TRUE(reporter_.policies[2].has_return_mean());
}

TEST_F(TrialLoopTest, DoesNotEndWellWithItsPolicyLost) {
  reporter_.policy_status = absl::UnavailableError("disk full");
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kUnavailable, "disk full"));
}

TEST_F(TrialLoopTest, EndsOnStop) {
  stop_.Trip("preempted");
  EXPECT_THAT(Run(TinyConfig()), StatusIs(absl::StatusCode::kCancelled, "preempted"));
  EXPECT_TRUE(journal_.empty());
}

// Two runs with equal seeds end in equal parameters, two with different ones do not.
double ChecksumAfter(v1::TrialConfig config, int64_t seed) {
  std::vector<std::string> journal;
  FakeActors actors(&journal);
  FakeDynamics dynamics(&journal);
  SnapshotBoard board(1000, 2, 1);
  FakeReporter reporter;
  Stop stop;
  config.set_seed(seed);
  auto loop = TrialLoop::Create(config, TinyTask(),
                                {&actors, &dynamics, &board, &reporter, Clock::Real(), &stop});
  EXPECT_THAT((*loop)->Run(), IsOk());
  return reporter.Value(2, "sac/checksum");
}

TEST(TrialLoopDeterminismTest, IsAPureFunctionOfTheSeed) {
  EXPECT_EQ(ChecksumAfter(TinyConfig(), 1), ChecksumAfter(TinyConfig(), 1));
  EXPECT_NE(ChecksumAfter(TinyConfig(), 1), ChecksumAfter(TinyConfig(), 2));
}

TEST(TrialLoopDeterminismTest, EveryTargetIsAPureFunctionOfTheSeedAndDiffersFromTheOthers) {
  v1::TrialConfig own_steps = TinyConfig();
  own_steps.mutable_imagine()->set_one_step_share(0.25);
  std::set<double> checksums = {ChecksumAfter(TinyConfig(), 1)};
  for (const v1::TrialConfig& config : {WithTarget("mve"), WithTarget("steve"), own_steps}) {
    const double checksum = ChecksumAfter(config, 1);
    EXPECT_EQ(ChecksumAfter(config, 1), checksum);
    EXPECT_NE(ChecksumAfter(config, 2), checksum);
    EXPECT_TRUE(checksums.insert(checksum).second);
  }
  EXPECT_TRUE(checksums.count(ChecksumAfter(WithTarget("one_step"), 1)));
}

}  // namespace
}  // namespace vagram

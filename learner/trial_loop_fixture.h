#ifndef LEARNER_TRIAL_LOOP_FIXTURE_H_
#define LEARNER_TRIAL_LOOP_FIXTURE_H_

#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "core/base/divergence.h"
#include "core/config/ensemble_options.h"
#include "core/dynamics/ensemble_codec.h"
#include "core/wire/transition_codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "learner/trial_loop.h"
#include "testing/status_matchers.h"

// A tiny trial whose peers are fakes, for the tests of the loop.
namespace vagram {

inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

inline Task TinyTask() {
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

inline v1::TrialConfig TinyConfig() {
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
    if (leave_at_step == steps_ + 1) leave->Trip("told to end");
    if (++steps_ % 10 == 0) reply.add_episode_returns(-steps_);
    if (fail_at_step == steps_) return absl::UnavailableError("the actor is gone");
    if (gone_at_step == steps_) {
      --steps_;  // it is asked again, elsewhere
      leave->Trip("told to end");
      return absl::CancelledError("told to leave, and the actor is gone");
    }
    return reply;
  }
  absl::StatusOr<v1::EvaluateReply> Evaluate(int num_episodes, uint64_t seed,
                                             const v1::PolicySnapshot& policy) override {
    journal_->push_back("evaluate");
    if (gone_at_evaluation) {
      leave->Trip("told to end");
      return absl::CancelledError("told to leave, and the actor is gone");
    }
    v1::EvaluateReply reply;
    for (int i = 0; i < num_episodes; ++i) {
      reply.add_returns(i);
      reply.add_lengths(1 + static_cast<int64_t>(seed % 1000));  // tells seeds apart
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
  v1::ActorStates SaveState() const override {
    v1::ActorStates states;
    states.add_actors()->set_next_index(steps_);
    return states;
  }
  absl::Status RestoreState(const v1::ActorStates& states) override {
    steps_ = states.actors(0).next_index();
    return absl::OkStatus();
  }
  int64_t fail_at_step = -1;
  int64_t leave_at_step = -1;  // the learner is told to end while it takes this step
  int64_t gone_at_step = -1;   // and here the actor is gone before it does
  bool gone_at_evaluation = false;
  Stop* leave = nullptr;        // for these
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
      const std::function<absl::Status(const v1::TrainProgress&)>& progress) override {
    // Before the loop goes on with other things, which it writes down too.
    journal_->push_back(absl::StrCat("train to ", request.end_index()));
    v1::TrainProgress pulled;
    pulled.set_pulled(true);
    const absl::Status wanted = progress(pulled);
    if (!wanted.ok()) return wanted;
    if (version_ + 1 == gone_at_training) {
      leave->Trip("told to end");
      return absl::CancelledError("the model server is gone first");
    }
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
  absl::StatusOr<std::string> SaveState() override { return absl::StrCat(version_); }
  absl::Status RestoreState(absl::string_view state) override {
    return absl::SimpleAtoi(state, &version_) ? absl::OkStatus()
                                              : absl::InvalidArgumentError("not a fake's state");
  }
  std::vector<std::string> diagnostics;  // names that a training reports, each with its place
  double train_loss = 0;
  int64_t gone_at_training = -1;  // 1 for the first; the learner is told to end, too
  Stop* leave = nullptr;          // for this
  bool keeps_no_branch = false;
  bool poisoned = false;

 private:
  std::vector<std::string>* const journal_;
  int64_t version_ = 0;
};

class FakeReporter : public TrialReporter {
 public:
  absl::Status Report(const v1::MetricRow& row) override {
    if (row.row() == no_room_for_row) return absl::ResourceExhaustedError("the disk is full");
    rows.push_back(row);
    return absl::OkStatus();
  }
  absl::Status ReportPolicy(const v1::PolicyFile& policy, bool last) override {
    policies.push_back(policy);
    ends.push_back(last);
    if (static_cast<int>(policies.size()) == gone_at_policy) {
      leave->Trip("told to end");
      return absl::UnavailableError("the orchestrator is gone first");
    }
    return policy_status;
  }
  void SetProgress(const v1::Progress& p) override {
    progress = p;
    if (on_progress) on_progress(p);
  }
  double Value(int row, const std::string& name) const {
    for (const v1::Metric& metric : rows[row].metrics()) {
      if (metric.name() == name) return metric.value();
    }
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }
  int64_t no_room_for_row = -1;  // as long as it stands
  std::vector<v1::MetricRow> rows;
  std::vector<v1::PolicyFile> policies;
  std::vector<bool> ends;  // of each policy, whether it is the last
  absl::Status policy_status;
  int gone_at_policy = -1;  // 1 for the first; the learner is told to end, too
  Stop* leave = nullptr;    // for this
  v1::Progress progress;
  std::function<void(const v1::Progress&)> on_progress;
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

// Of the agent at the end of a whole run.
inline double ChecksumAfter(v1::TrialConfig config, int64_t seed) {
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

}  // namespace vagram

#endif  // LEARNER_TRIAL_LOOP_FIXTURE_H_

// The learner's service with real gRPC on loopback: an actor at work and a reader of its data.
#include "learner/learner_service.h"

#include <ATen/ATen.h>

#include <thread>

#include "actor/collect_client.h"
#include "core/nn/policy_action.h"
#include "core/rpc/faulty_link.h"
#include "core/rpc/server.h"
#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "learner/actor_pool.h"
#include "learner/learner_client.h"
#include "learner/sac_from_config.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

v1::TrialConfig PendulumConfig() {
  v1::TrialConfig config;
  config.set_seed(5);
  config.mutable_env()->set_id("Pendulum-v1");
  v1::SacConfig& sac = *config.mutable_sac();
  sac.add_hidden_sizes(8);
  sac.set_activation("relu");
  sac.set_discount(0.99);
  sac.set_target_smoothing(0.005);
  sac.set_actor_learning_rate(1e-3);
  sac.set_critic_learning_rate(1e-3);
  sac.set_temperature_learning_rate(1e-3);
  sac.set_initial_temperature(0.1);
  sac.set_batch_size(16);
  sac.set_actor_update_every(1);
  sac.set_target_update_every(1);
  config.mutable_resources()->set_device("cpu");
  return config;
}

class LearnerServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    task_ = *FindTask("Pendulum-v1");
    sac_options_ = *SacOptionsFromConfig(PendulumConfig(), *task_);
    board_ = std::make_unique<SnapshotBoard>(10000, task_->obs_dim, task_->act_dim);
    actors_ = std::make_unique<ActorPool>("1/0", absl::Seconds(60), &stop_, &leave_);
    service_ =
        std::make_unique<LearnerService>(LearnerService::Options{"1/0", 1, sac_options_, task_->id},
                                         actors_.get(), board_.get(), &stop_);
    RpcServer::Options options;
    options.token = "secret";
    options.services = {service_.get()};
    auto server = RpcServer::Start(options);
    ASSERT_THAT(server.status(), IsOk());
    server_ = *std::move(server);
  }
  void TearDown() override {
    actors_->Close();
    server_->Shutdown(absl::Seconds(5));
  }

  Endpoint endpoint() const { return {server_->address(), "secret"}; }
  CollectClientOptions ActorOptions() const { return {endpoint(), "1/0", 1, 0, RetryPolicy()}; }
  LearnerClient Client() { return {endpoint(), task_->obs_dim, task_->act_dim, &stop_}; }

  void FillReplay(int64_t rows) {
    TransitionBatch batch(rows, task_->obs_dim, task_->act_dim);
    for (size_t i = 0; i < batch.next_observation.size(); ++i) {
      batch.next_observation[i] = 0.001f * static_cast<float>(i % 997);
    }
    for (int64_t i = 0; i < rows; ++i) batch.reward[i] = static_cast<float>(i);
    ASSERT_THAT(board_->Append(batch), IsOk());
  }

  Stop stop_, leave_;
  const Task* task_ = nullptr;
  SacOptions sac_options_;
  std::unique_ptr<SnapshotBoard> board_;
  std::unique_ptr<ActorPool> actors_;
  std::unique_ptr<LearnerService> service_;
  std::unique_ptr<RpcServer> server_;
};

TEST_F(LearnerServiceTest, AnActorWorksUntilTheTrialIsOver) {
  std::thread actor([&] {
    Stop actor_stop;
    EXPECT_THAT(ServeCommands(ActorOptions(), PendulumConfig(), &actor_stop), IsOk());
  });
  for (int64_t i = 0; i < 3; ++i) {
    const auto reply = actors_->Step(7, nullptr);
    ASSERT_THAT(reply.status(), IsOk());
    EXPECT_EQ(reply->transitions().size(), 7);
    EXPECT_EQ(reply->transitions().first_index(), 7 * i);
  }
  actors_->Close();
  actor.join();
}

// The transitions of so many commands to an actor whose connection is cut after some of them, and
// while others are under way.
std::vector<std::string> StepThroughCuts(ActorPool& actors, FaultyLink& link, int commands,
                                         int cut_every) {
  std::vector<std::string> columns;
  for (int i = 0; i < commands; ++i) {
    std::thread cutter;
    if (cut_every > 0 && i % cut_every == 0) {
      if (i % 2 == 0) link.Cut();
      const int64_t bytes = link.request_bytes();
      cutter = std::thread([&link, bytes] {
        link.AwaitRequests(bytes + 1);
        link.Cut();
      });
    }
    const auto reply = actors.Step(7, nullptr);
    EXPECT_THAT(reply.status(), IsOk());
    if (reply.ok()) columns.push_back(reply->transitions().SerializeAsString());
    if (cutter.joinable()) cutter.join();
  }
  return columns;
}

TEST_F(LearnerServiceTest, AConnectionThatIsCutAgainAndAgainChangesNothing) {
  std::vector<std::string> undisturbed;
  for (const int cut_every : {0, 3}) {
    auto link = FaultyLink::Start(server_->address());
    ASSERT_THAT(link.status(), IsOk());
    (*link)->SetDelay(absl::Milliseconds(2));
    CollectClientOptions options = ActorOptions();
    options.learner.address = (*link)->address();
    ASSERT_THAT(actors_->RestoreState([] {
      v1::ActorStates states;
      states.add_actors();
      return states;
    }()),
                IsOk());
    Stop actor_stop;
    std::thread actor([&] { ServeCommands(options, PendulumConfig(), &actor_stop).IgnoreError(); });
    const auto columns = StepThroughCuts(*actors_, **link, 40, cut_every);
    actor_stop.Trip("test");
    actor.join();
    if (cut_every == 0) {
      undisturbed = columns;
    } else {
      EXPECT_EQ(columns, undisturbed);
    }
  }
}

TEST_F(LearnerServiceTest, RefusesAnActorOfAnotherTrialOrTask) {
  Stop actor_stop;
  CollectClientOptions options = ActorOptions();
  options.trial_id = "1/1";
  EXPECT_THAT(ServeCommands(options, PendulumConfig(), &actor_stop),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("belongs to trial 1/1")));
  v1::TrialConfig config = PendulumConfig();
  config.mutable_env()->set_id("Hopper-v4");
  EXPECT_THAT(ServeCommands(ActorOptions(), config, &actor_stop),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the actor steps Hopper-v4")));
}

TEST_F(LearnerServiceTest, TransitionsArriveInOrderAcrossChunks) {
  FillReplay(60000);  // some 3 MB
  LearnerClient client = Client();
  int64_t rows = 0, chunks = 0;
  EXPECT_THAT(client.ReadTransitions(100, 60000,
                                     [&](const TransitionBatch& batch) {
                                       ADD_FAILURE()
                                           << "nothing of a range that is not held may arrive";
                                       rows += batch.size;
                                       ++chunks;
                                       return absl::OkStatus();
                                     }),
              StatusIs(absl::StatusCode::kOutOfRange));  // the replay holds 10,000
  EXPECT_EQ(rows, 0);
  EXPECT_THAT(client.ReadTransitions(50000, 60000,
                                     [&](const TransitionBatch& batch) {
                                       EXPECT_EQ(batch.reward[0], 50000 + rows);
                                       rows += batch.size;
                                       ++chunks;
                                       return absl::OkStatus();
                                     }),
              IsOk());
  EXPECT_EQ(rows, 10000);
}

TEST_F(LearnerServiceTest, ValueGradientsAreThoseOfThePinnedCritics) {
  FillReplay(9000);
  auto sac = Sac::Create(sac_options_, 3);
  ASSERT_THAT(sac.status(), IsOk());
  CriticSnapshot snapshot = (*sac)->Snapshot();
  snapshot.version = 42;
  auto direct = ValueGradientFunction::Create(sac_options_, snapshot, ValueFunctions::kAll);
  ASSERT_THAT(direct.status(), IsOk());
  TransitionBatch rows(0, task_->obs_dim, task_->act_dim);
  ASSERT_THAT(board_->Read(1000, 9000, &rows), IsOk());
  at::Tensor states = at::empty({8000, task_->obs_dim}, at::TensorOptions(at::kFloat));
  std::copy(rows.next_observation.begin(), rows.next_observation.end(), states.data_ptr<float>());
  board_->PinCritics(std::move(snapshot));

  LearnerClient client = Client();
  const auto gradients = client.ValueGradients(1000, 9000, 42, {"all"});
  ASSERT_THAT(gradients.status(), IsOk());
  const at::Tensor expected = (*direct)(states);
  ASSERT_EQ(gradients->sizes(), expected.sizes());
  EXPECT_EQ(gradients->size(0), 4);
  EXPECT_LT(gradients->sub(expected).abs().max().item().toFloat(), 1e-5);

  EXPECT_THAT(client.ValueGradients(1000, 9000, 43, {"all"}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("42 is")));
  EXPECT_THAT(client.ValueGradients(1000, 9000, 42, {"best"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(client.ValueGradients(0, 10000, 42, {"critics"}).status(),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST_F(LearnerServiceTest, SampledActionsAreThoseOfTheRequestsSeed) {
  FillReplay(3000);
  const CriticSnapshot snapshot = Sac::Create(sac_options_, 3).value()->Snapshot();
  board_->PinCritics(snapshot);
  LearnerClient client = Client();
  const auto gradients = [&](int64_t first, int64_t end, uint64_t seed, bool through_policy) {
    return client
        .ValueGradients(first, end, snapshot.version, {"critics", "sample", seed, through_policy})
        .value();
  };
  TransitionBatch rows(0, task_->obs_dim, task_->act_dim);
  ASSERT_THAT(board_->Read(100, 300, &rows), IsOk());
  const at::Tensor states = at::from_blob(rows.next_observation.data(), {200, task_->obs_dim},
                                          at::TensorOptions(at::kFloat));
  for (bool through_policy : {false, true}) {
    auto direct = ValueGradientFunction::Create(sac_options_, snapshot, ValueFunctions::kCritics,
                                                through_policy);
    ASSERT_THAT(direct.status(), IsOk());
    const at::Tensor expected = (*direct)(states, ActionNoise(9, 100, 200, task_->act_dim));
    const at::Tensor got = gradients(100, 300, 9, through_policy);
    EXPECT_TRUE(at::allclose(got, expected, 1e-4, 1e-6));
    EXPECT_TRUE(at::equal(got, gradients(100, 300, 9, through_policy)));
    EXPECT_FALSE(at::allclose(got, gradients(100, 300, 10, through_policy), 1e-4, 1e-6));
  }
  EXPECT_THAT(client.ValueGradients(100, 300, snapshot.version, {"critics", "mode"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("mean or sample")));
}

TEST_F(LearnerServiceTest, CriticsAreThoseOfThePinnedSnapshot) {
  auto sac = Sac::Create(sac_options_, 3);
  ASSERT_THAT(sac.status(), IsOk());
  CriticSnapshot snapshot = (*sac)->Snapshot();
  snapshot.version = 42;
  snapshot.targets = snapshot.targets + 1;  // fresh targets equal their critics
  board_->PinCritics(snapshot);

  LearnerClient client = Client();
  const auto all = client.GetCritics(42, "all");
  ASSERT_THAT(all.status(), IsOk());
  EXPECT_EQ(all->version, 42);
  EXPECT_EQ(all->temperature, snapshot.temperature);
  EXPECT_NEAR(all->temperature, 0.1, 1e-6);  // the initial one
  EXPECT_TRUE(at::equal(all->actor, snapshot.actor));
  ASSERT_EQ(all->critics.size(), 2u);
  EXPECT_TRUE(at::equal(all->critics[0], snapshot.critics));
  EXPECT_TRUE(at::equal(all->critics[1], snapshot.targets));
  const auto targets = client.GetCritics(42, "targets");
  ASSERT_THAT(targets.status(), IsOk());
  ASSERT_EQ(targets->critics.size(), 1u);
  EXPECT_TRUE(at::equal(targets->critics[0], snapshot.targets));

  EXPECT_THAT(client.GetCritics(43, "all").status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("42 is")));
  EXPECT_THAT(client.GetCritics(42, "best").status(), StatusIs(absl::StatusCode::kInvalidArgument));
  snapshot.critics = at::zeros({17 << 20}, at::TensorOptions(at::kFloat));  // 68 MiB
  board_->PinCritics(snapshot);
  EXPECT_THAT(client.GetCritics(42, "critics").status(),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("sac.hidden_sizes")));
}

TEST_F(LearnerServiceTest, WantsTheToken) {
  LearnerClient stranger({server_->address(), "guess"}, task_->obs_dim, task_->act_dim, &stop_);
  EXPECT_THAT(
      stranger.ReadTransitions(0, 0, [](const TransitionBatch&) { return absl::OkStatus(); }),
      StatusIs(absl::StatusCode::kUnauthenticated));
}

}  // namespace
}  // namespace vagram

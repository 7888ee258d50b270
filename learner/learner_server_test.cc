// What a trial's other processes find at the learner's address, with real gRPC on loopback.
#include "learner/learner_server.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "actor/collect_client.h"
#include "core/rpc/channel.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "learner/learner_client.h"
#include "learner/trial_loop_fixture.h"
#include "proto/learner.grpc.pb.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

// What a wait that a test expects to end is given; only a failing test spends it.
constexpr absl::Duration kPatience = absl::Seconds(60);

v1::TrialConfig Config(const std::string& task, const std::string& mode) {
  v1::TrialConfig config = TinyConfig();
  config.mutable_env()->set_id(task);
  config.mutable_schedule()->set_mode(mode);
  config.mutable_schedule()->set_steps_per_command(1);
  return config;
}

class LearnerServerTest : public ::testing::Test {
 protected:
  std::unique_ptr<LearnerServer> Start(const v1::TrialConfig& config) {
    auto server = LearnerServer::Start({"1/0", 1, "secret"}, config, **FindTask(config.env().id()),
                                       &stop_, &leave_);
    EXPECT_OK(server.status());
    return *std::move(server);
  }

  // The process of the only actor.
  absl::Status RunActor(const std::string& address, const v1::TrialConfig& config) {
    return ServeCommands({{address, "secret"}, "1/0", 1, 0, RetryPolicy()}, config, &actor_stop_);
  }

  Stop stop_, leave_, actor_stop_;
};

TEST_F(LearnerServerTest, ServesManyActorsAndTheModelServerAtOnce) {
  constexpr int kActors = 40;
  v1::TrialConfig config = Config("Pendulum-v1", "async");
  config.mutable_resources()->set_actors(kActors);
  const Task& task = **FindTask("Pendulum-v1");
  const auto server = Start(config);
  server->ahead()->Allow(kActors);  // a command for each

  const Endpoint endpoint = {server->address(), "secret"};
  v1::Learner::Stub stub(MakeChannel(endpoint));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<v1::CollectReply, v1::CollectCommand>>>
      streams;
  for (int i = 0; i < kActors; ++i) {
    contexts.push_back(MakeContext(endpoint, kPatience));
    streams.push_back(stub.Collect(contexts.back().get()));
    v1::CollectReply reply;
    v1::ActorHello& hello = *reply.mutable_hello();
    hello.set_trial_id("1/0");
    hello.set_attempt(1);
    hello.set_actor_index(i);
    hello.mutable_env()->set_id(task.id);
    hello.mutable_env()->set_obs_dim(task.obs_dim);
    hello.mutable_env()->set_act_dim(task.act_dim);
    ASSERT_TRUE(streams.back()->Write(reply));
    v1::CollectCommand command;
    ASSERT_TRUE(streams.back()->Read(&command)) << "actor " << i << " has no command";
    EXPECT_EQ(command.step().num_steps(), 1);
  }

  ASSERT_OK(server->board().Append(TransitionBatch(3, task.obs_dim, task.act_dim)));
  LearnerClient model_server(endpoint, task.obs_dim, task.act_dim, &stop_);
  int64_t rows = 0;
  EXPECT_OK(model_server.ReadTransitions(0, 3, [&](const TransitionBatch& batch) {
    rows += batch.size;
    return absl::OkStatus();
  }));
  EXPECT_EQ(rows, 3);
  for (int i = 0; i < kActors; ++i) {
    contexts[i]->TryCancel();
    streams[i]->Finish();
  }
}

TEST_F(LearnerServerTest, ACommandIsForNoMoreStepsThanAnAnswerHolds) {
  v1::TrialConfig config = Config("Humanoid-v4", "async");  // 376 numbers an observation
  config.mutable_schedule()->set_steps_per_command(500);
  const auto server = Start(config);
  std::thread actor([&] { EXPECT_OK(RunActor(server->address(), config)); });
  server->ahead()->Allow(500);
  int64_t steps = 0;
  while (steps < 500) {
    const auto arrivals = server->ahead()->Take(kPatience);
    EXPECT_OK(arrivals.status());
    if (!arrivals.ok() || arrivals->empty()) break;
    for (const AheadCollector::Arrival& arrival : *arrivals) {
      steps += arrival.reply.transitions().size();
    }
  }
  EXPECT_EQ(steps, 500);
  server->CloseActors();
  actor.join();
}

// By schedule.mode.
class LearnerServerExceptionTest : public LearnerServerTest,
                                   public ::testing::WithParamInterface<const char*> {};

TEST_P(LearnerServerExceptionTest, PassesWhileAnActorWaitsForItsNextCommand) {
  const v1::TrialConfig config = Config("Pendulum-v1", GetParam());
  std::thread actor;
  bool caught = false;
  try {
    const auto server = Start(config);
    actor = std::thread([&, address = server->address()] {
      RunActor(address, config).IgnoreError();  // told that all is well, or cut off
    });
    if (server->ahead() != nullptr) {
      server->ahead()->Allow(1);
      EXPECT_OK(server->ahead()->Take(kPatience).status());
    } else {
      EXPECT_OK(server->actors()->Step(1, nullptr).status());
    }
    throw std::runtime_error("out of memory");
  } catch (const std::runtime_error&) {
    caught = true;
  }
  EXPECT_TRUE(caught);
  actor_stop_.Trip("test");
  actor.join();
}

INSTANTIATE_TEST_SUITE_P(Modes, LearnerServerExceptionTest, ::testing::Values("lockstep", "async"));

}  // namespace
}  // namespace vagram

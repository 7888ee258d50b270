// What a trial's other processes find at the learner's address, with real gRPC on loopback.
#include "learner/learner_server.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "actor/collect_client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "learner/trial_loop_fixture.h"
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

// The lockstep round trip: the learner asks an actor for one step through gRPC on loopback and gets
// the transition and the environment's whole state back. p50_us and p99_us are per round trip.
#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "actor/collect_client.h"
#include "benchmark/benchmark.h"
#include "core/base/logging.h"
#include "core/nn/array_codec.h"
#include "core/rpc/server.h"
#include "learner/actor_pool.h"
#include "learner/learner_service.h"
#include "learner/sac_from_config.h"

namespace vagram {
namespace {

v1::TrialConfig Config(const char* env_id) {
  v1::TrialConfig config;
  config.set_seed(1);
  config.mutable_env()->set_id(env_id);
  v1::SacConfig& sac = *config.mutable_sac();
  sac.add_hidden_sizes(256);
  sac.add_hidden_sizes(256);
  sac.set_activation("relu");
  sac.set_discount(0.99);
  sac.set_target_smoothing(0.005);
  sac.set_actor_learning_rate(1e-3);
  sac.set_critic_learning_rate(1e-3);
  sac.set_temperature_learning_rate(1e-3);
  sac.set_initial_temperature(1);
  sac.set_batch_size(256);
  sac.set_actor_update_every(1);
  sac.set_target_update_every(1);
  config.mutable_resources()->set_device("cpu");
  return config;
}

// How much of the policy's transfer is in the round trip.
enum Policy { kUnchanged = 0, kNewEveryStep = 1 };

void RoundTrip(benchmark::State& state, const char* env_id) {
  const v1::TrialConfig config = Config(env_id);
  const Task* task = *FindTask(env_id);
  const SacOptions options = *SacOptionsFromConfig(config, *task);
  const std::unique_ptr<Sac> sac = *Sac::Create(options, 1);
  Stop stop, leave;
  SnapshotBoard board(1000, task->obs_dim, task->act_dim);
  ActorPool actors("bench", absl::Seconds(30), &stop, &leave);
  LearnerService service({"bench", 1, options, task->id}, &actors, &board, &stop);
  RpcServer::Options server_options;
  server_options.token = "bench";
  server_options.services = {&service};
  const std::unique_ptr<RpcServer> server = *RpcServer::Start(server_options);
  std::thread actor([&] {
    Stop actor_stop;
    const absl::Status status = ServeCommands(
        {{server->address(), "bench"}, "bench", 1, 0, RetryPolicy()}, config, &actor_stop);
    LOG_IF(ERROR, !status.ok()) << status;
  });

  v1::PolicySnapshot policy;
  *policy.mutable_actor()->mutable_values() = ArrayFromTensor(sac->PolicyParameters());
  std::vector<double> microseconds;
  for (auto _ : state) {
    if (state.range(0) == kNewEveryStep) {
      policy.mutable_actor()->set_version(policy.actor().version() + 1);
    }
    const absl::Time start = absl::Now();
    const absl::StatusOr<v1::StepReply> reply = actors.Step(1, &policy);
    microseconds.push_back(absl::ToDoubleMicroseconds(absl::Now() - start));
    CHECK(reply.ok()) << reply.status();
  }
  actors.Close();
  actor.join();
  server->Shutdown(absl::Seconds(1));

  std::sort(microseconds.begin(), microseconds.end());
  state.counters["p50_us"] = microseconds[microseconds.size() / 2];
  state.counters["p99_us"] = microseconds[microseconds.size() * 99 / 100];
}

BENCHMARK_CAPTURE(RoundTrip, pendulum, "Pendulum-v1")
    ->Arg(kUnchanged)
    ->Arg(kNewEveryStep)
    ->UseRealTime();
BENCHMARK_CAPTURE(RoundTrip, hopper, "Hopper-v4")
    ->Arg(kUnchanged)
    ->Arg(kNewEveryStep)
    ->UseRealTime();

}  // namespace
}  // namespace vagram

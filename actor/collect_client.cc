#include "actor/collect_client.h"

#include <memory>
#include <utility>

#include "actor/collector.h"
#include "core/base/kill_point.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/rpc/status.h"
#include "proto/learner.grpc.pb.h"

namespace vagram {
namespace {

// A stream is opened anew after this long, so that no call is without a deadline.
constexpr absl::Duration kStreamDeadline = absl::Hours(24);

v1::CollectReply Hello(const CollectClientOptions& options, const Task& task) {
  v1::CollectReply reply;
  v1::ActorHello* hello = reply.mutable_hello();
  hello->set_trial_id(options.trial_id);
  hello->set_attempt(options.attempt);
  hello->set_actor_index(options.actor_index);
  hello->mutable_env()->set_id(task.id);
  hello->mutable_env()->set_obs_dim(task.obs_dim);
  hello->mutable_env()->set_act_dim(task.act_dim);
  for (double low : task.act_low) hello->mutable_env()->add_act_low(low);
  for (double high : task.act_high) hello->mutable_env()->add_act_high(high);
  hello->mutable_env()->set_max_episode_steps(task.max_episode_steps);
  hello->mutable_env()->set_dt_seconds(task.dt_seconds);
  return reply;
}

// One stream from hello to its end; sets `answered` once a command was.
absl::Status ServeStream(const CollectClientOptions& options, const v1::TrialConfig& config,
                         v1::Learner::Stub& stub, Stop* stop, bool* answered) {
  ASSIGN_OR_RETURN(const std::unique_ptr<EpisodeCollector> collector,
                   EpisodeCollector::Create(config, options.actor_index, stop));
  const auto context = MakeContext(options.learner, kStreamDeadline);
  const auto on_stop = CancelOnStop(stop, context.get());
  const auto stream = stub.Collect(context.get());
  absl::Status executed;
  if (stream->Write(Hello(options, collector->task()))) {
    v1::CollectCommand command;
    while (stream->Read(&command)) {
      const TimeUse::Span working(options.time_use, TimeUse::kWorking);
      absl::StatusOr<v1::CollectReply> reply = collector->Execute(command);
      if (!reply.ok()) {
        executed = reply.status();
        context->TryCancel();
        break;
      }
      KillPoint("actor.answering");
      const TimeUse::Span blocked(options.time_use, TimeUse::kBlocked);
      if (!stream->Write(*reply)) break;
      *answered = true;
    }
  }
  const absl::Status finished = FromGrpcStatus(stream->Finish());
  RETURN_IF_ERROR(executed);
  return finished;
}

}  // namespace

absl::Status ServeCommands(const CollectClientOptions& options, const v1::TrialConfig& config,
                           Stop* stop) {
  v1::Learner::Stub stub(MakeChannel(options.learner));
  while (true) {
    bool answered = false;
    const absl::Status status = Retry(options.reconnect, *stop, [&] {
      return ServeStream(options, config, stub, stop, &answered);
    });
    RETURN_IF_ERROR(stop->Check());
    // The retry budget is for getting through at all: a stream that worked earns a new one.
    const bool cut = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
    if (!cut || !answered) return status;
    LOG(WARNING) << "lost the learner, connecting again: " << status.message();
  }
}

}  // namespace vagram

// Makes a clip of a policy, or of random actions, in a task. Started by `vagram render`, and by the
// orchestrator where an experiment asks for videos.
// Exit codes: 0 made, 1 could not be made, 2 wrong command line, 4 no such task.
#include <iostream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "actor/clip_actor.h"
#include "actor/render_flags.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/base/stop.h"
#include "core/config/env_spec_from_config.h"
#include "core/env/env_factory.h"
#include "core/env/user_task/task_bundle.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/render/clip.h"
#include "core/render/frame_rate.h"
#include "core/render/frame_sink.h"
#include "core/render/picture_model.h"
#include "core/render/renderer.h"
#include "core/wire/policy_file.h"

namespace vagram {
namespace {

// What `env` names: a task, or a task file. The policy's own environment unless it is another one,
// with its distractors.
absl::StatusOr<EnvSpec> Environment(const std::string& env, const v1::PolicyFile& policy) {
  if (env.empty() || env == policy.env().id()) return EnvSpecFromConfig(policy.config());
  EnvSpec spec;
  if (absl::EndsWith(env, ".yaml") || absl::EndsWith(env, ".yml")) {
    ASSIGN_OR_RETURN(spec.task_files, ReadTaskFiles(env));
  } else {
    spec.id = env;
  }
  return spec;
}

absl::Status Render(const RenderFlags& flags, const Stop& stop) {
  RETURN_IF_ERROR(SetComputeThreads(1));
  v1::PolicyFile policy;
  if (!flags.policy.empty()) {
    ASSIGN_OR_RETURN(policy, ReadPolicyFile(flags.policy));
  }
  ASSIGN_OR_RETURN(const EnvSpec spec, Environment(flags.env, policy));
  ASSIGN_OR_RETURN(const EnvFactory factory, EnvFactory::Create(spec));
  const Task& task = factory.task();
  Actor actor = RandomActor(task, flags.clip.seed);
  if (!flags.policy.empty()) {
    ASSIGN_OR_RETURN(actor, PolicyActor(policy, task));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Env> env, factory.Make());
  ASSIGN_OR_RETURN(std::shared_ptr<const mjModel> model, PictureModel(*env));
  ASSIGN_OR_RETURN(const std::unique_ptr<Renderer> renderer,
                   Renderer::Create(std::move(model), flags.picture));
  FrameSinkOptions out;
  out.path = flags.out;
  out.width = flags.picture.width;
  out.height = flags.picture.height;
  out.frames_per_second = RealTimeFrameRate(task.dt_seconds).per_second;
  ASSIGN_OR_RETURN(const std::unique_ptr<FrameSink> sink, OpenFrameSink(out));
  ClipOptions clip = flags.clip;
  if (clip.max_steps == 0) clip.max_steps = policy.config().env().max_episode_steps();
  ASSIGN_OR_RETURN(const std::vector<ClipEpisode> episodes,
                   RecordClip(clip, *env, actor, *renderer, *sink, stop));
  RETURN_IF_ERROR(sink->Finish());
  for (const ClipEpisode& episode : episodes) {
    std::cout << absl::StrFormat("%s: %d steps, return %.1f%s\n", task.id, episode.length,
                                 episode.episode_return,
                                 episode.terminated ? ", ended by the task" : "");
  }
  std::cout << "wrote " << flags.out << std::endl;
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  InitLogging(argv[0]);
  Stop stop;
  SignalThread signals(&stop);
  const absl::StatusOr<RenderFlags> flags = ParseRenderFlags(argc, argv);
  const absl::Status status = flags.ok() ? Render(*flags, stop) : flags.status();
  if (status.ok()) return 0;
  std::cerr << "vagram: " << status.message() << std::endl;
  if (absl::IsInvalidArgument(status)) return 2;
  return absl::IsNotFound(status) ? 4 : 1;
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  return vagram::Main(argc, argv);
}

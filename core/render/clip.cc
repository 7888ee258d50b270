#include "core/render/clip.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/env/simulated_env.h"
#include "core/render/frame_rate.h"

namespace vagram {
namespace {

constexpr double kHoldSeconds = 0.5;  // the last state of an episode

class Recording {
 public:
  Recording(const ClipOptions& options, Env& env, const Actor& actor, Renderer& renderer,
            FrameSink& sink, const Stop& stop)
      : options_(options),
        env_(env),
        actor_(actor),
        renderer_(renderer),
        sink_(sink),
        stop_(stop),
        rate_(RealTimeFrameRate(env.task().dt_seconds)),
        exact_(env.task().obs_dim),
        observation_(env.task().obs_dim) {}

  absl::StatusOr<ClipEpisode> Play(int index) {
    Rng rng(DeriveSeed(options_.seed, "episode", index));
    env_.Reset(rng);
    const int64_t limit =
        options_.max_steps > 0 ? options_.max_steps : env_.task().max_episode_steps;
    ClipEpisode episode;
    RETURN_IF_ERROR(Show(episode, rate_.frames_per_state));
    while (!episode.terminated && episode.length < limit) {
      RETURN_IF_ERROR(stop_.Check());
      RETURN_IF_ERROR(Step(&episode));
      if (episode.length % rate_.steps_per_frame == 0) {
        RETURN_IF_ERROR(Show(episode, rate_.frames_per_state));
      }
    }
    RETURN_IF_ERROR(Show(episode, static_cast<int>(kHoldSeconds * rate_.per_second)));
    return episode;
  }

 private:
  // What an actor of a trial would see and do: float32 both ways.
  absl::Status Step(ClipEpisode* episode) {
    env_.Observe(absl::MakeSpan(exact_));
    observation_.assign(exact_.begin(), exact_.end());
    ASSIGN_OR_RETURN(const std::vector<float> action, actor_(observation_));
    const std::vector<double> exact_action(action.begin(), action.end());
    ASSIGN_OR_RETURN(const StepOutcome outcome, env_.Step(exact_action));
    episode->episode_return += outcome.reward;
    episode->terminated = outcome.terminated;
    ++episode->length;
    return absl::OkStatus();
  }

  absl::Status Show(const ClipEpisode& episode, int frames) {
    const SimulatedEnv* const simulation = env_.Simulation();
    if (simulation == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat("the task ", env_.task().id, " has no picture"));
    }
    Renderer::Caption caption;
    if (options_.caption) {
      caption = {{"step", absl::StrCat(episode.length)},
                 {"time", absl::StrFormat("%.2f s", static_cast<double>(episode.length) *
                                                        env_.task().dt_seconds)},
                 {"return", absl::StrFormat("%.1f", episode.episode_return)}};
    }
    ASSIGN_OR_RETURN(const Picture picture, renderer_.Draw(simulation->State().qpos, caption));
    for (int i = 0; i < frames; ++i) RETURN_IF_ERROR(sink_.Add(picture));
    return absl::OkStatus();
  }

  const ClipOptions& options_;
  Env& env_;
  const Actor& actor_;
  Renderer& renderer_;
  FrameSink& sink_;
  const Stop& stop_;
  const FrameRate rate_;
  std::vector<double> exact_;       // [obs_dim], what the environment shows
  std::vector<float> observation_;  // [obs_dim], what the actor sees
};

}  // namespace

absl::StatusOr<std::vector<ClipEpisode>> RecordClip(const ClipOptions& options, Env& env,
                                                    const Actor& actor, Renderer& renderer,
                                                    FrameSink& sink, const Stop& stop) {
  Recording recording(options, env, actor, renderer, sink, stop);
  std::vector<ClipEpisode> episodes;
  for (int i = 0; i < options.episodes; ++i) {
    ASSIGN_OR_RETURN(const ClipEpisode episode, recording.Play(i));
    episodes.push_back(episode);
  }
  return episodes;
}

}  // namespace vagram

#ifndef CORE_RENDER_CLIP_H_
#define CORE_RENDER_CLIP_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/stop.h"
#include "core/env/env.h"
#include "core/render/frame_sink.h"
#include "core/render/renderer.h"

namespace vagram {

// Chooses an action [act_dim] by the observation [obs_dim].
using Actor = std::function<absl::StatusOr<std::vector<float>>(absl::Span<const float>)>;

struct ClipOptions {
  int episodes = 1;
  int64_t max_steps = 0;  // of each episode; 0: the task's time limit
  uint64_t seed = 0;      // of the starts: episode i begins as in an evaluation with this seed
  bool caption = true;    // step, time and return in the corner
};

// How an episode of the clip went.
struct ClipEpisode {
  double episode_return = 0;
  int64_t length = 0;
  bool terminated = false;
};

// Plays episodes in `env` and sends pictures of them to `sink` (without Finish), in real time by
// RealTimeFrameRate. An episode's last state is held for half a second.
//   FAILED_PRECONDITION: the task has no picture.   CANCELLED: `stop` was tripped. Errors of the
//   others come as they are.
absl::StatusOr<std::vector<ClipEpisode>> RecordClip(const ClipOptions& options, Env& env,
                                                    const Actor& actor, Renderer& renderer,
                                                    FrameSink& sink, const Stop& stop);

}  // namespace vagram

#endif  // CORE_RENDER_CLIP_H_

#ifndef LEARNER_SAC_SMALL_AGENT_H_
#define LEARNER_SAC_SMALL_AGENT_H_

#include <cstdint>

#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/replay/transition_batch.h"
#include "learner/sac/agent_options.h"

namespace vagram {

// An agent for tests, and batches that fit it.
inline SacOptions SmallOptions() {
  SacOptions options;
  options.obs_dim = 3;
  options.act_dim = 2;
  options.act_low = {-1, 0};
  options.act_high = {1, 4};
  options.hidden_sizes = {16, 16};
  options.target_entropy = -2;
  options.batch_size = 32;
  return options;
}

inline TransitionBatch RandomBatch(const SacOptions& options, uint64_t seed) {
  Rng rng(seed);
  TransitionBatch batch(options.batch_size, options.obs_dim, options.act_dim);
  rng.FillNormal(absl::MakeSpan(batch.observation));
  rng.FillNormal(absl::MakeSpan(batch.action));
  rng.FillNormal(absl::MakeSpan(batch.reward));
  rng.FillNormal(absl::MakeSpan(batch.next_observation));
  for (uint8_t& flag : batch.terminated) flag = rng.Below(4) == 0;
  return batch;
}

}  // namespace vagram

#endif  // LEARNER_SAC_SMALL_AGENT_H_

#ifndef ACTOR_COLLECTOR_H_
#define ACTOR_COLLECTOR_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/random.h"
#include "core/base/stop.h"
#include "core/env/env_factory.h"
#include "core/env/episode.h"
#include "core/env/task.h"
#include "core/nn/gaussian_policy.h"
#include "proto/learner.pb.h"
#include "proto/spec.pb.h"

namespace vagram {

// The actor's work without its network: takes steps in one environment, plays evaluation episodes
// in others. Everything that the next step depends on travels with each answer, so that another
// collector can be restored from it and go on bit for bit. Not thread-safe.
class EpisodeCollector {
 public:
  //   NOT_FOUND: unknown task.   INVALID_ARGUMENT: impossible configuration.
  static absl::StatusOr<std::unique_ptr<EpisodeCollector>> Create(const v1::TrialConfig& config,
                                                                  int actor_index, Stop* stop);

  const Task& task() const { return env_.task(); }

  // Answers one command.   FAILED_PRECONDITION: the command wants a policy that was never sent.
  absl::StatusOr<v1::CollectReply> Execute(const v1::CollectCommand& command);

 private:
  EpisodeCollector(const v1::TrialConfig& config, EnvFactory env, std::unique_ptr<Episode> episode,
                   uint64_t action_seed, Stop* stop);

  absl::Status TakePolicy(const v1::PolicySnapshot& snapshot, int64_t version);
  absl::Status Step(const v1::StepCommand& command, v1::StepReply* reply);
  absl::Status Evaluate(const v1::EvaluateCommand& command, v1::EvaluateReply* reply);
  void SaveState(v1::EnvState* state) const;
  absl::Status RestoreState(const v1::EnvState& state);

  const v1::TrialConfig config_;
  const EnvFactory env_;
  Stop* const stop_;
  std::unique_ptr<Episode> episode_;
  Rng action_rng_;
  std::unique_ptr<GaussianPolicy> policy_;  // null until the first one arrives
  int64_t policy_version_ = -1;
};

}  // namespace vagram

#endif  // ACTOR_COLLECTOR_H_

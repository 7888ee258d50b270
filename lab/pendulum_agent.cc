#include "lab/pendulum_agent.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/env/episode.h"
#include "core/nn/action_range.h"
#include "core/nn/gaussian_policy.h"
#include "core/replay/replay_buffer.h"

namespace vagram::lab {
namespace {

constexpr int64_t kUniformSteps = 400;  // two episodes
constexpr int64_t kUpdatesPerStep = 2;

SacOptions AgentOptions(const Task& task) {
  SacOptions sac;
  sac.obs_dim = task.obs_dim;
  sac.act_dim = task.act_dim;
  sac.act_low = task.act_low;
  sac.act_high = task.act_high;
  sac.hidden_sizes = {64, 64};
  sac.activation = Activation::kSilu;  // value functions without kinks
  sac.actor_learning_rate = sac.critic_learning_rate = sac.temperature_learning_rate = 1e-3;
  sac.target_entropy = -task.act_dim;
  sac.batch_size = 128;
  return sac;
}

GaussianPolicy::Options PolicyOptions(const SacOptions& sac) {
  GaussianPolicy::Options policy;
  policy.obs_dim = sac.obs_dim;
  policy.act_low = sac.act_low;
  policy.act_high = sac.act_high;
  policy.hidden_sizes = sac.hidden_sizes;
  policy.activation = sac.activation;
  return policy;
}

// What acts: at first uniformly, so that the replay knows the whole range, then the policy.
class Behaviour {
 public:
  Behaviour(const Task& task, const SacOptions& sac, uint64_t seed)
      : task_(task), options_(PolicyOptions(sac)), rng_(DeriveSeed(seed, "lab/actions")) {}

  std::vector<float> Uniform() {
    std::vector<float> action(task_.act_dim);
    for (int i = 0; i < task_.act_dim; ++i) {
      action[i] = static_cast<float>(rng_.Uniform(task_.act_low[i], task_.act_high[i]));
    }
    return action;
  }

  absl::StatusOr<std::vector<float>> Sample(const Sac& sac, absl::Span<const float> observation) {
    ASSIGN_OR_RETURN(GaussianPolicy policy,
                     GaussianPolicy::Create(options_, sac.PolicyParameters()));
    at::Tensor state = at::empty({1, task_.obs_dim}, at::kFloat);
    std::copy(observation.begin(), observation.end(), state.data_ptr<float>());
    at::Tensor noise = at::empty({1, task_.act_dim}, at::kFloat);
    rng_.FillNormal(absl::MakeSpan(noise.data_ptr<float>(), task_.act_dim));
    const at::Tensor action = policy.Sample(state, noise).contiguous();
    return std::vector<float>(action.data_ptr<float>(), action.data_ptr<float>() + task_.act_dim);
  }

 private:
  const Task& task_;
  const GaussianPolicy::Options options_;
  Rng rng_;
};

TransitionBatch OneTransition(absl::Span<const float> observation, absl::Span<const float> action,
                              const EpisodeStep& step) {
  TransitionBatch row(1, static_cast<int>(observation.size()), static_cast<int>(action.size()));
  row.observation.assign(observation.begin(), observation.end());
  row.action.assign(action.begin(), action.end());
  row.reward[0] = static_cast<float>(step.reward);
  row.next_observation.assign(step.next_observation.begin(), step.next_observation.end());
  row.terminated[0] = step.terminated;
  row.truncated[0] = step.truncated;
  return row;
}

}  // namespace

absl::StatusOr<PendulumAgent> TrainPendulumAgent(const PendulumAgentOptions& options,
                                                 const Stop& stop) {
  const int64_t learning_steps = options.steps - kUniformSteps;
  if (options.num_snapshots < 1 || learning_steps < options.num_snapshots) {
    return absl::InvalidArgumentError(
        absl::StrCat("--steps is ", options.steps, ", expected at least ",
                     kUniformSteps + std::max<int64_t>(1, options.num_snapshots), ": ",
                     kUniformSteps, " with uniform actions, then one per value function at least"));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Episode> episode,
                   Episode::Create("Pendulum-v1", DeriveSeed(options.seed, "lab/env")));
  PendulumAgent agent;
  agent.sac = AgentOptions(episode->task());
  ASSIGN_OR_RETURN(const std::unique_ptr<Sac> sac, Sac::Create(agent.sac, options.seed));
  Behaviour behaviour(episode->task(), agent.sac, options.seed);
  ReplayBuffer replay(options.steps, agent.sac.obs_dim, agent.sac.act_dim);
  Rng batch_rng(DeriveSeed(options.seed, "lab/batches"));
  std::vector<int64_t> indices(agent.sac.batch_size);
  TransitionBatch batch(agent.sac.batch_size, agent.sac.obs_dim, agent.sac.act_dim);

  for (int64_t step = 0; step < options.steps; ++step) {
    RETURN_IF_ERROR(stop.Check());
    const std::vector<float> observation(episode->Observation().begin(),
                                         episode->Observation().end());
    std::vector<float> action = behaviour.Uniform();
    if (step >= kUniformSteps) {
      ASSIGN_OR_RETURN(action, behaviour.Sample(*sac, observation));
    }
    ASSIGN_OR_RETURN(const EpisodeStep result, episode->Step(action));
    RETURN_IF_ERROR(replay.Append(OneTransition(observation, action, result)));
    if (result.ended()) agent.returns.push_back(result.episode_return);
    if (step < kUniformSteps) continue;

    for (int64_t i = 0; i < kUpdatesPerStep; ++i) {
      replay.SampleIndices(batch_rng, absl::MakeSpan(indices));
      replay.Gather(indices, 0, &batch);
      sac->Update(batch);
    }
    // Snapshot k of n is due when k / n of the learning is done.
    const int64_t due = (step + 1 - kUniformSteps) * options.num_snapshots / learning_steps;
    if (due > static_cast<int64_t>(agent.snapshots.size())) {
      agent.snapshots.push_back(sac->Snapshot());
    }
  }
  RETURN_IF_ERROR(replay.Read(0, options.steps, &agent.transitions));
  return agent;
}

absl::StatusOr<StateValueFunctions> PendulumValueFunctions(const SacOptions& sac,
                                                           const CriticSnapshot& snapshot,
                                                           at::ScalarType type) {
  ASSIGN_OR_RETURN(StackedMlp actor,
                   StackedMlp::Create(SacActorShape(sac), snapshot.actor.to(type)));
  ASSIGN_OR_RETURN(StackedMlp critics,
                   StackedMlp::Create(SacCriticShape(sac), snapshot.critics.to(type)));
  ASSIGN_OR_RETURN(const ActionRange actions, ActionRange::Create(sac.act_low, sac.act_high));
  return StateValueFunctions::Create(std::move(actor), {std::move(critics)}, actions,
                                     snapshot.version);
}

}  // namespace vagram::lab

#include "core/env/plugin/plugin_check.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/env/plugin/plugin_env.h"

namespace vagram {
namespace {

constexpr int kSteps = 1000;
constexpr int kStepsAfterRestore = 10;
constexpr double kRewardTolerance = 1e-4;  // a velocity of float32 positions over a short step

// A step and what it led to.
struct Moment {
  std::vector<double> action, observation;
  StepOutcome outcome;
};

// Random play, with a new episode after each end.
class Player {
 public:
  Player(Env* env, uint64_t seed) : env_(*env), rng_(seed) {}

  void Reset() {
    env_.Reset(rng_);
    episode_step_ = 0;
    ended_ = false;
  }

  void BeginIfEnded() {
    if (ended_) Reset();
  }

  absl::StatusOr<Moment> Step() {
    BeginIfEnded();
    const Task& task = env_.task();
    Moment moment;
    for (int i = 0; i < task.act_dim; ++i) {
      moment.action.push_back(rng_.Uniform(task.act_low[i], task.act_high[i]));
    }
    ASSIGN_OR_RETURN(moment.outcome, env_.Step(moment.action));
    moment.observation = Observation();
    ended_ = moment.outcome.terminated || ++episode_step_ >= task.max_episode_steps;
    return moment;
  }

  std::vector<double> Observation() const {
    std::vector<double> observation(env_.task().obs_dim);
    env_.Observe(absl::MakeSpan(observation));
    return observation;
  }

 private:
  Env& env_;
  Rng rng_;
  int episode_step_ = 0;
  bool ended_ = false;
};

absl::Status Play(Player* player, int num_steps) {
  for (int i = 0; i < num_steps; ++i) RETURN_IF_ERROR(player->Step().status());
  return absl::OkStatus();
}

// Where two accounts of the same step part; empty if they do not.
std::string Difference(const Moment& one, const Moment& other) {
  for (size_t i = 0; i < one.observation.size(); ++i) {
    if (one.observation[i] != other.observation[i]) {
      return absl::StrCat("observation[", i, "] is ", one.observation[i], " or ",
                          other.observation[i]);
    }
  }
  if (one.outcome.reward != other.outcome.reward) {
    return absl::StrCat("the reward is ", one.outcome.reward, " or ", other.outcome.reward);
  }
  if (one.outcome.terminated != other.outcome.terminated) return "one terminated";
  return "";
}

// The first of `num_steps` steps in which two players differ that should not; empty: none.
absl::StatusOr<std::string> FirstDifference(Player* one, Player* other, int num_steps) {
  for (int step = 1; step <= num_steps; ++step) {
    ASSIGN_OR_RETURN(const Moment a, one->Step());
    ASSIGN_OR_RETURN(const Moment b, other->Step());
    const std::string difference = Difference(a, b);
    if (!difference.empty()) return absl::StrCat(difference, " after step ", step);
  }
  return "";
}

// Each check appends a sentence to `faults` if its demand is not met. `a` and `b` are two copies.

absl::Status CheckRepeats(Env* a, Env* b, std::vector<std::string>* faults) {
  Player past(a, 1);
  past.Reset();
  RETURN_IF_ERROR(Play(&past, kSteps / 10));
  Player used(a, 2), fresh(b, 2);
  used.Reset();
  fresh.Reset();
  std::string difference;
  if (used.Observation() != fresh.Observation()) {
    difference = "the first observations differ";
  } else {
    ASSIGN_OR_RETURN(difference, FirstDifference(&used, &fresh, kSteps));
  }
  if (difference.empty()) return absl::OkStatus();
  faults->push_back(absl::StrCat(
      "a used and a new copy that were reset with the same seed and given the same ",
      "actions do not do the same: ", difference, "; does anything but seed and actions decide?"));
  return absl::OkStatus();
}

absl::Status CheckRestores(Env* a, Env* b, std::vector<std::string>* faults) {
  Player player(a, 3);
  player.Reset();
  for (int step = 0; step < kSteps / kStepsAfterRestore; ++step) {
    const std::string bytes = a->Save();
    RETURN_IF_ERROR(b->Restore(bytes));
    Player original(a, step), restored(b, step);
    std::string difference;
    if (b->Save() != bytes) {
      difference = "it is saved as other bytes";
    } else if (original.Observation() != restored.Observation()) {
      difference = "its observation is another";
    } else {
      ASSIGN_OR_RETURN(difference, FirstDifference(&original, &restored, kStepsAfterRestore));
    }
    if (!difference.empty()) {
      faults->push_back(absl::StrCat("a copy restored from a state saved at step ", step,
                                     " is not like the original: ", difference,
                                     "; does Save write everything that the future depends on?"));
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(a->Restore(bytes));
    RETURN_IF_ERROR(player.Step().status());
  }
  return absl::OkStatus();
}

std::vector<float> AsFloats(const std::vector<double>& values) {
  return std::vector<float>(values.begin(), values.end());
}

absl::Status CheckTerminated(Env* env, std::vector<std::string>* faults) {
  Player player(env, 4);
  player.Reset();
  for (int step = 1; step <= kSteps; ++step) {
    ASSIGN_OR_RETURN(const Moment moment, player.Step());
    const bool judged = env->task().terminated(AsFloats(moment.observation));
    if (judged == moment.outcome.terminated) continue;
    faults->push_back(absl::StrCat(
        "terminated says ", judged ? "yes" : "no", " to the observation after step ", step,
        ", and Step itself said ", judged ? "no" : "yes", "; both have to judge alike"));
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status CheckObservedReward(Env* env, std::vector<std::string>* faults) {
  if (!env->task().observed_reward) return absl::OkStatus();
  Player player(env, 5);
  player.Reset();
  for (int step = 1; step <= kSteps; ++step) {
    player.BeginIfEnded();
    const std::vector<float> before = AsFloats(player.Observation());
    ASSIGN_OR_RETURN(const Moment moment, player.Step());
    const double reward = moment.outcome.reward;
    const double observed =
        env->task().observed_reward(before, AsFloats(moment.action), AsFloats(moment.observation));
    // Written so that a NaN is a fault.
    if (std::abs(observed - reward) <= kRewardTolerance * (1 + std::abs(reward))) continue;
    faults->push_back(absl::StrCat("observed_reward gives ", observed, " for step ", step,
                                   ", and Step itself gave ", reward,
                                   "; leave it null if the observation does not tell the reward"));
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPluginTask(const std::shared_ptr<const PluginTask>& task) {
  ASSIGN_OR_RETURN(const std::unique_ptr<PluginEnv> a, PluginEnv::Create(task));
  ASSIGN_OR_RETURN(const std::unique_ptr<PluginEnv> b, PluginEnv::Create(task));
  std::vector<std::string> faults;
  RETURN_IF_ERROR(CheckRepeats(a.get(), b.get(), &faults));
  RETURN_IF_ERROR(CheckRestores(a.get(), b.get(), &faults));
  RETURN_IF_ERROR(CheckTerminated(a.get(), &faults));
  RETURN_IF_ERROR(CheckObservedReward(a.get(), &faults));
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("plug-in task ", task->task.id, ": ", absl::StrJoin(faults, "; and ")));
}

}  // namespace vagram

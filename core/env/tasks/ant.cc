// A four-legged robot, to walk forward without tumbling, in three tasks that differ in what they
// show of the contact forces and charge for them:
//   Ant-v4           neither, as in openai/gym 0.26.2 (gym/envs/mujoco/ant_v4.py)
//   Ant-v4-contact   both: the same with use_contact_forces
//   AntTruncatedObs  charges, but does not show: mbrl-lib's ant_truncated_obs.py
// qpos is (x, y, z, quaternion, then hip and ankle of each of the four legs).
#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/env/tasks/catalogue.h"
#include "core/env/tasks/parts.h"

namespace vagram {
namespace {

constexpr int kActDim = 8;
constexpr int kStateDim = 27;  // of the observation: positions but x and y, and rates
constexpr int kNumBodies = 14;
constexpr int kForceDim = 6 * kNumBodies;
constexpr double kDt = 0.05;
constexpr double kStartNoise = 0.1;
constexpr double kAliveReward = 1;
constexpr double kControlCost = 0.5;
constexpr double kContactCost = 5e-4;
constexpr double kMaxForce = 1;  // of what is observed and charged
constexpr double kMinHeight = 0.2;
constexpr double kMaxHeight = 1;

template <typename Value>
bool Healthy(Value height, absl::Span<const Value> state) {
  return std::all_of(state.begin(), state.end(),
                     [](Value entry) { return std::isfinite(entry); }) &&
         height >= static_cast<Value>(kMinHeight) && height <= static_cast<Value>(kMaxHeight);
}

// Contact forces do not count: however strong, they end nothing.
bool RowTerminated(absl::Span<const float> observation) {
  return !Healthy(observation[0], observation.first(kStateDim));
}

bool Terminated(const MujocoView& view) {
  const double height = view.qpos[2];
  return !(Healthy(height, view.qpos) && Healthy(height, view.qvel));
}

// The quaternion gets noise like all else; the engine normalises it.
void DrawStart(Rng& rng, absl::Span<double> qpos, absl::Span<double> qvel) {
  AddUniformNoise(rng, kStartNoise, qpos);
  AddNormalNoise(rng, kStartNoise, qvel);
}

double Clipped(double force) { return std::clamp(force, -kMaxForce, kMaxForce); }

void ObserveState(const MujocoView& view, absl::Span<double> observation) {
  std::copy(view.qvel.begin(), view.qvel.end(),
            std::copy(view.qpos.begin() + 2, view.qpos.end(), observation.begin()));
}

void ObserveStateAndForces(const MujocoView& view, absl::Span<double> observation) {
  ObserveState(view, observation);
  std::transform(view.cfrc_ext.begin(), view.cfrc_ext.end(), observation.begin() + kStateDim,
                 Clipped);
}

// The torso's frame, which lags behind qpos.
Landmark Torso(const MujocoView& view) { return {view.xpos[3], view.xpos[4], view.xpos[5]}; }

// Being alive is paid for on the terminating step too.
double Reward(const Landmark& before, const Landmark& after, const MujocoView&,
              absl::Span<const double> action) {
  return (after[0] - before[0]) / kDt + kAliveReward - kControlCost * SumOfSquares(action);
}

double RewardLessContacts(const Landmark& before, const Landmark& after, const MujocoView& view,
                          absl::Span<const double> action) {
  double sum = 0;
  for (const double force : view.cfrc_ext) sum += Clipped(force) * Clipped(force);
  return Reward(before, after, view, action) - kContactCost * sum;
}

enum class Contacts { kIgnored, kCharged, kChargedAndShown };

MujocoTask Describe(const std::string& id, Contacts contacts) {
  const bool charged = contacts != Contacts::kIgnored;
  const bool shown = contacts == Contacts::kChargedAndShown;
  MujocoTask ant;
  Task& task = ant.task;
  task.id = id;
  task.obs_dim = kStateDim;
  task.act_dim = kActDim;
  task.act_low.assign(kActDim, -1);
  task.act_high.assign(kActDim, 1);
  task.max_episode_steps = 1000;
  task.dt_seconds = kDt;
  task.observation = {
      {1, "height of the torso", "m"},
      {4, "orientation of the torso, a quaternion (w, x, y, z)", ""},
      {8, "angles of hip and ankle, leg by leg", "rad"},
      {3, "velocity of the torso along x, y, z", "m/s"},
      {3, "rates of the torso about its own axes", "rad/s"},
      {8, "rates of hip and ankle, leg by leg", "rad/s"},
  };
  task.reward = absl::StrCat("speed along x + 1 - ", kControlCost, " * sum of squared actions",
                             charged ? absl::StrCat(" - ", kContactCost,
                                                    " * sum of squared contact torques and forces, "
                                                    "each within +-1")
                                     : "");
  task.termination = "height < 0.2 or > 1, or any position or rate not finite";
  task.terminated = RowTerminated;
  ant.model = "ant";
  ant.frame_skip = 5;
  ant.reads_contact_forces = charged;
  ant.draw_start = DrawStart;
  ant.observe = shown ? ObserveStateAndForces : ObserveState;
  ant.landmark = Torso;
  ant.reward = charged ? RewardLessContacts : Reward;
  ant.terminated = Terminated;
  if (shown) {
    task.obs_dim += kForceDim;
    task.observation.push_back(
        {kForceDim, "contact torque and force on each body, the world first, within +-1",
         "N m, N"});
  }
  return ant;
}

}  // namespace

const MujocoTask& AntTask() {
  static const auto* const task = new MujocoTask(Describe("Ant-v4", Contacts::kIgnored));
  return *task;
}

const MujocoTask& AntContactTask() {
  static const auto* const task =
      new MujocoTask(Describe("Ant-v4-contact", Contacts::kChargedAndShown));
  return *task;
}

const MujocoTask& AntTruncatedObsTask() {
  static const auto* const task = new MujocoTask(Describe("AntTruncatedObs", Contacts::kCharged));
  return *task;
}

}  // namespace vagram

// Tasks that cannot be used: one with nothing filled in, one with numbers that make no sense, and
// one that is right but for its id, which the second has.
#include <cmath>

#include "core/env/plugin/task_plugin.h"

namespace {

using vagram::plugin::ObservationPart;
using vagram::plugin::Task;

Task Sound() {
  static const double low[] = {-1, -1}, high[] = {1, 1};
  static const ObservationPart parts[] = {{2, "position", "m"}, {1, "angle", "rad"}};
  Task task;
  task.id = "Twin-v0";
  task.obs_dim = 3;
  task.act_dim = 2;
  task.act_low = low;
  task.act_high = high;
  task.max_episode_steps = 10;
  task.dt_seconds = 0.1;
  task.state_size = 8;
  task.num_parts = 2;
  task.observation = parts;
  task.reward = "0";
  task.termination = "never";
  task.terminated = [](const float*) { return false; };
  task.make = [](vagram::plugin::Error*) -> vagram::plugin::Simulation* { return nullptr; };
  return task;
}

Task Broken() {
  static const double low[] = {1, -1}, high[] = {-1, HUGE_VAL};
  static const ObservationPart parts[] = {{2, "", "m"}, {2, "angle", nullptr}, {-4, "rate", ""}};
  Task task = Sound();
  task.act_low = low;
  task.act_high = high;
  task.max_episode_steps = -1;
  task.dt_seconds = NAN;
  task.state_size = static_cast<size_t>(-8);
  task.num_parts = 3;
  task.observation = parts;
  task.termination = "";
  return task;
}

Task Renamed(const char* id) {
  Task task = Sound();
  task.id = id;
  return task;
}

}  // namespace

const vagram::plugin::Library* VagramPlugin() {
  static const Task tasks[] = {Task(), Broken(), Sound(), Renamed("two words")};
  static const vagram::plugin::Library library(tasks);
  return &library;
}

#include "core/env/task_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vagram {
namespace {

// One interval where all dimensions have the same, as they mostly do.
std::string Bounds(const Task& task) {
  const auto all_equal = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(),
                       [&values](double value) { return value == values[0]; });
  };
  if (task.act_dim > 0 && all_equal(task.act_low) && all_equal(task.act_high)) {
    return absl::StrFormat("[%g, %g]%s", task.act_low[0], task.act_high[0],
                           task.act_dim > 1 ? " each" : "");
  }
  std::string text;
  for (size_t i = 0; i < task.act_low.size(); ++i) {
    absl::StrAppendFormat(&text, "%s[%g, %g]", i == 0 ? "" : " ", task.act_low[i],
                          task.act_high[i]);
  }
  return text;
}

}  // namespace

std::string TaskText(const Task& task) {
  std::string text = absl::StrFormat("%-14s%s\n", "id", task.id);
  absl::StrAppendFormat(&text, "%-14s%d value%s\n", "observation", task.obs_dim,
                        task.obs_dim == 1 ? "" : "s");
  int first = 0;
  for (const ObservationPart& part : task.observation) {
    const int last = first + part.size - 1;
    absl::StrAppendFormat(&text, "  %-12s%s%s\n",
                          part.size == 1 ? absl::StrCat(first) : absl::StrCat(first, "-", last),
                          part.meaning,
                          part.unit.empty() ? "" : absl::StrCat(" [", part.unit, "]"));
    first = last + 1;
  }
  absl::StrAppendFormat(&text, "%-14s%d value%s in %s\n", "action", task.act_dim,
                        task.act_dim == 1 ? "" : "s", Bounds(task));
  absl::StrAppendFormat(&text, "%-14s%s\n", "reward", task.reward);
  if (task.observed_reward) {
    absl::StrAppendFormat(&text, "%-14s%s\n", "", "known from what is observed");
  }
  absl::StrAppendFormat(&text, "%-14s%s\n", "termination", task.termination);
  absl::StrAppendFormat(&text, "%-14s%d steps of %g s\n", "time limit", task.max_episode_steps,
                        task.dt_seconds);
  return text;
}

nlohmann::ordered_json TaskJson(const Task& task) {
  nlohmann::ordered_json observation = nlohmann::ordered_json::array();
  for (const ObservationPart& part : task.observation) {
    observation.push_back({{"size", part.size}, {"meaning", part.meaning}, {"unit", part.unit}});
  }
  return {{"id", task.id},
          {"obs_dim", task.obs_dim},
          {"act_dim", task.act_dim},
          {"act_low", task.act_low},
          {"act_high", task.act_high},
          {"max_episode_steps", task.max_episode_steps},
          {"dt_seconds", task.dt_seconds},
          {"observation", observation},
          {"reward", task.reward},
          {"reward_is_observed", static_cast<bool>(task.observed_reward)},
          {"termination", task.termination}};
}

}  // namespace vagram

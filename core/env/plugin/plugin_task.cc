#include "core/env/plugin/plugin_task.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace vagram {
namespace {

// Larger numbers are taken for memory that nobody has set.
constexpr int64_t kMaxDim = 1'000'000;
constexpr int64_t kMaxSteps = 1'000'000'000;
constexpr int64_t kMaxStateSize = int64_t{1} << 30;

class Reader {
 public:
  Reader(const plugin::Task& described, std::vector<std::string>* faults)
      : described_(described), faults_(*faults) {}

  PluginTask Read() {
    PluginTask read;
    Task& task = read.task;
    task.id = Text("id", described_.id);
    CheckId(task.id);
    task.obs_dim = Number("obs_dim", described_.obs_dim, kMaxDim);
    task.act_dim = Number("act_dim", described_.act_dim, kMaxDim);
    ReadBounds(&task);
    task.max_episode_steps = Number("max_episode_steps", described_.max_episode_steps, kMaxSteps);
    task.dt_seconds = described_.dt_seconds;
    Require(std::isfinite(task.dt_seconds) && task.dt_seconds > 0,
            absl::StrCat("dt_seconds is ", task.dt_seconds, ", expected a number above 0"));
    // As a signed number: a size that was computed wrong is often one below 0.
    read.state_size =
        Number("state_size", static_cast<int64_t>(described_.state_size), kMaxStateSize);
    ReadParts(&task);
    task.reward = Text("reward", described_.reward);
    task.termination = Text("termination", described_.termination);
    ReadFunctions(&read);
    return read;
  }

 private:
  void Require(bool condition, absl::string_view fault) {
    if (!condition) faults_.emplace_back(fault);
  }

  // 0 in place of a number that makes no sense, so that nothing is read by it.
  int64_t Number(absl::string_view field, int64_t value, int64_t max) {
    if (value >= 1 && value <= max) return value;
    Require(false, absl::StrCat(field, " is ", value, ", expected 1 to ", max));
    return 0;
  }

  std::string Text(absl::string_view field, const char* text) {
    if (text != nullptr && *text != '\0') return text;
    Require(false,
            absl::StrCat(field, " is ", text == nullptr ? "null" : "empty", ", expected a text"));
    return "";
  }

  // Ids stand in file names, in labels and on command lines.
  void CheckId(absl::string_view id) {
    const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
      return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
    });
    Require(plain, absl::StrCat("id is '", id,
                                "', expected nothing but letters, digits, '.', '_' and '-'"));
  }

  void ReadBounds(Task* task) {
    Require(described_.act_low != nullptr, "act_low is null, expected [act_dim] numbers");
    Require(described_.act_high != nullptr, "act_high is null, expected [act_dim] numbers");
    if (described_.act_low == nullptr || described_.act_high == nullptr) return;
    task->act_low.assign(described_.act_low, described_.act_low + task->act_dim);
    task->act_high.assign(described_.act_high, described_.act_high + task->act_dim);
    for (int i = 0; i < task->act_dim; ++i) {
      const double low = task->act_low[i], high = task->act_high[i];
      Require(std::isfinite(low) && std::isfinite(high) && low < high,
              absl::StrCat("act_low[", i, "] is ", low, " and act_high[", i, "] is ", high,
                           ", expected finite numbers, the first below the second"));
    }
  }

  void ReadParts(Task* task) {
    const int num_parts = Number("num_parts", described_.num_parts, kMaxDim);
    Require(described_.observation != nullptr, "observation is null, expected [num_parts] parts");
    if (num_parts == 0 || described_.observation == nullptr) return;
    int64_t total = 0;
    for (int i = 0; i < num_parts; ++i) {
      const plugin::ObservationPart& part = described_.observation[i];
      const std::string field = absl::StrCat("observation[", i, "]");
      Require(part.unit != nullptr, absl::StrCat(field, ".unit is null, expected a text or \"\""));
      ObservationPart read;
      read.size = Number(field + ".size", part.size, kMaxDim);
      read.meaning = Text(field + ".meaning", part.meaning);
      read.unit = part.unit == nullptr ? "" : part.unit;
      total += read.size;
      task->observation.push_back(std::move(read));
    }
    Require(total == described_.obs_dim, absl::StrCat("the sizes of observation add up to ", total,
                                                      ", expected obs_dim, ", described_.obs_dim));
  }

  void ReadFunctions(PluginTask* read) {
    Require(described_.terminated != nullptr, "terminated is null, expected a function");
    Require(described_.make != nullptr, "make is null, expected a function");
    read->task.terminated = [function =
                                 described_.terminated](absl::Span<const float> observation) {
      return function(observation.data());
    };
    read->make = described_.make;
    if (described_.observed_reward == nullptr) return;
    read->task.observed_reward = [function = described_.observed_reward](
                                     absl::Span<const float> observation,
                                     absl::Span<const float> action,
                                     absl::Span<const float> next_observation) {
      return function(observation.data(), action.data(), next_observation.data());
    };
  }

  const plugin::Task& described_;
  std::vector<std::string>& faults_;
};

}  // namespace

PluginTask ReadPluginTask(const plugin::Task& described, std::vector<std::string>* faults) {
  return Reader(described, faults).Read();
}

}  // namespace vagram

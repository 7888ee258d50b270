#include "orchestrator/spec/early_stopping_spec.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/nearest.h"
#include "core/dynamics/diagnostic_names.h"
#include "core/env/task.h"
#include "core/metrics/trial_metric_names.h"
#include "orchestrator/spec/settings.h"

namespace vagram {
namespace {

using Kind = YamlNode::Kind;

constexpr size_t kLongestName = 200;  // bytes of a metric's name that the store takes
constexpr int64_t kMostReduction = 1000;

const std::vector<std::string>& Keys() {
  static const auto* const keys =
      new std::vector<std::string>{"method", "metric", "first_rung", "reduction"};
  return *keys;
}

std::string UnknownKey(const std::string& key) {
  const std::string nearest = key.size() > kLongestName ? "" : NearestName(key, Keys());
  return absl::StrCat("unknown key; ", nearest.empty()
                                           ? absl::StrCat("expected ", absl::StrJoin(Keys(), ", "))
                                           : absl::StrCat("did you mean ", nearest, "?"));
}

std::vector<std::string> MetricsOf(const v1::TrialConfig& config) {
  const v1::EnvConfig& env = config.env();
  if (env.task().empty() && env.plugin().empty()) {
    const absl::StatusOr<const Task*> task = FindTask(env.id());
    const int obs_dim = task.ok() ? (*task)->obs_dim : 0;
    return TrialMetricNames(config, obs_dim + env.distractors().dims());
  }
  // How many numbers a user's own task observes is not known here: it may be few or many.
  std::vector<std::string> names = TrialMetricNames(config, kMaxWeightsByDimension);
  for (std::string& name : TrialMetricNames(config, kMaxWeightsByDimension + 1)) {
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

EarlyStopping ReadEarlyStopping(const YamlNode& value, Faults* faults) {
  EarlyStopping early_stopping;
  early_stopping.metric = "evaluate/return_mean";
  if (value.kind != Kind::kMapping) {
    faults->Add(value.at, "early_stopping",
                absl::StrCat("expected a mapping such as {method: asha, first_rung: 10000}, got ",
                             value.Describe()));
    return early_stopping;
  }
  bool has_first_rung = false;
  for (const YamlNode::Entry& entry : value.entries) {
    const std::string key = absl::StrCat("early_stopping.", entry.key);
    const YamlNode& given = entry.value;
    if (entry.key == "first_rung") {
      has_first_rung = true;
      ReadInteger(given, key, 1, std::numeric_limits<int64_t>::max(), &early_stopping.first_rung,
                  faults);
    } else if (entry.key == "reduction") {
      ReadInteger(given, key, 2, kMostReduction, &early_stopping.reduction, faults);
    } else if (entry.key == "method") {
      if (given.kind == Kind::kScalar && given.text == "asha") continue;
      faults->Add(given.at, key, absl::StrCat("expected asha, got ", given.Describe()));
    } else if (entry.key == "metric") {
      const bool is_name = given.kind == Kind::kScalar && !given.text.empty() &&
                           given.text.size() <= kLongestName && IsUtf8(given.text);
      if (is_name) {
        early_stopping.metric = given.text;
      } else {
        faults->Add(given.at, key,
                    absl::StrCat("expected the name of a metric of at most ", kLongestName,
                                 " bytes, such as evaluate/return_mean, got ", given.Describe()));
      }
    } else {
      faults->Add(entry.at, key, UnknownKey(entry.key));
    }
  }
  if (!has_first_rung) {
    faults->Add(value.at, "early_stopping.first_rung",
                "is missing; say after how many environment steps trials are compared first");
  }
  return early_stopping;
}

void CheckEarlyStopping(const EarlyStopping& early_stopping, const v1::TrialConfig& config,
                        const Position& at, Faults* faults) {
  const std::vector<std::string> metrics = MetricsOf(config);
  const std::string& metric = early_stopping.metric;
  if (std::count(metrics.begin(), metrics.end(), metric) == 0) {
    const std::string nearest = NearestName(metric, metrics);
    faults->Add(
        at, "early_stopping.metric",
        absl::StrCat("expected a metric that every trial reports, got ", Printable(metric),
                     nearest.empty() ? "; " : absl::StrCat("; did you mean ", nearest, "? "),
                     "docs/metrics.md says which trial reports what"));
  }
  if (early_stopping.first_rung >= config.num_steps()) {
    faults->Add(at, "early_stopping.first_rung",
                absl::StrCat("expected a rung before the end of every trial, got first_rung ",
                             early_stopping.first_rung, " and num_steps ", config.num_steps(),
                             "; lower first_rung"));
  }
  if (config.checkpoint().every_epochs() == 0) {
    faults->Add(at, "early_stopping",
                "needs checkpoints, from which trials go on after a rung, got "
                "checkpoint.every_epochs 0; raise it");
  }
}

}  // namespace vagram

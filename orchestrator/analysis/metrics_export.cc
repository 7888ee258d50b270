#include "orchestrator/analysis/metrics_export.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/metrics/npy.h"
#include "orchestrator/analysis/grouping.h"

namespace vagram::analysis {
namespace {

using Json = nlohmann::ordered_json;

// The shortest text that reads back to the same double.
std::string Number(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string Dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

Json OverridesOf(const v1::Trial& trial) {
  const std::map<std::string, std::string> sorted(trial.overrides().begin(),
                                                  trial.overrides().end());
  return Json(sorted);
}

// Distinct names for files, whatever the metrics are called.
class FileNames {
 public:
  std::string For(const std::string& metric) {
    std::string name;
    for (const char c : metric) {
      const bool plain = absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
      name += plain ? c : c == '/' ? '.' : '_';
    }
    if (name.empty() || name[0] == '.') name.insert(0, "_");
    std::string unique = name;
    for (int i = 2; !taken_.insert(unique).second; ++i) unique = absl::StrCat(name, "_", i);
    return absl::StrCat(unique, ".npy");
  }

 private:
  std::set<std::string> taken_ = {"step", "epoch"};
};

std::set<std::string> KeysOfSweeps(absl::Span<const RecordedTrial> trials) {
  std::set<std::string> keys;
  for (const RecordedTrial& recorded : trials) {
    for (const auto& [key, value] : recorded.trial.overrides()) keys.insert(key);
  }
  return keys;
}

}  // namespace

std::vector<ExportedFile> MetricsAsCsv(absl::Span<const RecordedTrial> trials) {
  const std::set<std::string> swept = KeysOfSweeps(trials);
  std::string csv = "experiment,trial,seed";
  for (const std::string& key : swept) absl::StrAppend(&csv, ",", Quoted(key));
  absl::StrAppend(&csv, ",step,epoch,metric,value\n");
  for (const RecordedTrial& recorded : trials) {
    std::string prefix =
        absl::StrCat(recorded.experiment, ",", recorded.trial.id(), ",", recorded.trial.seed());
    for (const std::string& key : swept) {
      const auto found = recorded.trial.overrides().find(key);
      const bool has_it = found != recorded.trial.overrides().end();
      absl::StrAppend(&prefix, ",", has_it ? Quoted(found->second) : "");
    }
    for (const v1::MetricRow& row : recorded.rows) {
      for (const v1::Metric& metric : row.metrics()) {
        if (std::isnan(metric.value())) continue;
        absl::StrAppend(&csv, prefix, ",", row.step(), ",", row.epoch(), ",", Quoted(metric.name()),
                        ",", Number(metric.value()), "\n");
      }
    }
  }
  return {{"metrics.csv", std::move(csv)}};
}

std::vector<ExportedFile> MetricsAsJsonLines(absl::Span<const RecordedTrial> trials) {
  std::string lines;
  for (const RecordedTrial& recorded : trials) {
    const Json overrides = OverridesOf(recorded.trial);
    for (const v1::MetricRow& row : recorded.rows) {
      for (const v1::Metric& metric : row.metrics()) {
        if (std::isnan(metric.value())) continue;
        const Json value =
            std::isfinite(metric.value()) ? Json(metric.value()) : Json(Number(metric.value()));
        const Json line = {{"experiment", recorded.experiment},
                           {"trial", recorded.trial.id()},
                           {"seed", recorded.trial.seed()},
                           {"overrides", overrides},
                           {"step", row.step()},
                           {"epoch", row.epoch()},
                           {"metric", metric.name()},
                           {"value", value}};
        absl::StrAppend(&lines, Dump(line, -1), "\n");
      }
    }
  }
  return {{"metrics.jsonl", std::move(lines)}};
}

std::vector<ExportedFile> MetricsAsNpy(absl::Span<const RecordedTrial> trials) {
  const int64_t num_trials = trials.size();
  int64_t num_rows = 0;
  for (const RecordedTrial& recorded : trials) {
    num_rows = std::max<int64_t>(num_rows, recorded.rows.size());
  }
  const std::vector<double> nothing(num_trials * num_rows,
                                    std::numeric_limits<double>::quiet_NaN());
  std::vector<double> steps = nothing, epochs = nothing;
  std::map<std::string, std::vector<double>> metrics;
  Json labels = {{"shape", {num_trials, num_rows}}, {"trials", Json::array()}};
  for (int64_t i = 0; i < num_trials; ++i) {
    const v1::Trial& trial = trials[i].trial;
    labels["trials"].push_back({{"experiment", trials[i].experiment},
                                {"trial", trial.id()},
                                {"seed", trial.seed()},
                                {"state", v1::TrialState_Name(trial.state())},
                                {"overrides", OverridesOf(trial)},
                                {"rows", trials[i].rows.size()}});
    for (size_t k = 0; k < trials[i].rows.size(); ++k) {
      const v1::MetricRow& row = trials[i].rows[k];
      const int64_t at = i * num_rows + k;
      steps[at] = row.step();
      epochs[at] = row.epoch();
      for (const v1::Metric& metric : row.metrics()) {
        metrics.emplace(metric.name(), nothing).first->second[at] = metric.value();
      }
    }
  }
  const std::vector<int64_t> shape = {num_trials, num_rows};
  std::vector<ExportedFile> files = {{"step.npy", NpyBytes(shape, steps)},
                                     {"epoch.npy", NpyBytes(shape, epochs)}};
  FileNames names;
  labels["files"] = Json::object();
  for (const auto& [metric, values] : metrics) {
    files.push_back({names.For(metric), NpyBytes(shape, values)});
    labels["files"][metric] = files.back().name;
  }
  files.push_back({"labels.json", Dump(labels, 1) + "\n"});
  return files;
}

}  // namespace vagram::analysis

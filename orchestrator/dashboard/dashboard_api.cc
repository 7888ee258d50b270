#include "orchestrator/dashboard/dashboard_api.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/dashboard/json_text.h"
#include "orchestrator/dashboard/trial_groups.h"
#include "orchestrator/spec/experiment.h"
#include "orchestrator/trial_state.h"

namespace vagram {
namespace {

constexpr char kReturnMean[] = "evaluate/return_mean";
constexpr int kMaxExperiments = 200;
constexpr size_t kMaxMetrics = 40;
constexpr size_t kMaxGroups = 50;
constexpr int64_t kMaxPoints = 5000;
// What a service shows of its experiments may be this old.
constexpr absl::Duration kListAge = absl::Seconds(1);

std::string OneLine(const google::protobuf::Message& message) {
  return cli::ToJson(message, cli::JsonStyle::kOneLine);
}

absl::Status CheckQuery(const DashboardApi::Query& query) {
  if (query.metrics.empty() || query.metrics.size() > kMaxMetrics) {
    return absl::InvalidArgumentError(
        absl::StrCat("metric: expected 1 to ", kMaxMetrics, " names, got ", query.metrics.size()));
  }
  if (query.max_points < 4 || query.max_points > kMaxPoints) {
    return absl::InvalidArgumentError(
        absl::StrCat("points: expected 4 to ", kMaxPoints, ", got ", query.max_points));
  }
  return absl::OkStatus();
}

// {"RUNNING":2,...} of the states that there are.
std::string StateCounts(const v1::Experiment& experiment) {
  std::map<std::string, int> counts;
  for (const v1::Trial& trial : experiment.trials()) ++counts[v1::TrialState_Name(trial.state())];
  return absl::StrCat("{",
                      absl::StrJoin(counts, ",",
                                    [](std::string* out, const auto& count) {
                                      absl::StrAppend(out, "\"", count.first, "\":", count.second);
                                    }),
                      "}");
}

std::string ListEntry(const v1::Experiment& experiment) {
  int64_t step = 0, num_steps = 0, begun = 0;
  std::optional<double> best;
  for (const v1::Trial& trial : experiment.trials()) {
    step += trial.progress().step();
    num_steps += trial.progress().num_steps();
    if (trial.progress().num_steps() > 0) ++begun;
    if (trial.has_final_return() && !(best > trial.final_return())) best = trial.final_return();
  }
  // A trial that has not begun has not said yet how far it will go: as far as the others.
  if (begun > 0) num_steps = num_steps * experiment.trials_size() / begun;
  v1::Experiment head = experiment;
  head.clear_trials();
  return absl::StrCat("{\"experiment\":", OneLine(head), ",\"trials\":", experiment.trials_size(),
                      ",\"trial_states\":", StateCounts(experiment), ",\"step\":", step,
                      ",\"num_steps\":", num_steps,
                      ",\"best_return\":", best.has_value() ? JsonNumber(*best) : "null", "}");
}

std::string BandJson(const Band& band) {
  return absl::StrCat("{\"steps\":", JsonArray(band.steps), ",\"count\":", JsonArray(band.count),
                      ",\"mean\":", JsonArray(band.mean),
                      ",\"standard_error\":", JsonArray(band.standard_error),
                      ",\"lowest\":", JsonArray(band.lowest),
                      ",\"lower_quartile\":", JsonArray(band.lower_quartile),
                      ",\"median\":", JsonArray(band.median),
                      ",\"upper_quartile\":", JsonArray(band.upper_quartile),
                      ",\"highest\":", JsonArray(band.highest), "}");
}

// Names and sizes of the trial's videos.
std::string VideosJson(const std::string& folder) {
  std::map<std::string, int64_t> videos;
  std::error_code error;  // a folder that is not there has none
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".mp4" || !entry.is_regular_file(error)) continue;
    videos[entry.path().filename().string()] = static_cast<int64_t>(entry.file_size(error));
  }
  return absl::StrCat("[",
                      absl::StrJoin(videos, ",",
                                    [](std::string* out, const auto& video) {
                                      absl::StrAppend(out, "{\"name\":", JsonString(video.first),
                                                      ",\"bytes\":", video.second, "}");
                                    }),
                      "]");
}

}  // namespace

DashboardApi::DashboardApi(const Deps& deps, const v1::ServiceInfo& info)
    : deps_(deps),
      info_(info),
      catalog_(deps.store, deps.scheduler, deps.results),
      snapshots_(&catalog_, deps.scheduler),
      cache_(deps.store, deps.stop),
      comparisons_(&catalog_, deps.scheduler, &cache_) {}

absl::StatusOr<std::vector<v1::Experiment>> DashboardApi::RecentExperiments(int limit) {
  absl::MutexLock lock(&mu_);
  const absl::Time begin = absl::Now();
  if (begin >= recent_until_) {
    ASSIGN_OR_RETURN(recent_, catalog_.List(kMaxExperiments));
    const absl::Time end = absl::Now();
    recent_until_ = end + std::max(kListAge, 10 * (end - begin));
  }
  const size_t count = std::min(recent_.size(), static_cast<size_t>(std::max(limit, 0)));
  return std::vector<v1::Experiment>(recent_.begin(),
                                     recent_.begin() + static_cast<ptrdiff_t>(count));
}

absl::StatusOr<std::string> DashboardApi::Service() {
  ASSIGN_OR_RETURN(const std::vector<v1::Experiment> experiments,
                   RecentExperiments(kMaxExperiments));
  std::map<std::string, std::string> names;
  int64_t queued = 0;
  for (const v1::Experiment& experiment : experiments) {
    names[experiment.id()] = experiment.name();
    for (const v1::Trial& trial : experiment.trials()) queued += trial.state() == v1::QUEUED;
  }
  std::string workers;
  double updates_per_second = 0;
  for (const ActiveTrial& active : deps_.scheduler->Statistics().active) {
    ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(active.trial.id()));
    const std::optional<v1::Trial> trial = deps_.scheduler->Find(id);
    if (!trial.has_value()) continue;
    updates_per_second += trial->progress().updates_per_second();
    for (const v1::Worker& worker : trial->workers()) {
      absl::StrAppend(&workers, workers.empty() ? "" : ",", "{\"trial\":", JsonString(trial->id()),
                      ",\"experiment\":", JsonString(names[absl::StrCat(id.experiment)]),
                      ",\"worker\":", OneLine(worker), "}");
    }
  }
  v1::ServiceInfo info = info_;
  deps_.scheduler->ReportUse(&info);
  info.set_pending_videos(deps_.videos == nullptr ? 0 : deps_.videos->Pending());
  return absl::StrCat("{\"service\":", OneLine(info), ",\"queued_trials\":", queued,
                      ",\"updates_per_second\":", JsonNumber(updates_per_second), ",\"workers\":[",
                      workers, "]}");
}

absl::StatusOr<std::string> DashboardApi::Experiments(int limit) {
  ASSIGN_OR_RETURN(const std::vector<v1::Experiment> experiments, RecentExperiments(limit));
  std::string json;
  for (const v1::Experiment& experiment : experiments) {
    absl::StrAppend(&json, json.empty() ? "" : ",", ListEntry(experiment));
  }
  ASSIGN_OR_RETURN(const int64_t total, deps_.store->NumExperiments());
  return absl::StrCat("{\"total\":", total, ",\"experiments\":[", json, "]}");
}

absl::StatusOr<std::string> DashboardApi::Experiment(int64_t experiment, int64_t first,
                                                     int64_t count) {
  ASSIGN_OR_RETURN(const ExperimentSnapshots::Snapshot snapshot, snapshots_.Get(experiment));
  const auto size = static_cast<int64_t>(snapshot->trials_json.size());
  if (first < 0 || count < 0) return absl::InvalidArgumentError("first, count: expected 0 or more");
  std::vector<size_t> trials;
  const int64_t end = count == 0 ? size : std::min(size, first + std::min(count, size));
  for (int64_t i = first; i < end; ++i) trials.push_back(static_cast<size_t>(i));
  return absl::StrCat("{\"experiment\":", snapshot->ToJson(trials), ",\"trials\":", size,
                      ",\"trial_states\":", StateCounts(snapshot->experiment),
                      ",\"swept_keys\":", snapshot->swept_keys_json, "}");
}

absl::StatusOr<std::string> DashboardApi::Trial(const TrialId& id) {
  ASSIGN_OR_RETURN(v1::Experiment experiment, catalog_.Get({id.experiment, id.index}));
  v1::Trial& trial = *experiment.mutable_trials(0);
  const std::string config = TrialConfigToYaml(trial.config());
  return absl::StrCat("{\"experiment\":", OneLine(experiment),
                      ",\"config_yaml\":", JsonString(config),
                      ",\"videos\":", VideosJson(deps_.results->Folder(id) + "/videos"), "}");
}

absl::StatusOr<std::string> DashboardApi::MetricNames(int64_t experiment) {
  ASSIGN_OR_RETURN(const ExperimentSnapshots::Snapshot snapshot, snapshots_.Get(experiment));
  std::set<std::string> names;
  for (const v1::Trial& trial : snapshot->experiment.trials()) {
    ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(trial.id()));
    // Every row holds every name.
    ASSIGN_OR_RETURN(const int64_t attempt, deps_.store->AttemptWithMetrics(id, trial.attempt()));
    ASSIGN_OR_RETURN(const std::vector<StoredRow> rows, deps_.store->Metrics(id, attempt, 0, 1));
    for (const StoredRow& row : rows) {
      for (const v1::Metric& metric : row.row.metrics()) names.insert(metric.name());
    }
  }
  return absl::StrCat(
      "{\"names\":", JsonArray(std::vector<std::string>(names.begin(), names.end())), "}");
}

absl::StatusOr<std::string> DashboardApi::LastRow(const TrialId& id) {
  ASSIGN_OR_RETURN(const TrialRecord record, deps_.store->GetTrial(id));
  v1::GetMetricsResponse response;
  ASSIGN_OR_RETURN(const int64_t attempt,
                   deps_.store->AttemptWithMetrics(id, record.trial.attempt()));
  response.set_attempt(attempt);
  ASSIGN_OR_RETURN(const int64_t count, deps_.store->NumMetrics(id, attempt));
  ASSIGN_OR_RETURN(std::vector<StoredRow> rows, deps_.store->Metrics(id, attempt, count - 1, 1));
  for (StoredRow& row : rows) *response.add_rows() = std::move(row.row);
  return OneLine(response);
}

absl::StatusOr<std::string> DashboardApi::Curves(int64_t experiment, const Query& query) {
  RETURN_IF_ERROR(CheckQuery(query));
  ASSIGN_OR_RETURN(const ExperimentSnapshots::Snapshot snapshot, snapshots_.Get(experiment));
  ASSIGN_OR_RETURN(const std::vector<int64_t> indices,
                   ParseIndices(query.trials, snapshot->experiment.trials_size() - 1));
  std::vector<TrialGroup> groups = GroupTrials(snapshot->experiment, indices, query.group);
  const size_t omitted = groups.size() - std::min(groups.size(), kMaxGroups);
  groups.resize(groups.size() - omitted);

  std::string groups_json;
  std::vector<std::string> bands_json(query.metrics.size());  // of one metric each
  for (const TrialGroup& group : groups) {
    absl::StrAppend(&groups_json, groups_json.empty() ? "" : ",",
                    "{\"task\":", JsonString(group.task), ",\"name\":", JsonString(group.name),
                    ",\"trials\":", group.trials.size(),
                    ",\"first_trial\":", JsonString(group.trials[0]->id()), "}");
    std::vector<std::vector<SeriesCache::Series>> series;  // [trial][metric]
    for (const v1::Trial* trial : group.trials) {
      ASSIGN_OR_RETURN(const TrialId id, ParseTrialId(trial->id()));
      ASSIGN_OR_RETURN(series.emplace_back(), cache_.Get(id, trial->attempt(), query.metrics));
    }
    for (size_t metric = 0; metric < query.metrics.size(); ++metric) {
      std::vector<const MetricSeries*> of_trials;
      for (const auto& of_trial : series) of_trials.push_back(of_trial[metric].get());
      const Band band = BandOf(of_trials, static_cast<size_t>(query.max_points));
      absl::StrAppend(&bands_json[metric], bands_json[metric].empty() ? "" : ",", BandJson(band));
    }
  }
  std::string curves_json;
  for (size_t metric = 0; metric < query.metrics.size(); ++metric) {
    absl::StrAppend(&curves_json, metric == 0 ? "" : ",",
                    "{\"metric\":", JsonString(query.metrics[metric]), ",\"bands\":[",
                    bands_json[metric], "]}");
  }
  return absl::StrCat("{\"groups\":[", groups_json, "],\"omitted_groups\":", omitted,
                      ",\"curves\":[", curves_json, "]}");
}

absl::StatusOr<std::string> DashboardApi::Comparison(int64_t experiment, const Query& query) {
  if (query.metrics.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("metric: expected one name, got ", query.metrics.size()));
  }
  const std::string metric = query.metrics.empty() ? kReturnMean : query.metrics[0];
  return comparisons_.Get(experiment, {query.group, metric, query.trials, query.unfinished});
}

absl::StatusOr<std::string> DashboardApi::Series(const TrialId& id, const Query& query) {
  RETURN_IF_ERROR(CheckQuery(query));
  ASSIGN_OR_RETURN(const TrialRecord record, deps_.store->GetTrial(id));
  ASSIGN_OR_RETURN(const std::vector<SeriesCache::Series> all,
                   cache_.Get(id, record.trial.attempt(), query.metrics));
  std::string json;
  for (size_t i = 0; i < all.size(); ++i) {
    const MetricSeries series = Thinned(*all[i], static_cast<size_t>(query.max_points));
    absl::StrAppend(&json, i == 0 ? "" : ",", "{\"metric\":", JsonString(query.metrics[i]),
                    ",\"steps\":", JsonArray(series.steps),
                    ",\"values\":", JsonArray(series.values), "}");
  }
  return absl::StrCat("{\"attempt\":", record.trial.attempt(), ",\"series\":[", json, "]}");
}

absl::StatusOr<std::string> DashboardApi::Steer(absl::string_view action,
                                                const ExperimentOrTrial& id) {
  using Method = absl::Status (Scheduler::*)(const ExperimentOrTrial&);
  static const auto* const methods =
      new std::map<absl::string_view, Method>{{"cancel", &Scheduler::Cancel},
                                              {"pause", &Scheduler::Pause},
                                              {"resume", &Scheduler::Resume},
                                              {"preempt", &Scheduler::Preempt}};
  const auto method = methods->find(action);
  if (method == methods->end()) {
    return absl::NotFoundError("expected cancel, pause, resume or preempt");
  }
  RETURN_IF_ERROR((deps_.scheduler->*method->second)(id));
  if (id.index.has_value()) return Trial({id.experiment, *id.index});
  RETURN_IF_ERROR(snapshots_.Get(id.experiment, /*now=*/true).status());
  return Experiment(id.experiment, 0, 0);
}

absl::StatusOr<std::string> DashboardApi::VideoFile(const TrialId& id,
                                                    absl::string_view name) const {
  // As the service names them, so that no name leads out of the folder.
  const absl::string_view stem = absl::StripSuffix(name, ".mp4");
  const bool is_name =
      stem.size() < name.size() && !stem.empty() && stem.size() < 100 &&
      absl::c_all_of(stem, [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
  const std::string path = absl::StrCat(deps_.results->Folder(id), "/videos/", name);
  std::error_code error;
  if (!is_name || !std::filesystem::is_regular_file(path, error)) {
    return absl::NotFoundError("no such video");
  }
  return path;
}

}  // namespace vagram

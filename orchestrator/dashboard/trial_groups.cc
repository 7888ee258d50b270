#include "orchestrator/dashboard/trial_groups.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "orchestrator/analysis/trial_settings.h"
#include "orchestrator/store/trial_id.h"

namespace vagram {
namespace {

constexpr char kSeed[] = "seed";

// What the trial's item of the sweep sets.
analysis::Settings SweptSettings(const v1::Trial& trial) {
  analysis::Settings settings;
  for (const auto& [key, value] : trial.overrides()) settings[key] = value;
  settings[kSeed] = absl::StrCat(trial.seed());
  return settings;
}

std::string NameOf(const analysis::Settings& settings, absl::Span<const std::string> keys) {
  if (keys.empty()) return "all trials";
  std::vector<std::string> parts;
  for (const std::string& key : keys) {
    const auto found = settings.find(key);
    if (found != settings.end()) parts.push_back(absl::StrCat(key, "=", found->second));
  }
  return parts.empty() ? "base" : absl::StrJoin(parts, ", ");
}

// The steps at which a band is drawn.
std::vector<int64_t> Grid(absl::Span<const MetricSeries* const> trials, size_t max_points) {
  std::vector<int64_t> steps;
  for (const MetricSeries* trial : trials) {
    steps.insert(steps.end(), trial->steps.begin(), trial->steps.end());
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  if (steps.size() <= max_points) return steps;
  const double first = static_cast<double>(steps.front());
  const double gap =
      (static_cast<double>(steps.back()) - first) / static_cast<double>(max_points - 1);
  std::vector<int64_t> grid;
  for (size_t i = 0; i < max_points; ++i) {
    const int64_t step = std::llround(first + gap * static_cast<double>(i));
    if (grid.empty() || step > grid.back()) grid.push_back(step);
  }
  return grid;
}

// The trial's value at each step of the grid.
std::vector<std::optional<double>> ValuesAt(const std::vector<int64_t>& grid,
                                            const MetricSeries& trial) {
  std::vector<std::optional<double>> values(grid.size());
  size_t next = 0;  // first point of the trial that no earlier step has taken
  for (size_t i = 0; i < grid.size(); ++i) {
    double sum = 0;
    int taken = 0;
    for (; next < trial.size(); ++next, ++taken) {
      // 2 * step < grid[i] + grid[i + 1], without an overflow
      const bool nearer = i + 1 == grid.size() || trial.steps[next] <= grid[i] ||
                          trial.steps[next] - grid[i] < grid[i + 1] - trial.steps[next];
      if (!nearer) break;
      sum += trial.values[next];
    }
    if (taken > 0) {
      values[i] = sum / taken;
    } else if (next > 0 && next < trial.size()) {
      const auto before = static_cast<double>(trial.steps[next - 1]);
      const auto after = static_cast<double>(trial.steps[next]);
      const double share = (static_cast<double>(grid[i]) - before) / (after - before);
      values[i] = trial.values[next - 1] + share * (trial.values[next] - trial.values[next - 1]);
    }
  }
  return values;
}

// Of sorted values, interpolated between neighbours.
double Quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  if (below + 1 == sorted.size()) return sorted.back();
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

void AddPoint(int64_t step, std::vector<double> values, Band& band) {
  std::sort(values.begin(), values.end());
  const auto count = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double value : values) sum += value;
  const double mean = sum / count;
  for (const double value : values) squares += (value - mean) * (value - mean);
  band.steps.push_back(step);
  band.count.push_back(static_cast<int>(values.size()));
  band.mean.push_back(mean);
  band.standard_error.push_back(count > 1 ? std::sqrt(squares / (count - 1) / count) : 0);
  band.lowest.push_back(values.front());
  band.lower_quartile.push_back(Quantile(values, 0.25));
  band.median.push_back(Quantile(values, 0.5));
  band.upper_quartile.push_back(Quantile(values, 0.75));
  band.highest.push_back(values.back());
}

}  // namespace

SweptKeys SweptKeysOf(const v1::Experiment& experiment) {
  std::vector<analysis::Settings> all;
  std::set<std::string> swept;
  for (const v1::Trial& trial : experiment.trials()) {
    for (const auto& [key, value] : all.emplace_back(SweptSettings(trial))) swept.insert(key);
  }
  swept.erase(kSeed);
  const std::set<std::string> with_the_task =
      analysis::KeysThatGoWithTheTask(all, {swept.begin(), swept.end()});
  SweptKeys keys;
  for (const std::string& key : swept) {
    if (analysis::IsTaskKey(key)) {
      keys.task.push_back(key);
    } else if (with_the_task.count(key) == 0) {
      keys.group.push_back(key);
    }
  }
  return keys;
}

std::vector<TrialGroup> GroupTrials(const v1::Experiment& experiment,
                                    absl::Span<const int64_t> indices,
                                    absl::Span<const std::string> keys) {
  std::vector<TrialGroup> groups;
  std::map<std::pair<std::string, std::string>, size_t> places;
  const std::set<int64_t> chosen(indices.begin(), indices.end());
  for (const v1::Trial& trial : experiment.trials()) {
    const absl::StatusOr<TrialId> id = ParseTrialId(trial.id());
    if (!id.ok() || (!chosen.empty() && chosen.count(id->index) == 0)) continue;
    const analysis::Settings settings = SweptSettings(trial);
    std::string task = analysis::TaskOf(settings);
    std::string name = NameOf(settings, keys);
    const auto [place, is_new] = places.emplace(std::make_pair(task, name), groups.size());
    if (is_new) groups.push_back({std::move(task), std::move(name), {}});
    groups[place->second].trials.push_back(&trial);
  }
  return groups;
}

absl::StatusOr<std::vector<int64_t>> ParseIndices(absl::string_view text, int64_t most) {
  std::vector<int64_t> indices;
  for (const absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> ends =
        absl::StrSplit(part, absl::MaxSplits('-', 1));
    int64_t first = 0, last = 0;
    const absl::string_view second = part.find('-') == part.npos ? ends.first : ends.second;
    if (!absl::SimpleAtoi(ends.first, &first) || !absl::SimpleAtoi(second, &last) || first < 0 ||
        last > most || last < first || (!indices.empty() && first <= indices.back())) {
      return absl::InvalidArgumentError(
          absl::StrCat("trials: expected numbers up to ", most,
                       " and ranges of them in ascending order, such as 0-9,12"));
    }
    for (int64_t index = first; index <= last; ++index) indices.push_back(index);
  }
  return indices;
}

Band BandOf(absl::Span<const MetricSeries* const> trials, size_t max_points) {
  Band band;
  const std::vector<int64_t> grid = Grid(trials, max_points);
  std::vector<std::vector<double>> values(grid.size());
  for (const MetricSeries* trial : trials) {
    const std::vector<std::optional<double>> of_trial = ValuesAt(grid, *trial);
    for (size_t i = 0; i < grid.size(); ++i) {
      if (of_trial[i].has_value()) values[i].push_back(*of_trial[i]);
    }
  }
  for (size_t i = 0; i < grid.size(); ++i) {
    if (!values[i].empty()) AddPoint(grid[i], std::move(values[i]), band);
  }
  return band;
}

}  // namespace vagram

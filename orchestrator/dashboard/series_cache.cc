#include "orchestrator/dashboard/series_cache.h"

#include <iterator>

#include "core/base/status_macros.h"

namespace vagram {
namespace {

// Few enough that the store is never kept from its writers for more than some milliseconds.
constexpr int64_t kRowsAtATime = 500;

// What a series without points weighs: whatever names are asked for, they are forgotten again.
constexpr size_t kPointsOfAnEntry = 16;

}  // namespace

SeriesCache::Entry& SeriesCache::Touch(const Key& key, int64_t attempt) {
  const auto [it, is_new] = entries_.try_emplace(key);
  Entry& entry = it->second;
  if (is_new) {
    used_.push_front(key);
    entry.used = used_.begin();
  } else {
    used_.splice(used_.begin(), used_, entry.used);
  }
  if (entry.attempt != attempt) {  // another attempt's rows begin anew
    points_ -= entry.series->size();
    entry.series = std::make_shared<MetricSeries>();
    entry.next_row = 0;
    entry.attempt = attempt;
  }
  return entry;
}

absl::Status SeriesCache::Read(const TrialId& trial, int64_t attempt,
                               absl::Span<const std::string> names,
                               absl::Span<Entry* const> entries) {
  int64_t next_row = entries[0]->next_row;
  std::vector<MetricSeries> fresh(names.size());
  while (true) {
    if (stop_->tripped()) return absl::UnavailableError("the service stops");
    ASSIGN_OR_RETURN(const std::vector<std::string> rows,
                     store_->EncodedMetrics(trial, attempt, next_row, kRowsAtATime));
    for (const std::string& row : rows) {
      if (!AppendRow(row, names, absl::MakeSpan(fresh))) {
        return absl::DataLossError(
            absl::StrCat("a row of metrics of trial ", trial.ToString(), " is damaged"));
      }
    }
    next_row += static_cast<int64_t>(rows.size());
    const bool at_the_end = static_cast<int64_t>(rows.size()) < kRowsAtATime;
    for (size_t i = 0; i < entries.size(); ++i) {
      entries[i]->next_row = next_row;
      const size_t had = entries[i]->series->size();
      if (fresh[i].size() == 0) continue;
      if (!at_the_end && had + fresh[i].size() <= 2 * kMaxSeriesPoints) continue;
      // Readers may still hold the old one, which never changes.
      MetricSeries joined = *entries[i]->series;
      joined.steps.insert(joined.steps.end(), fresh[i].steps.begin(), fresh[i].steps.end());
      joined.values.insert(joined.values.end(), fresh[i].values.begin(), fresh[i].values.end());
      fresh[i] = MetricSeries();
      if (joined.size() > 2 * kMaxSeriesPoints) joined = Thinned(joined, kMaxSeriesPoints);
      points_ += joined.size() - had;
      entries[i]->series = std::make_shared<const MetricSeries>(std::move(joined));
    }
    if (at_the_end) return absl::OkStatus();
  }
}

void SeriesCache::Forget() {
  while (points_ + kPointsOfAnEntry * entries_.size() > max_points_ && !used_.empty()) {
    const auto oldest = entries_.find(used_.back());
    points_ -= oldest->second.series->size();
    entries_.erase(oldest);
    used_.pop_back();
  }
}

absl::StatusOr<std::vector<SeriesCache::Series>> SeriesCache::Get(
    const TrialId& trial, int64_t present, absl::Span<const std::string> names) {
  absl::MutexLock lock(&mu_);
  ASSIGN_OR_RETURN(const int64_t attempt, store_->AttemptWithMetrics(trial, present));
  std::vector<Entry*> all;
  // Usually all have been read up to the same row; a metric asked for later has a row of its own.
  std::map<int64_t, std::pair<std::vector<std::string>, std::vector<Entry*>>> by_row;
  for (const std::string& name : names) {
    Entry& entry = Touch({trial, name}, attempt);
    all.push_back(&entry);
    auto& [row_names, row_entries] = by_row[entry.next_row];
    row_names.push_back(name);
    row_entries.push_back(&entry);
  }
  for (auto& [row, same] : by_row) {
    const absl::Status read = Read(trial, attempt, same.first, same.second);
    if (read.ok()) continue;
    // What was read but not kept must be read again.
    for (Entry* entry : same.second) entry->attempt = 0;
    return read;
  }
  std::vector<Series> answer;
  for (const Entry* entry : all) answer.push_back(entry->series);
  Forget();
  return answer;
}

size_t SeriesCache::size() const {
  absl::MutexLock lock(&mu_);
  return entries_.size();
}

size_t SeriesCache::points() const {
  absl::MutexLock lock(&mu_);
  return points_;
}

}  // namespace vagram

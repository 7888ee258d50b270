#include "orchestrator/analysis/grouping.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/nearest.h"
#include "core/base/status_macros.h"
#include "orchestrator/analysis/trial_settings.h"

namespace vagram::analysis {
namespace {

constexpr size_t kMostNamedKeys = 5;
constexpr char kNoValue[] = "-";

std::string Suggestion(const std::string& wanted, const std::vector<std::string>& names) {
  const std::string nearest = NearestName(wanted, names);
  return nearest.empty() ? "" : absl::StrCat("; did you mean '", nearest, "'?");
}

std::string Some(std::vector<std::string> keys) {
  const size_t count = keys.size();
  if (count > kMostNamedKeys) keys.resize(kMostNamedKeys);
  return absl::StrCat(
      absl::StrJoin(keys, ", "),
      count > kMostNamedKeys ? absl::StrCat(" and ", count - kMostNamedKeys, " more keys") : "");
}

std::string NameOfState(v1::TrialState state) {
  return absl::AsciiStrToLower(v1::TrialState_Name(state));
}

std::string WhyUnfinished(const v1::Trial& trial) {
  std::string why = NameOfState(trial.state());
  if (trial.progress().step() > 0) absl::StrAppend(&why, " at step ", trial.progress().step());
  if (!trial.reason().empty()) absl::StrAppend(&why, ": ", trial.reason());
  return why;
}

// The curve of `metric`; whether any row names it.
LearningCurve CurveOf(const std::vector<v1::MetricRow>& rows, const std::string& metric,
                      bool* has_metric) {
  std::vector<int64_t> steps;
  std::vector<double> values;
  *has_metric = false;
  for (const v1::MetricRow& row : rows) {
    steps.push_back(row.step());
    values.push_back(std::numeric_limits<double>::quiet_NaN());
    for (const v1::Metric& reported : row.metrics()) {
      if (reported.name() != metric) continue;
      *has_metric = true;
      values.back() = reported.value();
    }
  }
  return MakeLearningCurve(steps, values);
}

class Sorter {
 public:
  Sorter(absl::Span<const RecordedTrial> trials, const GroupingOptions& options)
      : trials_(trials), options_(options) {
    for (const RecordedTrial& trial : trials_) settings_.push_back(SettingsOf(trial));
    swept_ = SweptKeys(trials_, settings_);
    with_the_task_ = KeysThatGoWithTheTask(settings_, swept_);
  }

  absl::StatusOr<GroupedTrials> Sort() {
    grouped_.metric = options_.metric;
    RETURN_IF_ERROR(ChooseKeys());
    RETURN_IF_ERROR(CheckMetric());
    Consider();
    for (size_t i = 0; i < trials_.size(); ++i) {
      if (candidates_[i].why_not.empty()) {
        Place(i);
      } else {
        const v1::Trial& trial = trials_[i].trial;
        grouped_.left_out.push_back(
            {trial.id(), candidates_[i].why_not, trial.state() == v1::FAILED});
      }
    }
    if (grouped_.groups.empty()) return NothingCounts();
    LabelGroups();
    for (Stratum& stratum : grouped_.strata) {
      stratum.runs.resize(grouped_.groups.size());
      RETURN_IF_ERROR(FindRange(stratum));
    }
    WarnOfMixtures();
    return std::move(grouped_);
  }

 private:
  absl::Status ChooseKeys() {
    if (!options_.by.empty()) {
      std::set<std::string> known = {kExperimentKey};
      for (const Settings& settings : settings_) {
        for (const auto& [key, value] : settings) known.insert(key);
      }
      for (const std::string& key : options_.by) {
        std::vector<std::string> named;
        for (const std::string& swept : swept_) {
          if (IsWithin(swept, key)) named.push_back(swept);
        }
        if (named.empty() && known.count(key) > 0) named.push_back(key);
        grouped_.keys.insert(grouped_.keys.end(), named.begin(), named.end());
        if (!named.empty()) continue;
        return absl::InvalidArgumentError(absl::StrCat(
            "--by: these trials have no key '", key, "'",
            Suggestion(key, {known.begin(), known.end()}),
            swept_.empty() ? "" : absl::StrCat("; swept are: ", absl::StrJoin(swept_, ", "))));
      }
      return absl::OkStatus();
    }
    for (const std::string& key : swept_) {
      if (!IsTaskKey(key) && with_the_task_.count(key) == 0) grouped_.keys.push_back(key);
    }
    std::set<std::string> experiments;
    std::vector<const Settings*> all;
    for (size_t i = 0; i < trials_.size(); ++i) {
      experiments.insert(trials_[i].experiment);
      all.push_back(&settings_[i]);
    }
    if (experiments.size() < 2) return absl::OkStatus();
    std::vector<std::string> differing;
    for (const std::string& key : KeysThatDiffer(all)) {
      const bool swept = std::count(swept_.begin(), swept_.end(), key) > 0;
      if (!swept && !IsTaskKey(key)) differing.push_back(key);
    }
    if (differing.empty()) return absl::OkStatus();
    grouped_.keys.emplace_back(kExperimentKey);
    grouped_.warnings.push_back(absl::StrCat("the experiments also differ in ", Some(differing),
                                             ", so they are kept apart; --by groups otherwise"));
    return absl::OkStatus();
  }

  absl::Status CheckMetric() const {
    std::set<std::string> names;
    for (const RecordedTrial& trial : trials_) {
      for (const v1::MetricRow& row : trial.rows) {
        for (const v1::Metric& metric : row.metrics()) names.insert(metric.name());
      }
    }
    if (names.empty()) {
      return absl::FailedPreconditionError(
          "no trial has reported metrics yet: `vagram status ID` shows what they do");
    }
    if (names.count(options_.metric) > 0) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("--metric: no trial reports '", options_.metric, "'",
                     Suggestion(options_.metric, {names.begin(), names.end()}),
                     "; docs/metrics.md lists the metrics"));
  }

  std::string ValueOf(size_t trial, const std::string& key) const {
    if (key == kExperimentKey) {
      return absl::StrCat(trials_[trial].experiment, " ", trials_[trial].experiment_name);
    }
    const auto found = settings_[trial].find(key);
    return found == settings_[trial].end() || found->second.empty() ? kNoValue : found->second;
  }

  bool GroupsByTask() const {
    return std::any_of(grouped_.keys.begin(), grouped_.keys.end(), IsTaskKey);
  }

  std::string StratumOf(size_t trial) const {
    std::vector<std::string> parts;
    const std::string task = GroupsByTask() ? "" : TaskOf(settings_[trial]);
    if (!task.empty()) parts.push_back(task);
    for (const std::string& key : swept_) {
      const bool grouped = std::count(grouped_.keys.begin(), grouped_.keys.end(), key) > 0 ||
                           IsTaskKey(key) || with_the_task_.count(key) > 0;
      if (!grouped) parts.push_back(absl::StrCat(key, "=", ValueOf(trial, key)));
    }
    return parts.empty() ? "all trials" : absl::StrJoin(parts, ", ");
  }

  // What of each trial counts, if anything does. Of repeats it is the one that came the furthest.
  void Consider() {
    std::map<std::pair<Settings, int64_t>, size_t> furthest;  // by configuration and seed
    const auto key = [&](size_t i) {
      return std::make_pair(settings_[i], trials_[i].trial.seed());
    };
    for (size_t i = 0; i < trials_.size(); ++i) {
      candidates_.push_back(CandidateOf(i));
      if (!candidates_[i].why_not.empty()) continue;
      const auto [other, is_new] = furthest.emplace(key(i), i);
      if (!is_new && CameFurther(i, other->second)) other->second = i;
    }
    for (size_t i = 0; i < trials_.size(); ++i) {
      if (!candidates_[i].why_not.empty()) continue;
      const size_t original = furthest.at(key(i));
      if (original == i) continue;
      candidates_[i].why_not =
          absl::StrCat("repeats ", trials_[original].trial.id(), ", seed and all");
    }
  }

  struct Candidate {
    LearningCurve curve;
    std::string why_not;  // it does not count; else empty
  };

  Candidate CandidateOf(size_t trial) const {
    const v1::Trial& record = trials_[trial].trial;
    if (record.state() != v1::SUCCEEDED && !options_.unfinished) {
      return {{}, WhyUnfinished(record)};
    }
    bool has_metric = false;
    LearningCurve curve = CurveOf(trials_[trial].rows, options_.metric, &has_metric);
    std::string why_not;
    if (!has_metric) {
      why_not = absl::StrCat("does not report ", options_.metric);
    } else if (curve.empty()) {
      why_not = absl::StrCat("has no value of ", options_.metric, " yet");
    } else if (options_.at.has_value() && !ValueAt(curve, *options_.at).has_value()) {
      why_not = absl::StrCat("has values from step ", curve.steps.front(), " to ",
                             curve.steps.back(), " only");
    }
    return {std::move(curve), std::move(why_not)};
  }

  bool CameFurther(size_t trial, size_t other) const {
    const auto rank = [this](size_t i) {
      return std::make_pair(trials_[i].trial.state() == v1::SUCCEEDED,
                            candidates_[i].curve.steps.back());
    };
    return rank(trial) > rank(other);
  }

  void Place(size_t trial) {
    const v1::Trial& record = trials_[trial].trial;
    std::vector<std::string> values;
    for (const std::string& key : grouped_.keys) values.push_back(ValueOf(trial, key));
    const size_t group = FindOrAddGroup(std::move(values), trials_[trial]);
    Stratum& stratum =
        FindOrAddStratum(StratumOf(trial), GroupsByTask() ? "" : TaskOf(settings_[trial]));
    if (stratum.runs.size() <= group) stratum.runs.resize(group + 1);
    stratum.runs[group].push_back(
        {record.id(), record.seed(), std::move(candidates_[trial].curve)});
    members_[{stratum.label, group}].push_back(&settings_[trial]);
  }

  size_t FindOrAddGroup(std::vector<std::string> values, const RecordedTrial& first) {
    for (size_t i = 0; i < grouped_.groups.size(); ++i) {
      if (grouped_.groups[i].values == values) return i;
    }
    grouped_.groups.emplace_back().values = std::move(values);
    firsts_.push_back(&first);
    return grouped_.groups.size() - 1;
  }

  // Names of the keys, without the part before the last dot where that leaves them distinct.
  std::vector<std::string> NamesOfKeys() const {
    std::vector<std::string> names;
    for (const std::string& key : grouped_.keys) {
      names.push_back(std::vector<std::string>(absl::StrSplit(key, '.')).back());
    }
    const bool distinct = std::set<std::string>(names.begin(), names.end()).size() == names.size();
    return distinct ? names : grouped_.keys;
  }

  // A group is labelled with the keys that its own item of a sweep's list names, such as "loss=mle"
  // beside "algorithm=sac"; with all keys where that would give two groups the same label.
  void LabelGroups() {
    const std::vector<std::string> names = NamesOfKeys();
    const auto label = [&](size_t group, bool in_full) -> std::string {
      const std::vector<std::string>& values = grouped_.groups[group].values;
      if (values.empty()) return "all trials";
      if (values.size() == 1) return values[0];
      std::vector<std::string> parts;
      for (size_t i = 0; i < values.size(); ++i) {
        const bool named = Sweeps(*firsts_[group], grouped_.keys[i]);
        if (in_full || named) parts.push_back(absl::StrCat(names[i], "=", values[i]));
      }
      return absl::StrJoin(parts, ", ");
    };
    std::set<std::string> labels;
    for (size_t i = 0; i < grouped_.groups.size(); ++i) labels.insert(label(i, false));
    const bool in_full = labels.size() < grouped_.groups.size() || labels.count("") > 0;
    for (size_t i = 0; i < grouped_.groups.size(); ++i) {
      grouped_.groups[i].label = label(i, in_full);
    }
  }

  Stratum& FindOrAddStratum(const std::string& label, const std::string& task) {
    for (Stratum& stratum : grouped_.strata) {
      if (stratum.label == label) return stratum;
    }
    grouped_.strata.emplace_back();
    grouped_.strata.back().label = label;
    grouped_.strata.back().task = task;
    return grouped_.strata.back();
  }

  absl::Status FindRange(Stratum& stratum) const {
    std::vector<LearningCurve> curves;
    for (const std::vector<Run>& runs : stratum.runs) {
      for (const Run& run : runs) curves.push_back(run.curve);
    }
    const std::optional<StepRange> range = CommonRange(curves);
    if (!range.has_value()) {
      return absl::FailedPreconditionError(
          absl::StrCat(stratum.label, ": the trials have no step in common at which all have a ",
                       "value of ", options_.metric, "; compare those of like length"));
    }
    stratum.range = *range;
    if (options_.at.has_value()) stratum.range.last = *options_.at;
    return absl::OkStatus();
  }

  absl::Status NothingCounts() const {
    std::string message = "no trial counts:";
    for (size_t i = 0; i < grouped_.left_out.size() && i < kMostNamedKeys; ++i) {
      const LeftOut& left_out = grouped_.left_out[i];
      absl::StrAppend(&message, i == 0 ? " " : "; ", left_out.trial, " ", left_out.why);
    }
    if (grouped_.left_out.size() > kMostNamedKeys) {
      absl::StrAppend(&message, "; and ", grouped_.left_out.size() - kMostNamedKeys, " more");
    }
    if (!options_.unfinished) {
      absl::StrAppend(&message, "\n--unfinished takes trials as far as they came");
    }
    return absl::FailedPreconditionError(message);
  }

  void WarnOfMixtures() {
    std::set<std::string> warned;
    for (const auto& [place, settings] : members_) {
      const std::vector<std::string> differing = KeysThatDiffer(settings);
      const std::string& label = grouped_.groups[place.second].label;
      if (differing.empty() || !warned.insert(label).second) continue;
      grouped_.warnings.push_back(absl::StrCat("the seeds of ", label,
                                               " are not of one configuration: they differ in ",
                                               Some(differing)));
    }
  }

  const absl::Span<const RecordedTrial> trials_;
  const GroupingOptions& options_;
  std::vector<Settings> settings_;  // of each trial
  std::vector<std::string> swept_;
  std::set<std::string> with_the_task_;
  std::vector<const RecordedTrial*> firsts_;  // of each group
  std::vector<Candidate> candidates_;         // of each trial
  std::map<std::pair<std::string, size_t>, std::vector<const Settings*>> members_;
  GroupedTrials grouped_;
};

}  // namespace

std::vector<std::string> LeftOutSentences(const GroupedTrials& trials) {
  std::vector<std::string> reasons;  // in the order in which they come up first
  std::map<std::string, std::vector<std::string>> trials_of;
  for (const LeftOut& left_out : trials.left_out) {
    std::vector<std::string>& with_it = trials_of[left_out.why];
    if (with_it.empty()) reasons.push_back(left_out.why);
    with_it.push_back(left_out.trial);
  }
  std::vector<std::string> sentences;
  for (const std::string& why : reasons) {
    const std::vector<std::string>& with_it = trials_of[why];
    std::string& sentence = sentences.emplace_back(absl::StrCat(with_it[0], " ", why));
    const size_t more = with_it.size() - 1;
    if (more == 0) continue;
    const size_t named = std::min(more, kMostNamedKeys);
    absl::StrAppend(&sentence, "; so with ",
                    absl::StrJoin(with_it.begin() + 1, with_it.begin() + 1 + named, ", "));
    if (more > named) absl::StrAppend(&sentence, " and ", more - named, " more");
  }
  return sentences;
}

absl::StatusOr<GroupedTrials> GroupTrials(absl::Span<const RecordedTrial> trials,
                                          const GroupingOptions& options) {
  return Sorter(trials, options).Sort();
}

}  // namespace vagram::analysis

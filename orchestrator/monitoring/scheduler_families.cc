#include "orchestrator/monitoring/scheduler_families.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "orchestrator/gang_plan.h"
#include "orchestrator/monitoring/metric_family.h"

namespace vagram {
namespace {

using prometheus::MetricFamily;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// Of one value without labels.
MetricFamily Single(MetricFamily family, double value) {
  AddSeries(family, {}, value);
  return family;
}

MetricFamily WorkerSeconds(const std::map<v1::Role, TimeUseSeconds>& time_use) {
  MetricFamily family = CounterFamily(
      "vagram_worker_seconds_total",
      "What workers did with their time: working, starved (waiting for what another role makes) or "
      "blocked (waiting for another role to take what they made).");
  for (const v1::Role role : {v1::ACTOR, v1::LEARNER, v1::MODEL_SERVER}) {
    const auto found = time_use.find(role);
    const TimeUseSeconds seconds = found == time_use.end() ? TimeUseSeconds() : found->second;
    const auto add = [&](const char* state, double value) {
      AddSeries(family, {{"role", std::string(RoleName(role))}, {"state", state}}, value);
    };
    add("working", seconds.working);
    add("starved", seconds.starved);
    add("blocked", seconds.blocked);
  }
  return family;
}

std::string LossOf(const v1::TrialConfig& config) {
  return config.algorithm() == "sac" || config.model().loss().empty() ? "none"
                                                                      : config.model().loss();
}

std::string EnvOf(const v1::EnvConfig& env) {
  if (!env.task().empty()) return env.task();
  return env.id().empty() ? env.plugin() : env.id();
}

MetricLabels LabelsOf(const ActiveTrial& active) {
  return {{"experiment", absl::StrCat(active.experiment)},
          {"trial", active.trial.id()},
          {"loss", LossOf(active.trial.config())}};
}

MetricLabels InfoLabelsOf(const ActiveTrial& active) {
  const v1::Trial& trial = active.trial;
  MetricLabels labels = LabelsOf(active);
  labels.push_back({"label", trial.label()});
  labels.push_back({"algorithm", trial.config().algorithm()});
  labels.push_back({"env", EnvOf(trial.config().env())});
  labels.push_back({"seed", absl::StrCat(trial.seed())});
  return labels;
}

// A gauge of every trial.
struct TrialGauge {
  const char* name;
  const char* help;
  double (*value)(const ActiveTrial&);  // NaN: not known yet
};

double IfHeard(const ActiveTrial& active, double value) {
  return active.trial.has_progress() ? value : kUnknown;
}

constexpr TrialGauge kTrialGauges[] = {
    {"vagram_trial_env_steps", "Environment steps that the trial has done.",
     [](const ActiveTrial& active) {
       return IfHeard(active, static_cast<double>(active.trial.progress().step()));
     }},
    {"vagram_trial_env_steps_goal", "Environment steps after which the trial is done.",
     [](const ActiveTrial& active) {
       return static_cast<double>(active.trial.config().num_steps());
     }},
    {"vagram_trial_env_steps_per_second", "Environment steps per second over the last ten seconds.",
     [](const ActiveTrial& active) { return active.env_steps_per_second.value_or(kUnknown); }},
    {"vagram_trial_updates_per_second", "Updates of the agent per second, as the learner says.",
     [](const ActiveTrial& active) {
       return IfHeard(active, active.trial.progress().updates_per_second());
     }},
    {"vagram_trial_episode_return", "Mean return of the last evaluation.",
     [](const ActiveTrial& active) {
       return IfHeard(active, active.trial.progress().episode_return());
     }},
    {"vagram_trial_attempt", "Number of the trial's attempt, 1 for the first.",
     [](const ActiveTrial& active) { return static_cast<double>(active.trial.attempt()); }},
    {"vagram_trial_replaced_actors", "Actors replaced in this attempt.",
     [](const ActiveTrial& active) { return static_cast<double>(active.trial.replaced_actors()); }},
    {"vagram_trial_last_progress_timestamp_seconds",
     "When the trial gave its last sign of work, in seconds since 1970.",
     [](const ActiveTrial& active) {
       return active.worked_at.has_value()
                  ? absl::ToDoubleSeconds(*active.worked_at - absl::UnixEpoch())
                  : kUnknown;
     }},
};

}  // namespace

std::vector<MetricFamily> TotalFamilies(const SchedulerStatistics& statistics) {
  const SchedulerTotals& totals = statistics.totals;
  const auto counter = [](const char* name, const char* help, int64_t value) {
    return Single(CounterFamily(name, help), static_cast<double>(value));
  };
  return {
      Single(GaugeFamily("vagram_slots", "Slots of the service."), statistics.slots),
      Single(GaugeFamily("vagram_used_slots", "Slots that trials with processes take."),
             statistics.used_slots),
      counter("vagram_env_steps_total", "Environment steps that trials have taken.",
              totals.env_steps),
      counter("vagram_launched_attempts_total", "Attempts of trials whose processes were started.",
              totals.launched_attempts),
      counter("vagram_failed_attempts_total",
              "Attempts that ended in a failure, which counts against the experiment's restarts.",
              totals.failed_attempts),
      counter("vagram_interrupted_attempts_total",
              "Attempts that were preempted, or lost to a restart of the service.",
              totals.interrupted_attempts),
      counter("vagram_replaced_actors_total", "Actors that took the place of a lost one.",
              totals.replaced_actors),
      WorkerSeconds(totals.time_use),
  };
}

MetricFamily TrialStateFamily(const std::map<v1::TrialState, int64_t>& counts) {
  MetricFamily family = GaugeFamily("vagram_trials", "Trials in the database by state.");
  const google::protobuf::EnumDescriptor* const states = v1::TrialState_descriptor();
  for (int i = 0; i < states->value_count(); ++i) {
    const auto state = static_cast<v1::TrialState>(states->value(i)->number());
    if (state == v1::TRIAL_STATE_UNSPECIFIED) continue;
    const auto found = counts.find(state);
    AddSeries(family, {{"state", absl::AsciiStrToLower(states->value(i)->name())}},
              found == counts.end() ? 0 : static_cast<double>(found->second));
  }
  return family;
}

std::vector<MetricFamily> TrialFamilies(const SchedulerStatistics& statistics) {
  const size_t shown = std::min(statistics.active.size(), kMaxTrialSeries);
  MetricFamily info = GaugeFamily("vagram_trial_info",
                                  "Always 1; what the trial is, to be joined on the label trial.");
  for (size_t i = 0; i < shown; ++i) AddSeries(info, InfoLabelsOf(statistics.active[i]), 1);
  std::vector<MetricFamily> families = {
      Single(GaugeFamily("vagram_omitted_trials",
                         "Active trials without series of their own, because there are too many."),
             static_cast<double>(statistics.active.size() - shown)),
      std::move(info)};
  for (const TrialGauge& gauge : kTrialGauges) {
    MetricFamily& family = families.emplace_back(GaugeFamily(gauge.name, gauge.help));
    for (size_t i = 0; i < shown; ++i) {
      const ActiveTrial& active = statistics.active[i];
      AddSeries(family, LabelsOf(active), gauge.value(active));
    }
  }
  return families;
}

}  // namespace vagram

// How trials are found that run but do nothing.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/logging.h"
#include "orchestrator/scheduler.h"

namespace vagram {
namespace {

std::string FormatSilence(absl::Duration silence) {
  return silence < absl::Minutes(2) ? absl::StrCat(absl::ToInt64Seconds(silence), " s")
                                    : absl::StrCat(absl::ToInt64Minutes(silence), " min");
}

std::string Describe(const v1::Trial& trial, absl::Time worked_at, absl::Time now) {
  const std::string when = absl::FormatTime("%Y-%m-%d %H:%M:%S", worked_at, absl::LocalTimeZone());
  const std::string silence = FormatSilence(now - worked_at);
  if (!trial.has_progress()) {
    return absl::StrCat("no sign of work for ", silence, ": none since all workers were there at ",
                        when);
  }
  const v1::Progress& progress = trial.progress();
  return absl::StrCat(
      "no sign of work for ", silence, ": step ", progress.step(),
      progress.activity().empty() ? "" : absl::StrCat(", \"", progress.activity(), "\""),
      ", the last one seen at ", when);
}

}  // namespace

void Scheduler::HearProgress(Live& live, const v1::Progress& progress, absl::Time now) {
  v1::Trial& trial = live.record.trial;
  const bool works = !trial.has_progress() || progress.work() != trial.progress().work() ||
                     progress.step() != trial.progress().step();
  *trial.mutable_progress() = progress;
  totals_.env_steps += live.pace.Advance(progress.step(), now);
  live.progress_saved = false;
  if (!works) return;
  live.worked_at = now;
  if (trial.state() != v1::STALLED) return;
  const absl::Status status = Become(live, RunsAgain(live.record));
  // Then the next sign of work does.
  LOG_IF(ERROR, !status.ok()) << "end of a stall not stored trial=" << trial.id() << " " << status;
}

void Scheduler::FindStall(Live& live, absl::Time now) {
  const v1::Trial& trial = live.record.trial;
  if (trial.state() != v1::RUNNING && trial.state() != v1::STALLED) return;
  const absl::Duration silence = now - live.worked_at;
  const absl::Duration stalled = absl::Seconds(trial.config().schedule().stalled_after());
  const absl::Duration restart = absl::Seconds(trial.config().schedule().restart_stalled_after());
  // 0: never.
  if (restart > absl::ZeroDuration() && silence >= restart) {
    return live.gang->Fail(Describe(trial, live.worked_at, now), now);
  }
  if (trial.state() == v1::STALLED || stalled <= absl::ZeroDuration() || silence < stalled) return;
  const std::string reason = Describe(trial, live.worked_at, now);
  LOG(WARNING) << "trial stalled trial=" << trial.id() << " reason=" << reason;
  const absl::Status status = Become(live, Stalled(live.record, reason));
  LOG_IF_EVERY_N(ERROR, !status.ok(), 100)
      << "stall not stored trial=" << trial.id() << " " << status;
}

}  // namespace vagram

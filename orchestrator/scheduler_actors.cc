// How lost actors are replaced within their attempt.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "orchestrator/scheduler.h"

namespace vagram {
namespace {

// Between two replacements, also where the learner takes steps between them: an actor that dies
// whenever it starts must not keep the machine busy.
constexpr absl::Duration kReplaceInterval = absl::Seconds(1);

// 1st, 2nd, 3rd, 4th, ...
std::string Ordinal(int number) {
  const bool teen = number / 10 % 10 == 1;
  const int digit = teen ? 0 : number % 10;
  return absl::StrCat(number, digit == 1 ? "st" : digit == 2 ? "nd" : digit == 3 ? "rd" : "th");
}

}  // namespace

void Scheduler::ReplaceActors(Live& live, absl::Time now) {
  // Those found together have one cause, and count as one.
  std::string counted;
  for (const Gang::Loss& loss : live.gang->TakeLosses()) {
    LOG(WARNING) << "actor lost trial=" << live.record.id.ToString()
                 << " attempt=" << live.gang->attempt() << " reason=" << loss.reason;
    live.vacant.push_back(loss.slot);
    if (loss.counts) counted = loss.reason;
  }
  if (!counted.empty()) CountLoss(live, counted, now);
  if (stopping_ || address_.empty() || live.gang->leaving() || live.vacant.empty() ||
      now < std::max(live.replace_at, live.replaced_at + kReplaceInterval)) {
    return;
  }
  live.replaced_at = now;
  std::string failure;
  for (const WorkerSlot& slot : std::exchange(live.vacant, {})) {
    const absl::Status status = ReplaceActor(live, slot, now);
    if (status.ok()) continue;
    live.vacant.push_back(slot);
    LOG(ERROR) << "actor not replaced trial=" << live.record.id.ToString() << " " << status;
    // A full disk has room again some time; what else keeps a process from starting may stay.
    if (absl::IsResourceExhausted(status)) continue;
    failure = absl::StrCat("could not start ", slot.Name(), ": ", status.message());
  }
  if (!failure.empty()) CountLoss(live, failure, now);
}

void Scheduler::CountLoss(Live& live, const std::string& reason, absl::Time now) {
  const int64_t step = live.record.trial.progress().step();
  if (step != live.loss_step) live.losses = 0;
  live.loss_step = step;
  ++live.losses;
  if (live.losses > live.record.restarts) {
    return live.gang->Fail(
        absl::StrCat(reason, live.losses == 1 ? ""
                                              : absl::StrCat(", the ", Ordinal(live.losses),
                                                             " loss of an actor at step ", step)),
        now);
  }
  live.replace_at = live.losses == 1 ? now : now + RestartPause(live.losses - 1);
}

absl::Status Scheduler::ReplaceActor(Live& live, const WorkerSlot& slot, absl::Time now) {
  const std::string log_file = live.gang->Find(slot)->log_file;
  // First the intent: should this process die now, the next one cannot know whether an actor was
  // launched that it has no record of, and begins another attempt, which fences it off.
  RETURN_IF_ERROR(PutWorker(live, slot, Process(), /*address=*/"", log_file));
  ASSIGN_OR_RETURN(const Process process, LaunchWorker(live, slot, log_file));
  live.gang->Replace(slot, process, now);
  v1::Trial& trial = live.record.trial;
  trial.set_replaced_actors(trial.replaced_actors() + 1);
  ++totals_.replaced_actors;
  ++versions_[live.record.id.experiment];
  LOG(INFO) << "actor replaced trial=" << trial.id() << " attempt=" << trial.attempt()
            << " name=" << slot.Name() << " pid=" << process.pid;
  // The actor works whether the store has room for this or not.
  absl::Status stored = PutWorker(live, slot, process, /*address=*/"", log_file);
  stored.Update(deps_.store->UpdateTrial(live.record, nullptr));
  LOG_IF(ERROR, !stored.ok()) << "replaced actor not recorded trial=" << trial.id() << " "
                              << stored;
  return absl::OkStatus();
}

}  // namespace vagram

#include "orchestrator/dashboard/event_streams.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "orchestrator/cli/json.h"
#include "orchestrator/log_follower.h"

namespace vagram {
namespace {

constexpr absl::Duration kWait = absl::Milliseconds(500);
// A connection through which nothing goes is not noticed to be gone by what lies between.
constexpr absl::Duration kSilence = absl::Seconds(15);
constexpr absl::Duration kShortestRest = absl::Milliseconds(300);

// JSON has no line breaks, so that one data line holds it.
std::string Event(absl::string_view name, absl::string_view json) {
  return absl::StrCat("event: ", name, "\ndata: ", json, "\n\n");
}

// Says something now and then where there is nothing to say. False once the client is gone.
class Silence {
 public:
  bool Kept(const EventStreams::Sink& sink, bool spoke) {
    const absl::Time now = absl::Now();
    if (spoke) since_ = now;
    if (now - since_ < kSilence) return sink.is_writable();
    since_ = now;
    return sink.write(": nothing new\n\n");
  }

 private:
  absl::Time since_ = absl::Now();
};

class ExperimentStream {
 public:
  ExperimentStream(DashboardApi* api, int64_t experiment, std::shared_ptr<void> place)
      : api_(api), experiment_(experiment), place_(std::move(place)) {}

  bool Next(const EventStreams::Sink& sink) {
    if (api_->deps().stop->tripped()) return false;
    const absl::StatusOr<ExperimentSnapshots::Snapshot> next = api_->snapshots().Get(experiment_);
    if (!next.ok()) return false;
    const bool is_new = *next != last_;
    if (is_new) {
      if (!sink.write(Event("experiment", Changes(**next)))) return false;
      last_ = *next;
    }
    if (!silence_.Kept(sink, is_new)) return false;
    // What changes meanwhile is merged. A snapshot of an older version waits for its pause only.
    api_->deps().stop->WaitFor(kShortestRest);
    const Scheduler* const scheduler = api_->deps().scheduler;
    if (scheduler->Version(experiment_) == last_->version) {
      scheduler->AwaitChange(experiment_, last_->version, kWait);
    }
    return true;
  }

 private:
  std::string Changes(const ExperimentSnapshot& next) const {
    std::vector<size_t> changed;
    for (size_t i = 0; i < next.trials_json.size(); ++i) {
      const bool same = last_ != nullptr && i < last_->trials_json.size() &&
                        last_->trials_json[i] == next.trials_json[i];
      if (!same) changed.push_back(i);
    }
    return absl::StrCat("{\"experiment\":", next.ToJson(changed),
                        ",\"trials\":", next.trials_json.size(),
                        ",\"swept_keys\":", next.swept_keys_json, "}");
  }

  DashboardApi* const api_;
  const int64_t experiment_;
  const std::shared_ptr<void> place_;
  ExperimentSnapshots::Snapshot last_;
  Silence silence_;
};

class LogStream {
 public:
  LogStream(DashboardApi* api, const TrialId& trial, int64_t tail_lines,
            std::shared_ptr<void> place)
      : api_(api),
        trial_(trial),
        place_(std::move(place)),
        follower_(api->deps().results, v1::ROLE_UNSPECIFIED, tail_lines) {
    v1::Trial& named = *experiment_.add_trials();
    named.set_id(trial.ToString());
  }

  bool Next(const EventStreams::Sink& sink) {
    if (api_->deps().stop->tripped()) return false;
    const absl::Time begin = absl::Now();
    // Asked first: what was written before the end is then in the files.
    const bool ended = !api_->deps().scheduler->Find(trial_).has_value();
    bool spoke = false;
    const bool sent = follower_.Read(experiment_, ended, [&](const v1::LogChunk& chunk) {
      spoke = true;
      return sink.write(Event("log", cli::ToJson(chunk, cli::JsonStyle::kOneLine)));
    });
    if (!sent || !silence_.Kept(sink, spoke)) return false;
    api_->deps().stop->WaitFor(std::max(kShortestRest, 10 * (absl::Now() - begin)));
    return true;
  }

 private:
  DashboardApi* const api_;
  const TrialId trial_;
  const std::shared_ptr<void> place_;
  v1::Experiment experiment_;  // as much of it as the follower reads
  LogFollower follower_;
  Silence silence_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<void>> EventStreams::TakePlace() {
  if (api_->deps().stop->tripped()) return absl::UnavailableError("the service stops");
  absl::MutexLock lock(&mu_);
  if (places_ >= kMaxStreams) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the dashboard feeds ", places_, " pages, which is the most it does; close one of them"));
  }
  ++places_;
  return std::shared_ptr<void>(nullptr, [this](void*) {
    absl::MutexLock release(&mu_);
    --places_;
  });
}

absl::StatusOr<EventStreams::Stream> EventStreams::OfExperiment(int64_t experiment) {
  RETURN_IF_ERROR(api_->snapshots().Get(experiment).status());
  ASSIGN_OR_RETURN(std::shared_ptr<void> place, TakePlace());
  auto stream = std::make_shared<ExperimentStream>(api_, experiment, std::move(place));
  return [stream](const Sink& sink) { return stream->Next(sink); };
}

absl::StatusOr<EventStreams::Stream> EventStreams::OfLogs(const TrialId& trial,
                                                          int64_t tail_lines) {
  if (tail_lines < 1 || tail_lines > kMaxTailLines) {
    return absl::InvalidArgumentError(
        absl::StrCat("tail_lines: expected 1 to ", kMaxTailLines, ", got ", tail_lines));
  }
  RETURN_IF_ERROR(api_->deps().store->GetTrial(trial).status());
  ASSIGN_OR_RETURN(std::shared_ptr<void> place, TakePlace());
  auto stream = std::make_shared<LogStream>(api_, trial, tail_lines, std::move(place));
  return [stream](const Sink& sink) { return stream->Next(sink); };
}

}  // namespace vagram

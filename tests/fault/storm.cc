#include "tests/fault/storm.h"

#include <signal.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/posix_storage.h"
#include "learner/trial_checkpoints.h"
#include "tests/e2e/cluster.h"

namespace vagram {
namespace {

constexpr absl::Duration kTimeout = absl::Minutes(10);  // of one round
constexpr int kEpochs = 20;
constexpr char kToldToEnd[] = "told to end";

// Small enough for seconds, with everything in it that a restart could lose.
constexpr char kSpec[] = R"(
name: storm
base:
  num_steps: 2000
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 4, warmup_steps: 200, dropout: 0.01}
  model: {members: 3, elites: 2, hidden_sizes: [16], batch_size: 64, max_epochs: 10, train_every: 100}
  imagine: {rollouts_per_step: 4, length: 2, retain_trainings: 2}
  schedule: {epoch_length: 100}
  evaluate: {episodes: 1}
  diagnose: {horizon: 0}
sweep:
  list:
    - {env.id: Pendulum-v1, model.loss: vagram, imagine.model_share: 0.5}
    - {env.id: Pendulum-v1, algorithm: sac}
    - {env.id: Pendulum-v1, model.loss: vagram, imagine.model_share: 0.5, schedule.mode: pipelined}
    - {env.id: Pendulum-v1, model.loss: vagram, imagine.model_share: 0, sac.target: mve, sac.expansion_horizon: 1, schedule.mode: pipelined}
    - {env.id: Hopper-v4, model.loss: mle, imagine.model_share: 0.5, imagine.length: 1}
    - {env.id: Hopper-v4, model.loss: mle, imagine.model_share: 0, sac.target: mve, sac.expansion_horizon: 2}
    - {env.id: Hopper-v4, model.loss: mle, imagine.model_share: 0.5, imagine.length: 1, schedule.mode: pipelined}
    - {env.id: Hopper-v4, model.loss: mle, imagine.model_share: 0, sac.target: mve, sac.expansion_horizon: 2, schedule.mode: pipelined}
seeds: [SEED]
restarts: 100
)";

bool Ended(const v1::Experiment& experiment) {
  return experiment.state() == v1::EXPERIMENT_SUCCEEDED ||
         experiment.state() == v1::EXPERIMENT_FAILED;
}

// Of the newest checkpoint.
absl::StatusOr<std::map<std::string, std::string>> FinalState(const v1::Trial& trial) {
  PosixStorage storage;
  ASSIGN_OR_RETURN(const auto store,
                   CheckpointStore::Open(&storage, absl::StrCat(trial.folder(), "/checkpoints")));
  ASSIGN_OR_RETURN(const RestoredCheckpoint newest, store->RestoreNewest());
  return ReproducibleState(newest);
}

absl::Status CompareTrials(Cluster& cluster, const v1::Trial& twin, const v1::Trial& disturbed) {
  const std::string who = absl::StrCat("trial ", disturbed.id(), " (", disturbed.label(), ")");
  if (disturbed.state() != v1::SUCCEEDED) {
    return absl::DataLossError(absl::StrCat(who, " did not succeed: ", disturbed.reason()));
  }
  ASSIGN_OR_RETURN(const auto expected, FinalState(twin));
  ASSIGN_OR_RETURN(const auto got, FinalState(disturbed));
  for (const auto& [name, bytes] : expected) {
    const auto part = got.find(name);
    if (part == got.end() || part->second != bytes) {
      return absl::DataLossError(
          absl::StrCat(who, " ended with another ", name, " than its undisturbed twin"));
    }
  }
  ASSIGN_OR_RETURN(const v1::GetMetricsResponse metrics, cluster.Metrics(disturbed.id()));
  if (metrics.rows_size() != kEpochs) {
    return absl::DataLossError(
        absl::StrCat(who, " has ", metrics.rows_size(), " rows of metrics, expected ", kEpochs));
  }
  for (int row = 0; row < kEpochs; ++row) {
    if (metrics.rows(row).epoch() != row) {
      return absl::DataLossError(
          absl::StrCat(who, " has epoch ", metrics.rows(row).epoch(), " in row ", row));
    }
  }
  return absl::OkStatus();
}

class Storm {
 public:
  Storm(const StormOptions& options, Cluster* cluster)
      : options_(options), cluster_(*cluster), rng_(DeriveSeed(options.seed, "storm")) {
    for (const char* kind : {"ACTOR", "LEARNER", "MODEL_SERVER", "orchestrator", kToldToEnd}) {
      report_.kills[kind] = 0;
    }
  }

  bool Enough() const {
    return std::all_of(report_.kills.begin(), report_.kills.end(),
                       [this](const auto& entry) { return entry.second >= options_.kills; });
  }

  absl::Status Round(int seed) {
    const std::string spec = absl::StrReplaceAll(kSpec, {{"SEED", absl::StrCat(seed)}});
    ASSIGN_OR_RETURN(const std::string twin_id, cluster_.Submit(spec));
    ASSIGN_OR_RETURN(const v1::Experiment twin, cluster_.WaitUntilEnded(twin_id, kTimeout));
    if (twin.state() != v1::EXPERIMENT_SUCCEEDED) {
      return absl::InternalError(
          absl::StrCat("the undisturbed trials failed: ", twin.trials(0).reason()));
    }
    ASSIGN_OR_RETURN(const std::string id, cluster_.Submit(spec));
    ASSIGN_OR_RETURN(const v1::Experiment experiment, KillUntilEnded(id));
    for (int i = 0; i < experiment.trials_size(); ++i) {
      RETURN_IF_ERROR(CompareTrials(cluster_, twin.trials(i), experiment.trials(i)));
      ++report_.trials;
      report_.attempts += static_cast<int>(experiment.trials(i).attempt());
    }
    return absl::OkStatus();
  }

  const StormReport& report() const { return report_; }

 private:
  absl::StatusOr<v1::Experiment> KillUntilEnded(const std::string& id) {
    const absl::Time deadline = absl::Now() + kTimeout;
    while (absl::Now() < deadline) {
      absl::StatusOr<v1::Experiment> ended =
          cluster_.WaitUntil(id, absl::Seconds(rng_.Uniform(0.1, 1)), Ended);
      if (!absl::IsDeadlineExceeded(ended.status())) return ended;
      ASSIGN_OR_RETURN(const v1::Experiment experiment, cluster_.Get(id));
      if (!Enough()) RETURN_IF_ERROR(KillSomething(experiment));
    }
    return absl::DeadlineExceededError(
        absl::StrCat("a round of the storm took longer than ", absl::FormatDuration(kTimeout)));
  }

  // One process: of the kind that was killed least, the orchestrator included; or one of any kind
  // is told to end (SIGTERM).
  absl::Status KillSomething(const v1::Experiment& experiment) {
    const auto least =
        std::min_element(report_.kills.begin(), report_.kills.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (least->first == "orchestrator") {
      ++least->second;
      return cluster_.KillAndRestart();
    }
    std::vector<int64_t> pids;
    for (const v1::Trial& trial : experiment.trials()) {
      for (const v1::Worker& worker : trial.workers()) {
        const bool is_meant =
            least->first == kToldToEnd || v1::Role_Name(worker.role()) == least->first;
        if (is_meant) pids.push_back(worker.pid());
      }
    }
    if (pids.empty()) return absl::OkStatus();
    const auto pid = static_cast<pid_t>(pids[rng_.Below(pids.size())]);
    if (kill(pid, least->first == kToldToEnd ? SIGTERM : SIGKILL) == 0) ++least->second;
    return absl::OkStatus();
  }

  const StormOptions options_;
  Cluster& cluster_;
  Rng rng_;
  StormReport report_;
};

}  // namespace

absl::StatusOr<StormReport> RunStorm(const StormOptions& options, std::ostream& progress) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Cluster> cluster, Cluster::Start(/*slots=*/2));
  Storm storm(options, cluster.get());
  for (int seed = 0; !storm.Enough(); ++seed) {
    RETURN_IF_ERROR(storm.Round(seed));
    progress << "round " << seed + 1 << ":";
    for (const auto& [role, kills] : storm.report().kills) progress << " " << role << " " << kills;
    progress << " killed, " << storm.report().trials << " trials in " << storm.report().attempts
             << " attempts, each as its undisturbed twin" << std::endl;
  }
  return storm.report();
}

}  // namespace vagram

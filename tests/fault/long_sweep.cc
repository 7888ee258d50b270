#include "tests/fault/long_sweep.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "testing/eventually.h"
#include "tests/e2e/cluster.h"

namespace vagram {
namespace {

constexpr absl::Duration kPatience =
    absl::Minutes(5);  // for a share of the sweep between two kills
constexpr int kEpochs = 2;
constexpr int kVariants = 4;

// Two variants without a model, two with one.
constexpr char kSpec[] = R"(
name: long-sweep
base:
  env: {id: Pendulum-v1, max_episode_steps: 20}
  num_steps: 60
  sac: {hidden_sizes: [8], batch_size: 8, updates_per_step: 1, warmup_steps: 20}
  model: {members: 2, elites: 1, hidden_sizes: [8], batch_size: 16, max_epochs: 2, train_every: 20}
  imagine: {rollouts_per_step: 2, length: 1}
  schedule: {epoch_length: 30}
  evaluate: {episodes: 1}
  diagnose: {horizon: 0}
sweep:
  list:
    - {algorithm: sac}
    - {algorithm: sac, sac.layer_norm: true}
    - {model.loss: mle}
    - {model.loss: vagram}
)";

int Done(const v1::Experiment& experiment) {
  return static_cast<int>(
      std::count_if(experiment.trials().begin(), experiment.trials().end(),
                    [](const v1::Trial& trial) { return trial.has_ended_at(); }));
}

absl::Status Account(Cluster& cluster, const v1::Trial& trial) {
  const std::string who = absl::StrCat("trial ", trial.id(), " (", trial.label(), ")");
  if (trial.state() != v1::SUCCEEDED) {
    return absl::DataLossError(
        absl::StrCat(who, " is ", v1::TrialState_Name(trial.state()), ": ", trial.reason()));
  }
  if (trial.workers_size() > 0) {
    return absl::DataLossError(
        absl::StrCat(who, " has ended, ", trial.workers_size(), " of its processes have not"));
  }
  ASSIGN_OR_RETURN(const v1::GetMetricsResponse metrics, cluster.Metrics(trial.id()));
  bool whole = metrics.rows_size() == kEpochs;
  for (int row = 0; whole && row < kEpochs; ++row) whole = metrics.rows(row).epoch() == row;
  const std::string csv = ReadFile(trial.folder() + "/metrics.csv");
  whole = whole && std::count(csv.begin(), csv.end(), '\n') == 1 + kEpochs;
  if (whole) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(who, " has ", metrics.rows_size(),
                                          " rows of metrics in the store, and this in its file:\n",
                                          csv));
}

}  // namespace

absl::StatusOr<LongSweepReport> RunLongSweep(const LongSweepOptions& options,
                                             std::ostream& progress) {
  if (options.trials < kVariants || options.trials % kVariants != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a multiple of ", kVariants, " trials, got ", options.trials));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Cluster> cluster, Cluster::Start(/*slots=*/2));
  ASSIGN_OR_RETURN(const std::string id, cluster->Submit(absl::StrCat(
                                             kSpec, "seeds: ", options.trials / kVariants, "\n")));
  Rng rng(DeriveSeed(options.seed, "long sweep"));
  const absl::Time begun = absl::Now();
  for (int kill = 0; kill < options.kills; ++kill) {
    // Anywhere in this kill's share of the sweep.
    const double share = (kill + rng.Uniform(0.1, 0.9)) / options.kills;
    const int done = static_cast<int>(share * options.trials);
    RETURN_IF_ERROR(
        cluster->WaitUntil(id, kPatience, [&](const v1::Experiment& e) { return Done(e) >= done; })
            .status());
    RETURN_IF_ERROR(cluster->KillAndRestart());
    progress << "after " << done << " trials the orchestrator was killed" << std::endl;
  }
  RETURN_IF_ERROR(
      cluster
          ->WaitUntil(id, kPatience,
                      [](const v1::Experiment& e) { return Done(e) == e.trials_size(); })
          .status());
  // Their last processes may take a moment longer than the experiment; who stays is named below.
  v1::Experiment experiment;
  Eventually(kPatience, [&] {
    const auto present = cluster->Get(id);
    if (present.ok()) experiment = *present;
    return present.ok() && std::all_of(experiment.trials().begin(), experiment.trials().end(),
                                       [](const v1::Trial& t) { return t.workers().empty(); });
  });
  LongSweepReport report;
  std::set<std::string> labels;
  for (const v1::Trial& trial : experiment.trials()) {
    RETURN_IF_ERROR(Account(*cluster, trial));
    labels.insert(trial.label());
    report.restarts += static_cast<int>(trial.attempt()) - 1;
  }
  report.trials = static_cast<int>(labels.size());
  if (report.trials != options.trials || experiment.trials_size() != options.trials) {
    return absl::DataLossError(absl::StrCat("expected ", options.trials, " trials, got ",
                                            experiment.trials_size(), ", ", report.trials,
                                            " of them different"));
  }
  progress << report.trials << " trials took "
           << absl::FormatDuration(absl::Trunc(absl::Now() - begun, absl::Seconds(1))) << std::endl;
  return report;
}

}  // namespace vagram

#ifndef ORCHESTRATOR_SEARCH_H_
#define ORCHESTRATOR_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "orchestrator/early_stopping.h"
#include "orchestrator/store/store.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// One experiment with early stopping: what its trials have shown at the rungs, and what that means
// for them. Knows trials by their index; decides nothing that early_stopping.h does not. A value;
// not thread-safe.
class Search {
 public:
  // num_steps: of every trial of the experiment, in order.
  Search(int64_t experiment, const EarlyStopping& early_stopping,
         const std::vector<int64_t>& num_steps);

  int64_t experiment() const { return experiment_; }
  size_t ArmOf(int64_t trial) const { return static_cast<size_t>(trial / options_.seeds); }

  // What the rows show at rungs that the trial had not reached, in order. The first row at or
  // beyond a rung that has the metric counts.
  std::vector<RungResult> NewResults(int64_t trial, absl::Span<const v1::MetricRow> rows) const;

  void Add(const EarlyStoppingUpdate& update);
  void SetFate(int64_t trial, asha::Fate fate);
  asha::Fate FateOfTrial(int64_t trial) const { return SeedOf(trial).fate; }

  int NumReached(int64_t trial) const;  // rungs
  // Whether the trial is to rest until its arm is promoted.
  bool MustWait(int64_t trial) const;
  asha::Decision Decide() const { return asha::Decide(arms_, options_.reduction); }

  // "waits at rung 1 of 3 (10000 steps)".
  std::string WaitReason(int64_t trial) const;
  // The same with who is still missing, or how the arm stands.
  std::string WaitDetail(int64_t trial) const;
  // Why a trial that waits is stopped: rung, result, and where those begin that went on.
  std::string StopReason(int64_t trial) const;

 private:
  const asha::Seed& SeedOf(int64_t trial) const;
  asha::Seed& SeedOf(int64_t trial);
  // The rung that its arm has to be promoted from next, or the last one it has reached.
  int RungOf(int64_t trial) const;
  std::string RungName(int64_t trial) const;  // "rung 1 of 3 (10000 steps)"

  int64_t experiment_;
  EarlyStopping options_;
  std::vector<asha::Arm> arms_;
  std::vector<std::vector<int64_t>> rungs_;  // steps, by trial
};

// How a trial in that state looks to the rule.
asha::Fate FateOf(v1::TrialState state, bool at_rung);

}  // namespace vagram

#endif  // ORCHESTRATOR_SEARCH_H_

#ifndef ORCHESTRATOR_EARLY_STOPPING_H_
#define ORCHESTRATOR_EARLY_STOPPING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vagram {

// Asynchronous successive halving (ASHA; Li et al. 2020, "A System for Massively Parallel
// Hyperparameter Tuning", algorithm 2), over arms: an arm is a point of the sweep with all its
// seeds, and its result at a rung is their mean. docs/design/0020-budgets-and-early-stopping.md.

// What the `early_stopping` of an experiment file says.
struct EarlyStopping {
  std::string metric;      // of a row of metrics; higher is better
  int64_t first_rung = 1;  // environment steps; the next rungs are at first_rung * reduction^k
  int64_t reduction = 3;   // the best 1/reduction of the arms at a rung go on; at least 2
  int64_t seeds = 1;       // trials of an arm, which follow one another in the experiment
};

// The steps of the rungs of a trial, ascending: all below `num_steps`.
std::vector<int64_t> RungSteps(const EarlyStopping& early_stopping, int64_t num_steps);

// The rule. Pure functions of what the arms have shown; rungs count from 1.
namespace asha {

enum class Fate {
  kComing,     // queued, running, or paused by a user: may still show something
  kWaits,      // rests at its last rung until its arm is promoted from it
  kSucceeded,  // came to its own end
  kStopped,    // was stopped at a rung
  kLost,       // failed or cancelled: does not count, whatever it has shown
};

struct Seed {
  Fate fate = Fate::kComing;
  std::vector<double> values;  // at rungs 1, 2, ... as far as it came; NaN is worse than all others
};

struct Arm {
  std::vector<Seed> seeds;
  int promoted = 0;  // the last rung that it was promoted from; 0: none
};

// How an arm did at a rung: the mean over its seeds that are not lost. nullopt until every seed
// that may still come is there, and when none is left.
std::optional<double> ResultAt(const Arm& arm, int rung);

// Who did how at a rung.
struct Standing {
  size_t arms = 0;              // that are complete at it
  size_t places = 0;            // how many of these the reduction lets go on
  size_t rank = 0;              // of the arm in question, from 1; 0: it is not complete
  std::optional<double> worst;  // result among those that were promoted
};
Standing StandingOf(const std::vector<Arm>& arms, size_t arm, int rung, int64_t reduction);

struct Decision {
  std::vector<std::pair<size_t, int>> promoted;  // arms and what their `promoted` is to become
  std::vector<size_t> stopped;                   // arms whose waiting seeds are to end
};

// What follows from the arms' results; nothing when it has been carried out.
//
// - An arm is promoted from a rung when it is among the best floor(n / reduction) of the n arms
//   that are complete at it. Of equal ones the first is the better. Highest rung first.
// - When no seed can come any more and none may go on, the search is at its end: if a seed has
//   succeeded, all arms that wait are stopped; else the best arm at the highest rung is promoted,
//   so that one comes to its end, however few there are.
Decision Decide(std::vector<Arm> arms, int64_t reduction);

}  // namespace asha
}  // namespace vagram

#endif  // ORCHESTRATOR_EARLY_STOPPING_H_

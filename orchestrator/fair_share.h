#ifndef ORCHESTRATOR_FAIR_SHARE_H_
#define ORCHESTRATOR_FAIR_SHARE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "orchestrator/resources.h"
#include "orchestrator/store/trial_id.h"

namespace vagram {

// Decides which of the queued trials start next:
//
// 1. The highest priority comes first, whatever its experiments use already.
// 2. Within a priority it is the turn of the experiment that uses the smallest share now: the
//    largest part of slots, threads or memory that it takes. Of several it is the oldest's.
// 3. Within an experiment it is the turn of the first trial in order.
// 4. A trial whose turn it is while some of all it needs is free, but of something not enough,
//    waits first in line: until it starts, nothing else does that its priority or a lower one has
//    queued. A higher priority goes before it, and leaves it its turn.
//
// So what is free gathers for a trial that needs much, which narrow ones would otherwise take for
// ever, for nobody knows when a running trial ends; and a lower priority gets what higher ones have
// no trial for. While an experiment uses nothing, only older ones of its priority go before it:
// each gets its turn once those have ended.
//
// It remembers whose turn it is, and nothing else. Not thread-safe.
class FairShare {
 public:
  struct Queued {
    TrialId id;
    int priority = 0;  // the same for all trials of an experiment
    Resources needs;
  };

  // Whose turn it would be if there were enough of all it needs.
  struct Blocked {
    Queued trial;
    Resource lacks = Resource::kSlots;  // the first of which too little is left
    bool first_in_line = false;         // it has its turn until it starts
  };

  struct Choice {
    std::vector<TrialId> trials;     // to start now, in order, as if each were started at once
    std::optional<Blocked> blocked;  // who keeps the others from starting; nullopt: nobody
  };

  explicit FairShare(const Budget& budget) : budget_(budget) {}

  // Takes O(n log n) for n queued trials at most.
  //   queue: all trials that could start, experiment by experiment in order of their ids, those of
  //     one in the order in which they are to start; none needs more than the whole budget.
  //   used: what experiments use now.
  Choice Choose(absl::Span<const Queued> queue,
                const absl::flat_hash_map<int64_t, Resources>& used);

 private:
  const Budget budget_;
  std::map<int, TrialId> turns_;  // by priority: who waits first in line
};

}  // namespace vagram

#endif  // ORCHESTRATOR_FAIR_SHARE_H_

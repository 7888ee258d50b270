#include "orchestrator/fair_share.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

namespace vagram {
namespace {

// One experiment with queued trials.
struct Share {
  const FairShare::Queued& Head() const { return *waiting[started]; }
  bool IsEmpty() const { return started == waiting.size(); }

  int64_t experiment = 0;
  Resources used;
  double share = 0;                               // that `used` makes
  std::vector<const FairShare::Queued*> waiting;  // in the order in which they start
  size_t started = 0;                             // of those
};

struct SmallerShare {
  bool operator()(const Share* a, const Share* b) const {
    return std::tie(a->share, a->experiment) < std::tie(b->share, b->experiment);
  }
};

// The experiments of one priority, in order of their ids.
using Shares = std::vector<Share>;

std::map<int, Shares, std::greater<int>> SharesByPriority(
    absl::Span<const FairShare::Queued> queue, const absl::flat_hash_map<int64_t, Resources>& used,
    const Budget& budget) {
  std::map<int, Shares, std::greater<int>> by_priority;
  for (const FairShare::Queued& trial : queue) {
    Shares& shares = by_priority[trial.priority];
    const int64_t experiment = trial.id.experiment;
    if (shares.empty() || shares.back().experiment != experiment) {
      Share& share = shares.emplace_back();
      share.experiment = experiment;
      if (const auto found = used.find(experiment); found != used.end()) share.used = found->second;
      share.share = budget.Share(share.used);
    }
    shares.back().waiting.push_back(&trial);
  }
  return by_priority;
}

// Puts the trial before the others of its experiment. nullptr: it is not among them.
Share* PutFirst(const TrialId& trial, Shares& shares) {
  for (Share& share : shares) {
    if (share.experiment != trial.experiment) continue;
    const auto is_it = [&](const FairShare::Queued* queued) { return queued->id == trial; };
    const auto found = std::find_if(share.waiting.begin(), share.waiting.end(), is_it);
    if (found == share.waiting.end()) return nullptr;
    std::rotate(share.waiting.begin(), found, found + 1);
    return &share;
  }
  return nullptr;
}

}  // namespace

FairShare::Choice FairShare::Choose(absl::Span<const Queued> queue,
                                    const absl::flat_hash_map<int64_t, Resources>& used) {
  Resources all_used;
  for (const auto& [experiment, resources] : used) all_used += resources;
  const std::map<int, TrialId> turns_before = std::exchange(turns_, {});
  Choice choice;
  for (auto& [priority, shares] : SharesByPriority(queue, used, budget_)) {
    const auto turn = turns_before.find(priority);
    Share* first = turn == turns_before.end() ? nullptr : PutFirst(turn->second, shares);
    if (first != nullptr) turns_[priority] = turn->second;
    if (choice.blocked.has_value()) continue;

    std::set<Share*, SmallerShare> order;
    for (Share& share : shares) order.insert(&share);
    while (!order.empty()) {
      Share* const share = first == nullptr ? *order.begin() : first;
      const Queued& trial = share->Head();
      if (const auto lacks = budget_.Short(trial.needs, all_used); lacks.has_value()) {
        // Where nothing is left nobody's turn has come: who uses the smallest share is seen when
        // something becomes free.
        if (budget_.SomeLeft(trial.needs, all_used)) turns_[priority] = trial.id;
        choice.blocked = Blocked{trial, *lacks, turns_.count(priority) > 0};
        break;
      }
      order.erase(share);
      all_used += trial.needs;
      share->used += trial.needs;
      share->share = budget_.Share(share->used);
      choice.trials.push_back(trial.id);
      ++share->started;
      if (!share->IsEmpty()) order.insert(share);
      if (first != nullptr) turns_.erase(priority);
      first = nullptr;
    }
  }
  return choice;
}

}  // namespace vagram

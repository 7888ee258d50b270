#include "orchestrator/spec/seeds.h"

#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "orchestrator/spec/settings.h"

namespace vagram {

std::vector<int64_t> ReadSeedList(const YamlNode& value, const std::string& key, int64_t first,
                                  int64_t most, Faults* faults) {
  std::vector<int64_t> seeds;
  if (value.kind != YamlNode::Kind::kSequence) {
    int64_t count = 1;
    ReadInteger(value, key, 1, most, &count, faults);
    for (int64_t i = 0; i < count; ++i) seeds.push_back(first + i);
    return seeds;
  }
  std::set<int64_t> seen;
  for (const YamlNode& item : value.items) {
    int64_t seed = 0;
    if (faults->full()) break;
    if (!ReadInteger(item, key, 0, std::numeric_limits<int64_t>::max(), &seed, faults)) continue;
    if (!seen.insert(seed).second) {
      faults->Add(item.at, key,
                  absl::StrCat("expected different seeds, got ", seed, " twice; remove one"));
    }
    seeds.push_back(seed);
  }
  if (value.items.empty()) {
    faults->Add(value.at, key, "expected at least one seed, got an empty list");
  }
  if (seeds.empty()) seeds.push_back(first);
  return seeds;
}

void KeepApart(const std::vector<int64_t>& seeds, const std::vector<int64_t>& tuning,
               const Position& at, Faults* faults) {
  const std::set<int64_t> reported(seeds.begin(), seeds.end());
  for (const int64_t seed : tuning) {
    if (faults->full()) return;
    if (reported.count(seed) == 0) continue;
    faults->Add(at, "tuning_seeds",
                absl::StrCat("expected other seeds than those of seeds, got ", seed,
                             " in both; what chose a setting cannot report on it"));
  }
}

}  // namespace vagram

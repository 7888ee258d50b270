#ifndef ORCHESTRATOR_SPEC_SEEDS_H_
#define ORCHESTRATOR_SPEC_SEEDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"

namespace vagram {

// The first of the seeds that a plain number under `tuning_seeds` stands for: far from those of
// `seeds`, which begin at 0.
constexpr int64_t kFirstTuningSeed = 1000000;

// Reads a list of different seeds, or a number N from 1 to `most` for `first`, `first` + 1, ... N
// of them. Never empty: where all is at fault it is `first` alone.
std::vector<int64_t> ReadSeedList(const YamlNode& value, const std::string& key, int64_t first,
                                  int64_t most, Faults* faults);

// Whatever stands in both lists is a fault of `tuning`, whose value stands at `at`.
void KeepApart(const std::vector<int64_t>& seeds, const std::vector<int64_t>& tuning,
               const Position& at, Faults* faults);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_SEEDS_H_

#ifndef ORCHESTRATOR_SPEC_SWEEP_H_
#define ORCHESTRATOR_SPEC_SWEEP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"

namespace vagram {

// A key and the value one trial gives it. Points into the tree that ParseSweep read.
struct SweptValue {
  std::string key;
  Position at;  // of the key
  const YamlNode* value;
};

// What varies together: a key of a grid, a whole zip, or a whole list. One choice is one value for
// each of its keys; the choices of a list need not have the same ones.
struct SweepFactor {
  std::vector<std::vector<SweptValue>> choices;
};

// The factors of a `sweep` mapping, in the order of the file; their product is the sweep, the last
// one varying fastest. Items of a list may hold forms in turn, up to 8 deep; each is as many
// choices as its forms make. Values are not looked at, only gathered. No list is unfolded into more
// than `most` choices by the forms in it.
std::vector<SweepFactor> ParseSweep(const YamlNode& sweep, int64_t most, Faults* faults);

// The number of combinations, no more than `most` + 1.
int64_t CountCombinations(const std::vector<SweepFactor>& factors, int64_t most);

// Combination `index` (from 0) of the product.
std::vector<SweptValue> Combination(const std::vector<SweepFactor>& factors, int64_t index);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_SWEEP_H_

#ifndef CORE_DYNAMICS_DIAGNOSTIC_NAMES_H_
#define CORE_DYNAMICS_DIAGNOSTIC_NAMES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace vagram {

// What is measured of a model after each training. docs/metrics.md tells how to read it.
struct DiagnosticOptions {
  int64_t horizon = 0;      // steps over which errors are followed; 0: nothing is measured
  int64_t states = 0;       // of the replay, from which they are
  double discount = 0;      // gamma
  int obs_dim = 0;          // distractors included
  int distractor_dims = 0;  // the last of them
};

// Of observations with more dimensions only the largest shares of the gradients' weight are
// reported, not every dimension's.
constexpr int kMaxWeightsByDimension = 32;
constexpr int kTopWeights = 4;

// The names of everything that Diagnose (diagnostics.h) may report, in its order. Links no
// LibTorch.
std::vector<std::string> DiagnosticNames(const DiagnosticOptions& options);

}  // namespace vagram

#endif  // CORE_DYNAMICS_DIAGNOSTIC_NAMES_H_

#ifndef CORE_DYNAMICS_DIAGNOSTICS_H_
#define CORE_DYNAMICS_DIAGNOSTICS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/dynamics/diagnostic_names.h"
#include "core/dynamics/ensemble.h"
#include "core/dynamics/value_functions.h"
#include "core/env/task.h"
#include "core/nn/gaussian_policy.h"
#include "core/replay/replay_buffer.h"

namespace vagram {

// How good a model is, measured on what was recorded, beside its training: nothing here changes
// anything, and all of it is a few hundred states times a few steps. Not thread-safe, as the
// ensemble is not.

// Pieces of recorded episodes: S starts and what the H steps from there led to. A piece that ends
// early, with its episode, at the newest transition or before one of another actor, is filled up
// with its last step.
struct RecordedPieces {
  at::Tensor states;   // [H + 1, S, n]
  at::Tensor actions;  // [H, S, m]
  at::Tensor valid;    // [H, S], whether step h was taken within the piece; always so for the first
};

// Starts drawn uniformly with replacement from the replay, which holds transitions in the order in
// which they happened, those of several actors in turns, and is not empty.
RecordedPieces DrawPieces(const ReplayBuffer& replay, int64_t horizon, int64_t count,
                          uint64_t seed);

// Per step 1..H, means over pieces that last as long; NaN where none does. Each elite predicts from
// its own predictions (means), with the recorded actions.
struct ErrorsByHorizon {
  // sqrt((1/n) sum_n ((s^_h - s_h)_n / sigma_n)^2), sigma the ensemble's input deviation.
  std::vector<double> model;
  // (1/J) sum_j |V_j(s^_h) - V_j(s_h)|; empty without value functions.
  std::vector<double> value;
};
ErrorsByHorizon OpenLoopErrors(Ensemble& ensemble, const RecordedPieces& pieces,
                               const StateValueFunctions* values);

// dV_j/ds at states [S, n]: [J, S, n].
at::Tensor GradientsOf(const StateValueFunctions& values, const at::Tensor& states);

// Share of each dimension in the weight that value-gradient weighted losses give to errors:
// w_n = sum_js g_jsn^2, divided by their sum. gradients [J, S, n] -> [n]; NaN where all are zero.
at::Tensor GradientWeights(const at::Tensor& gradients);

// Mean over `starts` [S, n] of G - V(s_0): what the policy mean earns in the model in `steps`
// steps, discounted, and the value of where it is then, minus the value of where it began; V is the
// mean over value functions. Elites take turns with the starts. A start that ends the task is left
// out; a branch that reaches the task's end earns nothing more. NaN without starts.
double ImaginedValueBias(const Ensemble& ensemble, GaussianPolicy& policy, const Task& task,
                         const StateValueFunctions& values, const at::Tensor& starts,
                         double discount, int64_t steps);

struct Diagnostic {
  std::string name;  // of DiagnosticNames
  double value = 0;
};

// All of it: errors by horizon and, when there are value functions and the policy they are of (both
// may be null), the gradients at observed next states and the bias of the values at states that the
// model predicts (kImaginedReturnSteps steps each).
constexpr int64_t kImaginedReturnSteps = 25;
std::vector<Diagnostic> Diagnose(const DiagnosticOptions& options, const ReplayBuffer& replay,
                                 const Task& task, Ensemble& ensemble,
                                 const StateValueFunctions* values, GaussianPolicy* policy,
                                 uint64_t seed);

}  // namespace vagram

#endif  // CORE_DYNAMICS_DIAGNOSTICS_H_

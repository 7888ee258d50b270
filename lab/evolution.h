#ifndef LAB_EVOLUTION_H_
#define LAB_EVOLUTION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/stop.h"
#include "lab/drawing.h"

namespace vagram::lab {

// Figure 2 of Voelcker 2022: how well a model that was trained for the last value function serves
// the next one. Each repetition has an agent, data, and models' first weights of its own. The agent
// (pendulum_agent.h) gives value functions V_0, V_1, ... as it learns. For each loss a model is
// trained on the same transitions with V_0, then with V_1 from where it stands, and so on; before
// each training but the first its VAML error on other transitions is taken:
//   mean over transitions and critics of (V_k(s') - V_k(f(s, a)))^2.
// Both sets of transitions are drawn from what the agent went through. Rewards are no part of it:
// the models are told that they are 0.
struct EvolutionOptions {
  int64_t steps = 6000;  // of each agent
  uint64_t seed = 0;
  int64_t repetitions = 8;
  int64_t value_functions = 20;
  int64_t transitions = 1000;  // to train on, and as many to measure on
  int64_t max_epochs = 200;    // of each training, the best of which counts by the holdout score
  // Models that predict s' - s instead of s'. These are near the right state before they have
  // learned anything, and VAML then has little room to go astray.
  bool predict_delta = false;
};

// Of one model with one loss, over the repetitions.
struct ErrorCurve {
  std::string model;  // "linear" or "16 units"
  std::string loss;   // as in the catalogue: mse, itervaml, vagram
  // [repetitions][value_functions - 1], before the training with value function 1, 2, ...
  std::vector<std::vector<double>> errors;
};

// The losses compared.
const std::vector<std::string>& EvolutionLosses();

// A function of the options, bit for bit. `progress` is told of every repetition done.
//   INVALID_ARGUMENT: an option out of range.   CANCELLED: `stop` tripped.
absl::StatusOr<std::vector<ErrorCurve>> ErrorEvolution(
    const EvolutionOptions& options, const Stop& stop,
    const std::function<void(int64_t repetition)>& progress);

// Mean and standard error of the mean over the repetitions.
struct MeanCurve {
  std::vector<double> mean, standard_error;
};
MeanCurve OverRepetitions(const ErrorCurve& curve);

// Columns model, loss, iteration, mean, standard_error, then one per repetition.
std::string EvolutionCsv(const std::vector<ErrorCurve>& curves);

Figure EvolutionFigure(const std::vector<ErrorCurve>& curves);

}  // namespace vagram::lab

#endif  // LAB_EVOLUTION_H_

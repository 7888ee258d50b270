#include "lab/evolution.h"

#include <ATen/ATen.h>

#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/dynamics/ensemble.h"
#include "core/dynamics/losses/itervaml.h"
#include "core/dynamics/model_training.h"
#include "core/env/registry.h"
#include "lab/pendulum_agent.h"

namespace vagram::lab {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kMaxRate = 8;

struct ModelKind {
  const char* name;
  std::vector<int64_t> hidden_sizes;
};

const std::vector<ModelKind>& ModelKinds() {
  static const auto* const kinds = new std::vector<ModelKind>{{"linear", {}}, {"16 units", {16}}};
  return *kinds;
}

absl::Status CheckOptions(const EvolutionOptions& options) {
  const auto at_least = [](const char* flag, int64_t value, int64_t least) {
    return value >= least ? absl::OkStatus()
                          : absl::InvalidArgumentError(absl::StrCat("--", flag, " is ", value,
                                                                    ", expected at least ", least));
  };
  RETURN_IF_ERROR(at_least("repetitions", options.repetitions, 1));
  RETURN_IF_ERROR(at_least("value_functions", options.value_functions, 2));
  RETURN_IF_ERROR(at_least("transitions", options.transitions, 2));
  return at_least("max_epochs", options.max_epochs, 1);
}

// Transitions of Pendulum-v1 from uniform states with uniform actions, rewards 0.
absl::StatusOr<TrainingSet> UniformTransitions(int64_t rows, uint64_t seed) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SimulatedEnv> env, MakeSimulatedEnv("Pendulum-v1"));
  Rng rng(seed);
  const at::Tensor states = at::empty({rows, 3}, at::kDouble);
  const at::Tensor actions = at::empty({rows, 1}, at::kDouble);
  const at::Tensor next_states = at::empty({rows, 3}, at::kDouble);
  const auto row_of = [](const at::Tensor& columns, int64_t row) {
    return absl::MakeSpan(columns.data_ptr<double>() + row * columns.size(1), columns.size(1));
  };
  for (int64_t row = 0; row < rows; ++row) {
    PhysicsState state;
    state.qpos = {rng.Uniform(-kPi, kPi)};
    state.qvel = {rng.Uniform(-kMaxRate, kMaxRate)};
    RETURN_IF_ERROR(env->SetState(state));
    env->Observe(row_of(states, row));
    row_of(actions, row)[0] = rng.Uniform(env->task().act_low[0], env->task().act_high[0]);
    RETURN_IF_ERROR(env->Step(row_of(actions, row)).status());
    env->Observe(row_of(next_states, row));
  }
  TrainingSet set;
  set.states = states.to(at::kFloat);
  set.actions = actions.to(at::kFloat);
  set.next_states = next_states.to(at::kFloat);
  set.rewards = at::zeros({rows, 1}, at::kFloat);
  return set;
}

struct Sequence {
  std::vector<std::shared_ptr<const StateValueFunctions>> value_functions;
  std::vector<at::Tensor> gradients;  // [J, rows, 3] at the next states of the training set
};

absl::StatusOr<Sequence> ValueFunctionSequence(const PendulumAgent& agent,
                                               const at::Tensor& next_states) {
  Sequence sequence;
  for (const CriticSnapshot& snapshot : agent.snapshots) {
    ASSIGN_OR_RETURN(StateValueFunctions functions,
                     PendulumValueFunctions(agent.sac, snapshot, at::kFloat));
    ASSIGN_OR_RETURN(ValueGradientFunction gradient,
                     ValueGradientFunction::Create(agent.sac, snapshot, ValueFunctions::kCritics));
    sequence.value_functions.push_back(
        std::make_shared<const StateValueFunctions>(std::move(functions)));
    sequence.gradients.push_back(gradient(next_states));
  }
  return sequence;
}

double VamlError(Ensemble& model, const TrainingSet& set,
                 const std::shared_ptr<const StateValueFunctions>& value_functions) {
  Target target;
  target.next_state = set.next_states;
  target.reward = set.rewards;
  target.value_functions = value_functions;
  return IterVamlLoss(0)
      .Compute(model.Predict(set.states, set.actions), target)
      .state.item<double>();
}

// Trains one model with one loss through the whole sequence; returns its errors.
absl::StatusOr<std::vector<double>> FollowSequence(const EvolutionOptions& options,
                                                   const ModelKind& kind, const std::string& loss,
                                                   const Sequence& sequence,
                                                   const TrainingSet& train,
                                                   const TrainingSet& test, uint64_t seed) {
  Ensemble::Options shape;
  shape.obs_dim = 3;
  shape.act_dim = 1;
  shape.members = 1;
  shape.hidden_sizes = kind.hidden_sizes;
  shape.activation = Activation::kTanh;
  ASSIGN_OR_RETURN(const std::unique_ptr<Ensemble> model,
                   Ensemble::Create(shape, DeriveSeed(seed, "lab/model")));
  ModelTraining::Options how;
  how.loss = loss;
  how.loss_options.itervaml_mse_weight = 0;
  how.elites = 1;
  how.batch_size = 128;
  how.learning_rate = 3e-3;
  how.max_epochs = options.max_epochs;
  how.patience = options.max_epochs;  // to the end: a loss may rest before it goes on
  how.improvement_threshold = 0;
  ASSIGN_OR_RETURN(const std::unique_ptr<ModelTraining> training,
                   ModelTraining::Create(how, model.get()));
  std::vector<double> errors;
  TrainingSet set = train;
  for (size_t k = 0; k < sequence.value_functions.size(); ++k) {
    if (k > 0) errors.push_back(VamlError(*model, test, sequence.value_functions[k]));
    set.value_functions = sequence.value_functions[k];
    set.value_gradients = sequence.gradients[k];
    RETURN_IF_ERROR(training->Train(set, DeriveSeed(seed, "lab/training", k), nullptr).status());
  }
  return errors;
}

}  // namespace

const std::vector<std::string>& EvolutionLosses() {
  static const auto* const losses = new std::vector<std::string>{"mse", "itervaml", "vagram"};
  return *losses;
}

absl::StatusOr<std::vector<ErrorCurve>> ErrorEvolution(
    const EvolutionOptions& options, const Stop& stop,
    const std::function<void(int64_t repetition)>& progress) {
  RETURN_IF_ERROR(CheckOptions(options));
  std::vector<ErrorCurve> curves;
  for (const ModelKind& kind : ModelKinds()) {
    for (const std::string& loss : EvolutionLosses()) curves.push_back({kind.name, loss, {}});
  }
  for (int64_t repetition = 0; repetition < options.repetitions; ++repetition) {
    const uint64_t seed = DeriveSeed(options.seed, "lab/repetition", repetition);
    ASSIGN_OR_RETURN(const PendulumAgent agent,
                     TrainPendulumAgent({options.steps, options.value_functions, seed}, stop));
    ASSIGN_OR_RETURN(const TrainingSet train,
                     UniformTransitions(options.transitions, DeriveSeed(seed, "lab/train")));
    ASSIGN_OR_RETURN(const TrainingSet test,
                     UniformTransitions(options.transitions, DeriveSeed(seed, "lab/test")));
    ASSIGN_OR_RETURN(const Sequence sequence, ValueFunctionSequence(agent, train.next_states));
    auto curve = curves.begin();
    for (const ModelKind& kind : ModelKinds()) {
      for (const std::string& loss : EvolutionLosses()) {
        RETURN_IF_ERROR(stop.Check());
        ASSIGN_OR_RETURN(std::vector<double> errors,
                         FollowSequence(options, kind, loss, sequence, train, test, seed));
        (curve++)->errors.push_back(std::move(errors));
      }
    }
    if (progress) progress(repetition);
  }
  return curves;
}

MeanCurve OverRepetitions(const ErrorCurve& curve) {
  MeanCurve result;
  const double n = static_cast<double>(curve.errors.size());
  for (size_t k = 0; k < curve.errors.front().size(); ++k) {
    double sum = 0, squares = 0;
    for (const std::vector<double>& errors : curve.errors) sum += errors[k];
    for (const std::vector<double>& errors : curve.errors) {
      squares += (errors[k] - sum / n) * (errors[k] - sum / n);
    }
    result.mean.push_back(sum / n);
    result.standard_error.push_back(n > 1 ? std::sqrt(squares / (n - 1) / n) : 0);
  }
  return result;
}

std::string EvolutionCsv(const std::vector<ErrorCurve>& curves) {
  std::string csv = "model,loss,iteration,mean,standard_error";
  for (size_t r = 0; r < curves.front().errors.size(); ++r) absl::StrAppend(&csv, ",error_", r);
  csv += "\n";
  for (const ErrorCurve& curve : curves) {
    const MeanCurve over = OverRepetitions(curve);
    for (size_t k = 0; k < over.mean.size(); ++k) {
      absl::StrAppendFormat(&csv, "%s,%s,%d,%.6g,%.6g", curve.model, curve.loss, k + 1,
                            over.mean[k], over.standard_error[k]);
      for (const std::vector<double>& errors : curve.errors) {
        absl::StrAppendFormat(&csv, ",%.6g", errors[k]);
      }
      csv += "\n";
    }
  }
  return csv;
}

}  // namespace vagram::lab

#include "lab/evolution.h"

#include <ATen/ATen.h>

#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/random.h"
#include "core/base/status_macros.h"
#include "core/dynamics/ensemble.h"
#include "core/dynamics/losses/itervaml.h"
#include "core/dynamics/model_training.h"
#include "core/replay/transition_batch.h"
#include "lab/pendulum_agent.h"

namespace vagram::lab {
namespace {

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

// Drawn with replacement from the transitions, rewards 0.
TrainingSet DrawTransitions(const TransitionBatch& transitions, int64_t rows, uint64_t seed) {
  Rng rng(seed);
  TransitionBatch drawn(rows, transitions.obs_dim, transitions.act_dim);
  for (int64_t row = 0; row < rows; ++row) {
    CopyRows(transitions, static_cast<int64_t>(rng.Below(transitions.size)), 1, &drawn, row);
  }
  const auto tensor = [rows](std::vector<float>& column, int dim) {
    return at::from_blob(column.data(), {rows, dim}, at::kFloat).clone();
  };
  TrainingSet set;
  set.states = tensor(drawn.observation, drawn.obs_dim);
  set.actions = tensor(drawn.action, drawn.act_dim);
  set.next_states = tensor(drawn.next_observation, drawn.obs_dim);
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
  shape.obs_dim = static_cast<int>(train.states.size(1));
  shape.act_dim = static_cast<int>(train.actions.size(1));
  shape.members = 1;
  shape.hidden_sizes = kind.hidden_sizes;
  shape.activation = Activation::kTanh;
  shape.predict_next_state = !options.predict_delta;
  ASSIGN_OR_RETURN(const std::unique_ptr<Ensemble> model,
                   Ensemble::Create(shape, DeriveSeed(seed, "lab/model")));
  ModelTraining::Options how;
  how.loss = loss;
  how.loss_options.itervaml_mse_weight = 0;
  how.elites = 1;
  how.batch_size = 128;
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
    const TrainingSet train =
        DrawTransitions(agent.transitions, options.transitions, DeriveSeed(seed, "lab/train"));
    const TrainingSet test =
        DrawTransitions(agent.transitions, options.transitions, DeriveSeed(seed, "lab/test"));
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

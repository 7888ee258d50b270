#include "lab/surface.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/dynamics/losses/itervaml.h"
#include "core/dynamics/losses/mse.h"
#include "core/dynamics/losses/vagram.h"
#include "lab/pendulum_agent.h"

namespace vagram::lab {
namespace {

double Node(double limit, int resolution, int i) {
  return limit * (2.0 * i / (resolution - 1) - 1);
}

// (angle, rate) of every node [nodes, 2], rows of the grid one after the other.
at::Tensor Nodes(int resolution) {
  const at::Tensor nodes = at::empty({int64_t{resolution} * resolution, 2}, at::kDouble);
  double* out = nodes.data_ptr<double>();
  for (int row = 0; row < resolution; ++row) {
    for (int column = 0; column < resolution; ++column) {
      *out++ = Node(kMaxAngle, resolution, column);
      *out++ = Node(kMaxRate, resolution, row);
    }
  }
  return nodes;
}

// What Pendulum-v1 observes of (angle, rate): [..., 2] -> [..., 3].
at::Tensor Observe(const at::Tensor& states) {
  const at::Tensor angle = states.narrow(-1, 0, 1);
  return at::cat({angle.cos(), angle.sin(), states.narrow(-1, 1, 1)}, -1);
}

// dV_j/d(angle, rate) at one state [1, 2]: [J, 1, 2].
at::Tensor ValueGradients(const StateValueFunctions& value_functions, const at::Tensor& state) {
  at::AutoGradMode with_gradient(true);
  std::vector<at::Tensor> gradients;
  for (int64_t j = 0; j < value_functions.num_value_functions(); ++j) {
    const at::Tensor leaf = state.clone().requires_grad_(true);
    value_functions(Observe(leaf))[j].sum().backward();
    gradients.push_back(leaf.grad());
  }
  return at::stack(gradients);
}

Grid OnGrid(const at::Tensor& values, int resolution) {
  const at::Tensor flat = values.contiguous();
  return {resolution, resolution,
          std::vector<double>(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel())};
}

}  // namespace

absl::StatusOr<Surface> LossSurface(const StateValueFunctions& value_functions,
                                    const SurfaceOptions& options) {
  if (options.resolution < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("--resolution is ", options.resolution, ", expected at least 2"));
  }
  if (!(std::abs(options.theta) <= kMaxAngle && std::abs(options.theta_dot) <= kMaxRate)) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the reference point (--theta, --theta_dot) is (%g, %g), expected angles of -3.1415 to "
        "3.1415 rad and rates of -8 to 8 rad/s",
        options.theta, options.theta_dot));
  }
  const at::Tensor nodes = Nodes(options.resolution);
  const at::Tensor reference =
      at::tensor({options.theta, options.theta_dot}, at::kDouble).view({1, 2});

  // Every node is what one member of an ensemble predicts of the same transition, so that the
  // losses' score per member is the loss of each node. Rewards are predicted without error.
  Prediction prediction;
  prediction.reward = at::zeros({nodes.size(0), 1, 1}, at::kDouble);
  Target target;
  target.reward = at::zeros({1, 1}, at::kDouble);

  prediction.next_state = nodes.unsqueeze(1);
  target.next_state = reference;
  target.value_gradients = ValueGradients(value_functions, reference);
  const at::Tensor squared_error = MseLoss().HoldoutScore(prediction, target);
  const at::Tensor vagram = VagramLoss(0).HoldoutScore(prediction, target);

  prediction.next_state = Observe(nodes).unsqueeze(1);
  target.next_state = Observe(reference);
  target.value_functions = std::make_shared<const StateValueFunctions>(value_functions);
  const at::Tensor vaml = IterVamlLoss(0).HoldoutScore(prediction, target);

  const int resolution = options.resolution;
  return Surface{options.theta,
                 options.theta_dot,
                 OnGrid(value_functions(Observe(nodes)).mean(0), resolution),
                 OnGrid(vaml, resolution),
                 OnGrid(squared_error, resolution),
                 OnGrid(vagram, resolution)};
}

absl::StatusOr<Surface> TrainedSurface(const SurfaceOptions& options, const Stop& stop) {
  PendulumAgentOptions training;
  training.steps = options.steps;
  training.seed = options.seed;
  ASSIGN_OR_RETURN(const PendulumAgent agent, TrainPendulumAgent(training, stop));
  ASSIGN_OR_RETURN(const StateValueFunctions value_functions,
                   PendulumValueFunctions(agent.sac, agent.snapshots.back(), at::kDouble));
  return LossSurface(value_functions, options);
}

std::string SurfaceCsv(const Surface& surface) {
  std::string csv = "theta,theta_dot,value,vaml,mse,vagram\n";
  for (int row = 0; row < surface.value.rows; ++row) {
    for (int column = 0; column < surface.value.columns; ++column) {
      absl::StrAppendFormat(&csv, "%.4f,%.4g,%.5g,%.4g,%.4g,%.4g\n",
                            Node(kMaxAngle, surface.value.columns, column),
                            Node(kMaxRate, surface.value.rows, row), surface.value.at(row, column),
                            surface.vaml.at(row, column), surface.squared_error.at(row, column),
                            surface.vagram.at(row, column));
    }
  }
  return csv;
}

}  // namespace vagram::lab

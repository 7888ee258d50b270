#ifndef LAB_SURFACE_H_
#define LAB_SURFACE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/base/stop.h"
#include "core/dynamics/value_functions.h"
#include "lab/plot.h"

namespace vagram::lab {

// Figure 1 of Voelcker 2022: what three model losses make of every prediction of one next state.
struct SurfaceOptions {
  int64_t steps = 10000;  // of the agent whose value function it is
  uint64_t seed = 0;
  double theta = 1.5;    // the observed next state: angle, 0 upright, in rad
  double theta_dot = 1;  // and rate, in rad/s
  int resolution = 81;   // nodes along each axis
};

// Angles -pi to pi from left to right, rates -8 to 8 upwards.
struct Surface {
  double theta = 0, theta_dot = 0;
  Grid value;                        // mean over the critics
  Grid vaml, squared_error, vagram;  // the loss of predicting the node
};

constexpr double kMaxAngle = 3.14159265358979323846;
constexpr double kMaxRate = 8;

// The shipped losses (itervaml with lambda 0, mse, vagram) of value functions of Pendulum-v1, given
// as float64 networks. Values belong to a state whatever its coordinates are, so VAML is evaluated
// at observations; the others are taken in (angle, rate), the value gradient with the chain rule
// through the observation (cosine, sine, rate). Value gradients are not clipped: there is one only.
//   INVALID_ARGUMENT: a reference point that is off the figure, a resolution below 2.
absl::StatusOr<Surface> LossSurface(const StateValueFunctions& value_functions,
                                    const SurfaceOptions& options);

// Trains an agent, and the surface of its value function.
absl::StatusOr<Surface> TrainedSurface(const SurfaceOptions& options, const Stop& stop);

// Columns theta, theta_dot, value, vaml, mse, vagram; one row per node.
std::string SurfaceCsv(const Surface& surface);

Figure SurfaceFigure(const Surface& surface);

}  // namespace vagram::lab

#endif  // LAB_SURFACE_H_

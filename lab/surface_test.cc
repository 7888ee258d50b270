#include "lab/surface.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram::lab {
namespace {

using ::testing::SizeIs;
using ::testing::StartsWith;

// The reference point (0, 0) is the middle node.
constexpr int kResolution = 9, kMiddle = 4;

SurfaceOptions Tiny() {
  SurfaceOptions options;
  options.steps = 420;
  options.theta = options.theta_dot = 0;
  options.resolution = kResolution;
  return options;
}

Surface Trained(const SurfaceOptions& options) {
  const Stop stop;
  const auto surface = TrainedSurface(options, stop);
  EXPECT_THAT(surface.status(), IsOk());
  return surface.value_or(Surface());
}

TEST(SurfaceTest, ShowsEachLossAsThePaperDescribesIt) {
  const Surface surface = Trained(Tiny());
  const double angle_step = 2 * kMaxAngle / (kResolution - 1);
  const double rate_step = 2 * kMaxRate / (kResolution - 1);
  for (const Grid* loss : {&surface.vaml, &surface.squared_error, &surface.vagram}) {
    EXPECT_NEAR(loss->at(kMiddle, kMiddle), 0, 1e-9);
  }
  const double unit = surface.squared_error.at(kMiddle, kMiddle + 1) / (angle_step * angle_step);
  const double of_angle = surface.vagram.at(kMiddle, kMiddle + 1) / (angle_step * angle_step);
  const double of_rate = surface.vagram.at(kMiddle + 1, kMiddle) / (rate_step * rate_step);
  EXPECT_GT(unit, 0);
  EXPECT_GT(of_angle, 0);
  EXPECT_GT(of_rate, 0);
  for (int row = 0; row < kResolution; ++row) {
    for (int column = 0; column < kResolution; ++column) {
      const double angle = (column - kMiddle) * angle_step, rate = (row - kMiddle) * rate_step;
      // Squared error: a ball. VaGraM: an ellipse along the axes, here with the value's slopes.
      EXPECT_NEAR(surface.squared_error.at(row, column), unit * (angle * angle + rate * rate),
                  1e-9);
      EXPECT_NEAR(surface.vagram.at(row, column), of_angle * angle * angle + of_rate * rate * rate,
                  1e-9 * (1 + surface.vagram.at(row, column)));
      // VAML: the mean of squares over critics is at least the square of the mean's error.
      const double value_error = surface.value.at(row, column) - surface.value.at(kMiddle, kMiddle);
      EXPECT_GE(surface.vaml.at(row, column), value_error * value_error - 1e-9);
    }
  }
  // -pi and pi are one angle.
  EXPECT_NEAR(surface.vaml.at(2, 0), surface.vaml.at(2, kResolution - 1), 1e-9);
}

TEST(SurfaceTest, IsAFunctionOfItsOptionsAndWritesARowPerNode) {
  const std::string csv = SurfaceCsv(Trained(Tiny()));
  EXPECT_EQ(csv, SurfaceCsv(Trained(Tiny())));
  EXPECT_THAT(csv, StartsWith("theta,theta_dot,value,vaml,mse,vagram\n-3.1416,-8,"));
  const std::vector<std::string> lines = absl::StrSplit(csv, '\n', absl::SkipEmpty());
  EXPECT_THAT(lines, SizeIs(1 + kResolution * kResolution));
}

TEST(SurfaceTest, DrawsFourPanels) {
  const Surface surface = Trained(Tiny());
  const auto png = Png(SurfaceFigure(surface), 1);
  ASSERT_THAT(png.status(), IsOk());
  EXPECT_THAT(*png, StartsWith("\x89PNG"));
}

TEST(SurfaceTest, RefusesOptionsOutOfRange) {
  const Stop stop;
  SurfaceOptions off_the_figure = Tiny(), no_grid = Tiny(), too_short = Tiny();
  off_the_figure.theta_dot = std::nan("");
  no_grid.resolution = 1;
  too_short.steps = 400;
  for (const SurfaceOptions& options : {off_the_figure, no_grid, too_short}) {
    EXPECT_EQ(TrainedSurface(options, stop).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace vagram::lab

#include <algorithm>
#include <cmath>
#include <vector>

#include "lab/surface.h"

namespace vagram::lab {
namespace {

constexpr double kSide = 118, kPanelStep = 172, kLeft = 46, kTop = 26;
constexpr int kContours = 11;

std::pair<double, double> Extremes(const Grid& grid) {
  const auto [low, high] = std::minmax_element(grid.values.begin(), grid.values.end());
  return {*low, *high};
}

// Levels between the ends at even distances, of the square root where the colours are.
std::vector<double> Levels(const ColorScale& colors) {
  std::vector<double> levels;
  for (int i = 1; i <= kContours; ++i) {
    const double share = static_cast<double>(i) / (kContours + 1);
    levels.push_back(colors.range.low + (colors.range.high - colors.range.low) *
                                            (colors.square_root ? share * share : share));
  }
  return levels;
}

struct Part {
  const char* title;
  const Grid* grid;
  bool loss;
};

}  // namespace

Figure SurfaceFigure(const Surface& surface) {
  const auto draw = [surface](Canvas& canvas) {
    const std::vector<Part> parts = {{"Value function", &surface.value, false},
                                     {"VAML", &surface.vaml, true},
                                     {"Squared error", &surface.squared_error, true},
                                     {"VaGraM", &surface.vagram, true}};
    for (size_t i = 0; i < parts.size(); ++i) {
      const Grid& grid = *parts[i].grid;
      const auto [low, high] = Extremes(grid);
      ColorScale colors;
      colors.range = {parts[i].loss ? 0 : low, std::max(high, low + 1e-12)};
      colors.square_root = colors.dark_is_high = parts[i].loss;

      const Panel panel = {{kLeft + kPanelStep * static_cast<double>(i), kTop, kSide, kSide},
                           {-kMaxAngle, kMaxAngle},
                           {-kMaxRate, kMaxRate}};
      DrawHeatMap(canvas, panel, grid, colors);
      DrawContours(canvas, panel, grid, Levels(colors), {0, 0, 0, 0.35});
      DrawCross(canvas, panel.At(surface.theta, surface.theta_dot));
      Axes axes;
      axes.title = parts[i].title;
      axes.x_label = "θ";
      axes.x_ticks = {{-kMaxAngle, "−π"}, {0, "0"}, {kMaxAngle, "π"}};
      axes.y_ticks = {{-8, "−8"}, {-4, "−4"}, {0, "0"}, {4, "4"}, {8, "8"}};
      if (i == 0) axes.y_label = "dθ/dt";
      DrawAxes(canvas, panel, axes);
      DrawColorBar(canvas, {panel.box.right() + 5, kTop, 6, kSide}, colors,
                   RoundTicks(colors.range, 5));
    }
  };
  return {kLeft + 4 * kPanelStep - 14, kTop + kSide + 34, draw};
}

}  // namespace vagram::lab

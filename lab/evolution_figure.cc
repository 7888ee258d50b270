#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "lab/evolution.h"
#include "lab/plot.h"

namespace vagram::lab {
namespace {

constexpr double kWidth = 190, kHeight = 130, kPanelStep = 246, kLeft = 50, kTop = 24;

// Three of the colours of Okabe and Ito (2008), which all readers can tell apart.
Curve Style(const std::string& loss) {
  Curve curve;
  if (loss == "mse") {
    curve.name = "MSE";
    curve.color = {0, 0.447, 0.698};
  } else if (loss == "itervaml") {
    curve.name = "VAML";
    curve.color = {0.835, 0.369, 0};
  } else {
    curve.name = "VaGraM";
    curve.color = {0, 0.62, 0.451};
  }
  return curve;
}

Curve ToCurve(const ErrorCurve& errors) {
  Curve curve = Style(errors.loss);
  const MeanCurve over = OverRepetitions(errors);
  for (size_t k = 0; k < over.mean.size(); ++k) {
    curve.x.push_back(static_cast<double>(k + 1));
    curve.y.push_back(over.mean[k]);
    curve.low.push_back(over.mean[k] - over.standard_error[k]);
    curve.high.push_back(over.mean[k] + over.standard_error[k]);
  }
  return curve;
}

// The decades that hold all means.
Range ErrorRange(const std::vector<ErrorCurve>& curves) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const ErrorCurve& errors : curves) {
    for (const double mean : OverRepetitions(errors).mean) {
      low = std::min(low, mean);
      high = std::max(high, mean);
    }
  }
  // A little below and above, also where all are equal.
  return {std::max(low, 1e-12) / 1.5, std::max(high, 1e-12) * 1.5, /*logarithmic=*/true};
}

}  // namespace

Figure EvolutionFigure(const std::vector<ErrorCurve>& curves) {
  const auto draw = [curves](Canvas& canvas) {
    const std::vector<std::pair<std::string, std::string>> panels = {
        {"linear", "Linear model"}, {"16 units", "Network of 16 units"}};
    std::vector<Curve> drawn;
    for (size_t i = 0; i < panels.size(); ++i) {
      std::vector<ErrorCurve> of_model;
      for (const ErrorCurve& curve : curves) {
        if (curve.model == panels[i].first) of_model.push_back(curve);
      }
      const double iterations = static_cast<double>(of_model.front().errors.front().size());
      const Panel panel = {{kLeft + kPanelStep * static_cast<double>(i), kTop, kWidth, kHeight},
                           {0, iterations + 1},
                           ErrorRange(of_model)};
      drawn.clear();
      for (const ErrorCurve& curve : of_model) {
        drawn.push_back(ToCurve(curve));
        DrawCurve(canvas, panel, drawn.back());
      }
      Axes axes;
      axes.title = panels[i].second;
      axes.x_label = "Iteration (value function)";
      axes.y_label = i == 0 ? "VAML error" : "";
      axes.x_ticks = RoundTicks(panel.x, 6);
      axes.y_ticks = RoundTicks(panel.y, 6);
      DrawAxes(canvas, panel, axes);
    }
    DrawLegend(canvas, {kLeft + (kPanelStep + kWidth) / 2, kTop + kHeight + 42}, drawn);
  };
  return {kLeft + kPanelStep + kWidth + 14, kTop + kHeight + 54, draw};
}

}  // namespace vagram::lab

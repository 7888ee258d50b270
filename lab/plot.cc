#include "lab/plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vagram::lab {
namespace {

constexpr double kTickLength = 2.5;
constexpr double kLineWidth = 0.6;
constexpr int kMaxPixels = 400;  // of a heat map, across

// Digits as exponents: "10" and this are a power of ten.
std::string Superscript(int exponent) {
  static const char* const kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "⁻" : "";
  for (char digit : absl::StrCat(std::abs(exponent))) text += kDigits[digit - '0'];
  return text;
}

// Linear between the nodes; row and column may lie anywhere in the grid.
double Interpolate(const Grid& grid, double row, double column) {
  const int r = std::min(static_cast<int>(row), grid.rows - 2);
  const int c = std::min(static_cast<int>(column), grid.columns - 2);
  const double up = row - r, right = column - c;
  return (1 - up) * ((1 - right) * grid.at(r, c) + right * grid.at(r, c + 1)) +
         up * ((1 - right) * grid.at(r + 1, c) + right * grid.at(r + 1, c + 1));
}

}  // namespace

double Range::Share(double value) const {
  if (!logarithmic) return (value - low) / (high - low);
  return std::log(std::max(value, low * 1e-9) / low) / std::log(high / low);
}

std::vector<Tick> RoundTicks(const Range& range, int count) {
  std::vector<Tick> ticks;
  if (range.logarithmic) {
    // The last digits of logarithms of powers of ten are not to be relied on.
    for (int e = static_cast<int>(std::ceil(std::log10(range.low) - 1e-9));
         e <= std::log10(range.high) + 1e-9; ++e) {
      ticks.push_back({std::pow(10.0, e), "10" + Superscript(e)});
    }
    return ticks;
  }
  double step = std::pow(10.0, std::floor(std::log10((range.high - range.low) / count)));
  for (const double factor : {2.0, 2.5, 2.0, 2.0}) {
    if ((range.high - range.low) / step <= count) break;
    step *= factor;
  }
  const auto first = static_cast<int64_t>(std::ceil(range.low / step - 1e-9));
  for (int64_t i = first; i * step <= range.high + 1e-9 * step; ++i) {
    const double value = static_cast<double>(i) * step;
    ticks.push_back({value, absl::StrFormat("%g", value)});
  }
  return ticks;
}

Point Panel::At(double x_value, double y_value) const {
  return {box.left + box.width * x.Share(x_value), box.bottom() - box.height * y.Share(y_value)};
}

Color Viridis(double share) {
  static constexpr std::array<Color, 9> kSteps = {{{0.267, 0.005, 0.329},
                                                   {0.278, 0.173, 0.478},
                                                   {0.231, 0.318, 0.545},
                                                   {0.173, 0.443, 0.557},
                                                   {0.129, 0.565, 0.553},
                                                   {0.153, 0.678, 0.506},
                                                   {0.361, 0.784, 0.388},
                                                   {0.667, 0.863, 0.196},
                                                   {0.993, 0.906, 0.144}}};
  const double place = std::clamp(share, 0.0, 1.0) * (kSteps.size() - 1);
  const size_t below = std::min<size_t>(static_cast<size_t>(place), kSteps.size() - 2);
  const double w = place - static_cast<double>(below);
  const Color &a = kSteps[below], &b = kSteps[below + 1];
  return {a.red + w * (b.red - a.red), a.green + w * (b.green - a.green),
          a.blue + w * (b.blue - a.blue)};
}

double ColorScale::Share(double value) const {
  const double share = std::clamp(range.Share(value), 0.0, 1.0);
  return square_root ? std::sqrt(share) : share;
}

Color ColorScale::At(double value) const {
  return Viridis(dark_is_high ? 1 - Share(value) : Share(value));
}

std::vector<Segment> Contour(const Grid& grid, double level) {
  std::vector<Segment> segments;
  for (int row = 0; row + 1 < grid.rows; ++row) {
    for (int column = 0; column + 1 < grid.columns; ++column) {
      // Corners anticlockwise, and where the level crosses the edge to the next corner.
      const std::array<Point, 4> corners = {{{0.0 + column, 0.0 + row},
                                             {1.0 + column, 0.0 + row},
                                             {1.0 + column, 1.0 + row},
                                             {0.0 + column, 1.0 + row}}};
      const std::array<double, 4> values = {grid.at(row, column), grid.at(row, column + 1),
                                            grid.at(row + 1, column + 1), grid.at(row + 1, column)};
      std::vector<Point> crossings;
      for (int i = 0; i < 4; ++i) {
        const int next = (i + 1) % 4;
        if ((values[i] < level) == (values[next] < level)) continue;
        const double w = (level - values[i]) / (values[next] - values[i]);
        crossings.push_back({corners[i].x + w * (corners[next].x - corners[i].x),
                             corners[i].y + w * (corners[next].y - corners[i].y)});
      }
      // Four crossings are a saddle: either pairing is a contour.
      for (size_t i = 0; i + 1 < crossings.size(); i += 2) {
        segments.push_back({crossings[i], crossings[i + 1]});
      }
    }
  }
  return segments;
}

void DrawAxes(Canvas& canvas, const Panel& panel, const Axes& axes) {
  const Box& box = panel.box;
  TextStyle below, beside, title;
  below.vertical = Align::kStart;
  beside.horizontal = Align::kEnd;
  title.size = 9.5;
  title.vertical = Align::kEnd;
  double widest = 0;
  for (const Tick& tick : axes.x_ticks) {
    const double x = panel.At(tick.value, panel.y.low).x;
    canvas.Line({{x, box.bottom()}, {x, box.bottom() + kTickLength}}, kBlack, kLineWidth);
    canvas.Text({x, box.bottom() + kTickLength + 2}, tick.label, below);
  }
  for (const Tick& tick : axes.y_ticks) {
    const double y = panel.At(panel.x.low, tick.value).y;
    canvas.Line({{box.left - kTickLength, y}, {box.left, y}}, kBlack, kLineWidth);
    canvas.Text({box.left - kTickLength - 2, y}, tick.label, beside);
    widest = std::max(widest, canvas.Width(tick.label, beside));
  }
  canvas.Frame(box, kBlack, kLineWidth);
  canvas.Text({box.left + box.width / 2, box.top - 5}, axes.title, title);
  TextStyle label = below;
  label.size = 9;
  canvas.Text({box.left + box.width / 2, box.bottom() + 15}, axes.x_label, label);
  label.upwards = true;
  label.vertical = Align::kEnd;
  canvas.Text({box.left - kTickLength - 7 - widest, box.top + box.height / 2}, axes.y_label, label);
}

void DrawHeatMap(Canvas& canvas, const Panel& panel, const Grid& grid, const ColorScale& colors) {
  Image image;
  image.width = image.height = std::clamp(2 * std::max(grid.columns, grid.rows), 16, kMaxPixels);
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      const double up = 1 - (row + 0.5) / image.height, right = (column + 0.5) / image.width;
      image.pixels.push_back(
          colors.At(Interpolate(grid, up * (grid.rows - 1), right * (grid.columns - 1))));
    }
  }
  canvas.Picture(panel.box, image);
}

void DrawContours(Canvas& canvas, const Panel& panel, const Grid& grid,
                  absl::Span<const double> levels, Color color) {
  const auto on_page = [&](Point point) -> Point {
    return {panel.box.left + panel.box.width * point.x / (grid.columns - 1),
            panel.box.bottom() - panel.box.height * point.y / (grid.rows - 1)};
  };
  canvas.Within(panel.box, [&] {
    for (const double level : levels) {
      for (const Segment& segment : Contour(grid, level)) {
        canvas.Line({on_page(segment.from), on_page(segment.to)}, color, 0.5);
      }
    }
  });
}

void DrawColorBar(Canvas& canvas, Box box, const ColorScale& colors, absl::Span<const Tick> ticks) {
  // The bar is even in the values' shares, so that the colours are.
  Image image;
  image.width = 1;
  image.height = 256;
  for (int row = 0; row < image.height; ++row) {
    const double share = 1 - (row + 0.5) / image.height;
    image.pixels.push_back(Viridis(colors.dark_is_high ? 1 - share : share));
  }
  canvas.Picture(box, image);
  canvas.Frame(box, kBlack, kLineWidth);
  TextStyle style;
  style.size = 7;
  style.horizontal = Align::kStart;
  for (const Tick& tick : ticks) {
    const double y = box.bottom() - box.height * colors.Share(tick.value);
    canvas.Line({{box.right(), y}, {box.right() + 2, y}}, kBlack, kLineWidth);
    canvas.Text({box.right() + 3.5, y}, tick.label, style);
  }
}

void DrawCross(Canvas& canvas, Point at) {
  constexpr double kArm = 4.5;
  for (const auto& [color, width] : {std::pair(kBlack, 3.4), std::pair(kWhite, 1.8)}) {
    const double arm = kArm + (width - 1.8) / 2;
    canvas.Line({{at.x - arm, at.y - arm}, {at.x + arm, at.y + arm}}, color, width);
    canvas.Line({{at.x - arm, at.y + arm}, {at.x + arm, at.y - arm}}, color, width);
  }
}

void DrawCurve(Canvas& canvas, const Panel& panel, const Curve& curve) {
  std::vector<Point> line, area;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    line.push_back(panel.At(curve.x[i], curve.y[i]));
    area.push_back(panel.At(curve.x[i], curve.high[i]));
  }
  for (size_t i = curve.x.size(); i-- > 0;) area.push_back(panel.At(curve.x[i], curve.low[i]));
  Color pale = curve.color;
  pale.alpha = 0.22;
  canvas.Within(panel.box, [&] {
    canvas.Polygon(area, pale);
    canvas.Line(line, curve.color, 1.4);
  });
}

void DrawLegend(Canvas& canvas, Point middle, absl::Span<const Curve> curves) {
  constexpr double kLine = 16, kGap = 5, kBetween = 18;
  TextStyle style;
  style.size = 9;
  style.horizontal = Align::kStart;
  double width = -kBetween;
  for (const Curve& curve : curves) {
    width += kLine + kGap + canvas.Width(curve.name, style) + kBetween;
  }
  double x = middle.x - width / 2;
  for (const Curve& curve : curves) {
    canvas.Line({{x, middle.y}, {x + kLine, middle.y}}, curve.color, 2);
    canvas.Text({x + kLine + kGap, middle.y}, curve.name, style);
    x += kLine + kGap + canvas.Width(curve.name, style) + kBetween;
  }
}

}  // namespace vagram::lab

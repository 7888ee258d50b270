#ifndef LAB_PLOT_H_
#define LAB_PLOT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "lab/drawing.h"

namespace vagram::lab {

struct Tick {
  double value = 0;
  std::string label;  // may be empty
};

// From the lowest to the highest value of an axis; logarithmic ones start above 0.
struct Range {
  double low = 0, high = 1;
  bool logarithmic = false;

  // 0 at `low`, 1 at `high`.
  double Share(double value) const;
};

// Round values within the range: multiples of 1, 2 or 5 times a power of ten, `count` of them at
// most; on a logarithmic range the powers of ten.
std::vector<Tick> RoundTicks(const Range& range, int count);

// A rectangle of the page with two axes.
struct Panel {
  Box box;
  Range x, y;

  Point At(double x_value, double y_value) const;
};

// Values at the nodes of an even grid over a whole panel: row 0 at the lowest y, column 0 at the
// lowest x. At least 2 by 2.
struct Grid {
  int columns = 0, rows = 0;
  std::vector<double> values;  // [rows, columns]

  double at(int row, int column) const { return values[size_t(row) * columns + column]; }
};

// The viridis colour map of matplotlib (van der Walt and Smith, 2015; public domain), as even steps
// of brightness that also colour-blind readers and grey printers keep apart. share: 0 (dark) to 1.
Color Viridis(double share);

// Which colour a value has.
struct ColorScale {
  Range range;
  bool square_root = false;  // more colours for the small values
  bool dark_is_high = false;

  double Share(double value) const;  // 0 to 1, beyond the range as at its ends
  Color At(double value) const;
};

struct Segment {
  Point from, to;
};

// The line on which the grid, between its nodes linear, has the value `level` (marching squares).
// In units of columns and rows.
std::vector<Segment> Contour(const Grid& grid, double level);

// The axes around a panel: frame, ticks, labels.
struct Axes {
  std::string title, x_label, y_label;
  std::vector<Tick> x_ticks, y_ticks;
};
void DrawAxes(Canvas& canvas, const Panel& panel, const Axes& axes);

void DrawHeatMap(Canvas& canvas, const Panel& panel, const Grid& grid, const ColorScale& colors);
void DrawContours(Canvas& canvas, const Panel& panel, const Grid& grid,
                  absl::Span<const double> levels, Color color);
void DrawColorBar(Canvas& canvas, Box box, const ColorScale& colors, absl::Span<const Tick> ticks);

// A white cross that is also seen on white.
void DrawCross(Canvas& canvas, Point at);

// One curve with the area that it is known to lie in, each as long as `x`.
struct Curve {
  std::string name;
  Color color;
  std::vector<double> x, y, low, high;
};
void DrawCurve(Canvas& canvas, const Panel& panel, const Curve& curve);

// Names beside their colours in one row, centred at `middle`.
void DrawLegend(Canvas& canvas, Point middle, absl::Span<const Curve> curves);

}  // namespace vagram::lab

#endif  // LAB_PLOT_H_

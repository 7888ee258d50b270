#ifndef LAB_DRAWING_H_
#define LAB_DRAWING_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

// cairo's own type, so that its headers stay in drawing.cc.
typedef struct _cairo cairo_t;

namespace vagram::lab {

// Lengths are in points, 1/72 inch; y grows downwards.
struct Point {
  double x = 0, y = 0;
};

struct Box {
  double left = 0, top = 0, width = 0, height = 0;
  double right() const { return left + width; }
  double bottom() const { return top + height; }
};

// sRGB, each 0 to 1.
struct Color {
  double red = 0, green = 0, blue = 0, alpha = 1;
};

constexpr Color kBlack = {0.1, 0.1, 0.1};
constexpr Color kWhite = {1, 1, 1};

enum class Align { kStart, kMiddle, kEnd };

struct TextStyle {
  double size = 8;
  Align horizontal = Align::kMiddle;
  Align vertical = Align::kMiddle;
  bool upwards = false;  // a quarter turn to the left
  bool bold = false;
};

// Rows of pixels, the top one first.
struct Image {
  int width = 0, height = 0;
  std::vector<Color> pixels;
};

// What a figure is drawn on. Valid while Figure::draw runs.
class Canvas {
 public:
  explicit Canvas(cairo_t* cairo) : cairo_(cairo) {}

  void Line(absl::Span<const Point> points, Color color, double width);
  void Polygon(absl::Span<const Point> points, Color color);
  void Rectangle(Box box, Color color) { Polygon(Corners(box), color); }
  void Frame(Box box, Color color, double width);
  void Text(Point at, const std::string& text, const TextStyle& style);
  double Width(const std::string& text, const TextStyle& style);
  void Picture(Box box, const Image& image);

  // What `draw` draws is cut off at the box.
  void Within(Box box, const std::function<void()>& draw);

 private:
  static std::vector<Point> Corners(Box box);
  void SelectFont(const TextStyle& style);
  void Trace(absl::Span<const Point> points);

  cairo_t* const cairo_;
};

struct Figure {
  double width = 0, height = 0;
  std::function<void(Canvas&)> draw;
};

// The figure as the bytes of a file; texts are outlines, so that it looks the same without its
// font. The same figure gives the same bytes on one machine.   INTERNAL: cairo's error.
absl::StatusOr<std::string> Svg(const Figure& figure);
absl::StatusOr<std::string> Png(const Figure& figure, double pixels_per_point);

}  // namespace vagram::lab

#endif  // LAB_DRAWING_H_

#include "lab/drawing.h"

#include <cairo/cairo-svg.h>
#include <cairo/cairo.h>

#include <cmath>
#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"

namespace vagram::lab {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr char kFont[] = "DejaVu Sans";

using Surface = std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)>;
using Context = std::unique_ptr<cairo_t, decltype(&cairo_destroy)>;

cairo_status_t AppendTo(void* bytes, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

absl::Status ToStatus(cairo_status_t status) {
  if (status == CAIRO_STATUS_SUCCESS) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cannot draw: ", cairo_status_to_string(status)));
}

absl::Status Draw(const Figure& figure, cairo_surface_t* surface) {
  const Context cairo(cairo_create(surface), &cairo_destroy);
  Canvas canvas(cairo.get());
  canvas.Rectangle({0, 0, figure.width, figure.height}, kWhite);
  figure.draw(canvas);
  return ToStatus(cairo_status(cairo.get()));
}

double Shift(Align align, double length) {
  if (align == Align::kStart) return 0;
  return align == Align::kMiddle ? -length / 2 : -length;
}

uint32_t Pixel(Color color) {
  const auto byte = [](double part) { return static_cast<uint32_t>(std::lround(255 * part)); };
  return byte(color.red) << 16 | byte(color.green) << 8 | byte(color.blue);
}

void SetColor(cairo_t* cairo, Color color) {
  cairo_set_source_rgba(cairo, color.red, color.green, color.blue, color.alpha);
}

}  // namespace

std::vector<Point> Canvas::Corners(Box box) {
  return {{box.left, box.top},
          {box.right(), box.top},
          {box.right(), box.bottom()},
          {box.left, box.bottom()}};
}

void Canvas::Trace(absl::Span<const Point> points) {
  cairo_new_path(cairo_);
  for (const Point& point : points) cairo_line_to(cairo_, point.x, point.y);
}

void Canvas::Line(absl::Span<const Point> points, Color color, double width) {
  Trace(points);
  SetColor(cairo_, color);
  cairo_set_line_width(cairo_, width);
  cairo_set_line_join(cairo_, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke(cairo_);
}

void Canvas::Polygon(absl::Span<const Point> points, Color color) {
  Trace(points);
  SetColor(cairo_, color);
  cairo_fill(cairo_);
}

void Canvas::Frame(Box box, Color color, double width) {
  std::vector<Point> points = Corners(box);
  points.push_back(points[0]);
  points.push_back(points[1]);  // so that the first corner is joined, too
  Line(points, color, width);
}

void Canvas::SelectFont(const TextStyle& style) {
  cairo_select_font_face(cairo_, kFont, CAIRO_FONT_SLANT_NORMAL,
                         style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(cairo_, style.size);
}

double Canvas::Width(const std::string& text, const TextStyle& style) {
  SelectFont(style);
  cairo_text_extents_t extents;
  cairo_text_extents(cairo_, text.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::Text(Point at, const std::string& text, const TextStyle& style) {
  const double width = Width(text, style);
  cairo_save(cairo_);
  cairo_translate(cairo_, at.x, at.y);
  if (style.upwards) cairo_rotate(cairo_, -kPi / 2);
  // By the height of a capital letter, so that texts side by side share a base line.
  cairo_move_to(cairo_, Shift(style.horizontal, width),
                Shift(style.vertical, 0.73 * style.size) + 0.73 * style.size);
  SetColor(cairo_, kBlack);
  cairo_show_text(cairo_, text.c_str());
  cairo_restore(cairo_);
}

void Canvas::Picture(Box box, const Image& image) {
  const Surface pixels(cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width, image.height),
                       &cairo_surface_destroy);
  unsigned char* const data = cairo_image_surface_get_data(pixels.get());
  if (data == nullptr) return;
  const int stride = cairo_image_surface_get_stride(pixels.get());
  for (int row = 0; row < image.height; ++row) {
    auto* const line = reinterpret_cast<uint32_t*>(data + int64_t{stride} * row);
    for (int column = 0; column < image.width; ++column) {
      line[column] = Pixel(image.pixels[int64_t{image.width} * row + column]);
    }
  }
  cairo_surface_mark_dirty(pixels.get());
  cairo_save(cairo_);
  cairo_rectangle(cairo_, box.left, box.top, box.width, box.height);
  cairo_clip(cairo_);
  cairo_translate(cairo_, box.left, box.top);
  cairo_scale(cairo_, box.width / image.width, box.height / image.height);
  cairo_set_source_surface(cairo_, pixels.get(), 0, 0);
  // Pixels at the edge are not to be blended with the page.
  cairo_pattern_set_extend(cairo_get_source(cairo_), CAIRO_EXTEND_PAD);
  cairo_paint(cairo_);
  cairo_restore(cairo_);
}

void Canvas::Within(Box box, const std::function<void()>& draw) {
  cairo_save(cairo_);
  cairo_rectangle(cairo_, box.left, box.top, box.width, box.height);
  cairo_clip(cairo_);
  draw();
  cairo_restore(cairo_);
}

absl::StatusOr<std::string> Svg(const Figure& figure) {
  std::string bytes;
  const Surface surface(
      cairo_svg_surface_create_for_stream(&AppendTo, &bytes, figure.width, figure.height),
      &cairo_surface_destroy);
  absl::Status status = Draw(figure, surface.get());
  cairo_surface_finish(surface.get());
  status.Update(ToStatus(cairo_surface_status(surface.get())));
  if (!status.ok()) return status;
  return bytes;
}

absl::StatusOr<std::string> Png(const Figure& figure, double pixels_per_point) {
  const Surface surface(
      cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                 static_cast<int>(std::lround(figure.width * pixels_per_point)),
                                 static_cast<int>(std::lround(figure.height * pixels_per_point))),
      &cairo_surface_destroy);
  cairo_surface_set_device_scale(surface.get(), pixels_per_point, pixels_per_point);
  absl::Status status = Draw(figure, surface.get());
  std::string bytes;
  status.Update(ToStatus(cairo_surface_write_to_png_stream(surface.get(), &AppendTo, &bytes)));
  if (!status.ok()) return status;
  return bytes;
}

}  // namespace vagram::lab

#include "orchestrator/analysis/figure_script.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace vagram::analysis {
namespace {

// Inches. A figure over both columns of a paper, 7 point letters.
constexpr double kWidth = 6.75;
constexpr double kRowHeight = 2.1;   // panels, title and numbers of their axes
constexpr double kKeyHeight = 0.17;  // a line of the legend
constexpr double kFoot = 0.17;       // names of the axes, below the last row
constexpr double kCurvesLeft = 0.62, kCurvesRight = 4.2;
constexpr double kFinalRight = 6.6;
constexpr double kPanelTop = 0.27, kPanelBottom = 0.25;  // within a row
constexpr double kLetter = 0.057;                        // the width of one, about

// Okabe and Ito, Color universal design, 2008; yellow last, for it is faint on white.
constexpr const char* kColors[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                   "#E69F00", "#56B4E9", "#000000", "#F0E442"};
constexpr size_t kNumColors = sizeof(kColors) / sizeof(kColors[0]);

// A string of gnuplot's that stands for exactly `text`; control characters become ?.
std::string Quoted(absl::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return quoted + "'";
}

// The label of a tic is a format: gnuplot fills in its value for a %.
std::string TicLabel(absl::string_view text) { return absl::StrReplaceAll(text, {{"%", "%%"}}); }

std::string Number(double value) {
  return std::isfinite(value) ? absl::StrFormat("%.10g", value) : "NaN";
}

int Letters(absl::string_view utf8) {
  return static_cast<int>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string NameOfMetric(const std::string& metric) {
  if (metric == "evaluate/return_mean") return "Evaluation return";
  if (metric == "collect/return_mean") return "Training return";
  return metric;
}

// Steps in a unit with few digits.
struct StepUnit {
  double size = 1;
  const char* name = "Environment steps";
};

StepUnit UnitOf(const Figure& figure) {
  int64_t last = 0;
  for (const FigureRow& row : figure.rows) {
    for (const FigureSeries& series : row.series) {
      if (!series.steps.empty()) last = std::max(last, series.steps.back());
    }
  }
  if (last >= 2000000) return {1e6, "Environment steps (millions)"};
  if (last >= 5000) return {1e3, "Environment steps (thousands)"};
  return {};
}

// Where an axis begins and ends, and how far apart its tics are.
class Axis {
 public:
  void Cover(double value) {
    if (!std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  void Cover(const Interval& interval) {
    Cover(interval.low);
    Cover(interval.high);
  }

  // "[low:high]", with `margin` of the length on both sides.
  std::string Range(double margin) const {
    if (low_ > high_) return "[0:1]";
    const double length = high_ > low_ ? high_ - low_ : std::max(1.0, std::abs(low_));
    const double around = high_ > low_ ? margin * length : length / 2;
    return absl::StrCat("[", Number(low_ - around), ":", Number(high_ + around), "]");
  }

  // `most` tics or fewer at multiples of a round number.
  std::string TicDistance(int most) const {
    if (!(high_ > low_)) return "autofreq";
    const double power = std::pow(10, std::floor(std::log10(high_ - low_)));
    for (const double factor : {0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0}) {
      if ((high_ - low_) / (factor * power) <= most) return Number(factor * power);
    }
    return Number(10 * power);
  }

 private:
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

// The clauses of one plot command.
class Plots {
 public:
  void Add(const std::string& plot) {
    absl::StrAppend(&text_, text_.empty() ? "plot " : ", \\\n  ", plot);
  }
  // gnuplot wants at least one.
  std::string Take() const {
    return absl::StrCat(text_.empty() ? "plot NaN notitle" : text_, "\n");
  }

 private:
  std::string text_;
};

const char* ColorOf(size_t group) { return kColors[group % kNumColors]; }

int DashOf(size_t group) { return static_cast<int>(group / kNumColors) + 1; }

class Script {
 public:
  Script(const Figure& figure, FigureFormat format, const std::string& output)
      : figure_(figure), unit_(UnitOf(figure)) {
    LayOutLegend();
    height_ = kKeyHeight * legend_rows_ + kRowHeight * figure.rows.size() + kFoot;
    Begin(format, output);
    AddLegend();
    for (size_t row = 0; row < figure.rows.size(); ++row) {
      AddData(row);
      AddCurves(row);
      AddFinals(row);
    }
    absl::StrAppend(&text_, "unset multiplot\nunset output\n");
  }

  std::string Take() { return std::move(text_); }

 private:
  // The group's label with how many seeds it has in each row.
  std::string LegendText(size_t group) const {
    int most = 0, fewest = std::numeric_limits<int>::max();
    for (const FigureRow& row : figure_.rows) {
      const int num_seeds = row.series[group].num_seeds;
      if (num_seeds == 0) continue;
      most = std::max(most, num_seeds);
      fewest = std::min(fewest, num_seeds);
    }
    return absl::StrCat(figure_.rows[0].series[group].label,
                        " (n = ", fewest < most ? absl::StrCat(fewest, " to ") : "", most, ")");
  }

  size_t NumGroups() const { return figure_.rows[0].series.size(); }

  void LayOutLegend() {
    int longest = 0;
    for (size_t i = 0; i < NumGroups(); ++i) longest = std::max(longest, Letters(LegendText(i)));
    legend_entry_ = longest * kLetter + 0.5;
    const int groups = static_cast<int>(NumGroups());
    legend_columns_ =
        std::clamp(static_cast<int>((kFinalRight - kCurvesLeft) / legend_entry_), 1, groups);
    legend_rows_ = (groups + legend_columns_ - 1) / legend_columns_;
  }

  void Begin(FigureFormat format, const std::string& output) {
    switch (format) {
      case FigureFormat::kPng:  // 300 dots an inch
        absl::StrAppendFormat(&text_,
                              "set terminal pngcairo noenhanced size %d,%d font 'DejaVu Sans,7' "
                              "fontscale 3.125 linewidth 3 pointscale 3 background '#FFFFFF'\n",
                              static_cast<int>(kWidth * 300), static_cast<int>(height_ * 300));
        break;
      case FigureFormat::kPdf:
        absl::StrAppendFormat(&text_,
                              "set terminal pdfcairo noenhanced size %.2fin,%.2fin font "
                              "'DejaVu Sans,7' fontscale 1 linewidth 1 pointscale 1\n",
                              kWidth, height_);
        break;
      case FigureFormat::kSvg:  // 96 dots an inch
        absl::StrAppendFormat(&text_,
                              "set terminal svg noenhanced size %d,%d dynamic font "
                              "'DejaVu Sans,9.3' linewidth 1 background '#FFFFFF'\n",
                              static_cast<int>(kWidth * 96), static_cast<int>(height_ * 96));
        break;
    }
    absl::StrAppend(&text_, "set output ", Quoted(output),
                    "\n"
                    "set encoding utf8\n"
                    "set minussign\n"
                    "set border 3 linecolor '#333333' linewidth 0.6\n"
                    "set tics nomirror out scale 0.5 textcolor '#333333'\n"
                    "set style fill transparent solid 0.18 noborder\n"
                    "set linetype 100 linecolor '#E6E6E6' linewidth 0.6 dashtype 1\n"
                    "unset key\n"
                    "set multiplot\n");
  }

  // Above all panels, drawn with the first of them.
  void AddLegend() {
    for (size_t i = 0; i < NumGroups(); ++i) {
      const double left = kCurvesLeft + legend_entry_ * (i % legend_columns_);
      const double down = kKeyHeight * (0.6 + i / legend_columns_);
      const double y = 1 - down / height_;
      absl::StrAppendFormat(&text_,
                            "set arrow from screen %.4f,%.4f to screen %.4f,%.4f nohead linecolor "
                            "'%s' linewidth 1.8 dashtype %d\n"
                            "set label %s at screen %.4f,%.4f left textcolor '#000000'\n",
                            left / kWidth, y, (left + 0.25) / kWidth, y, ColorOf(i), DashOf(i),
                            Quoted(LegendText(i)), (left + 0.31) / kWidth, y);
    }
  }

  // A panel of `row` from one inch to another, seen from the left.
  void Place(size_t row, double left, double right) {
    const double row_top = kKeyHeight * legend_rows_ + kRowHeight * row;
    absl::StrAppendFormat(&text_,
                          "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                          "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                          left / kWidth, right / kWidth, 1 - (row_top + kPanelTop) / height_,
                          1 - (row_top + kRowHeight - kPanelBottom) / height_);
  }

  void AddData(size_t row) {
    for (size_t i = 0; i < NumGroups(); ++i) {
      const FigureSeries& series = figure_.rows[row].series[i];
      absl::StrAppend(&text_, "$curve", row, "_", i, " << END\n");
      for (size_t k = 0; k < series.steps.size(); ++k) {
        const Interval band = series.band.empty() ? Interval{NAN, NAN} : series.band[k];
        absl::StrAppend(&text_, Number(series.steps[k] / unit_.size), " ", Number(series.center[k]),
                        " ", Number(band.low), " ", Number(band.high), "\n");
      }
      absl::StrAppend(&text_, "END\n$seeds", row, "_", i, " << END\n");
      for (const LearningCurve& curve : series.seeds) {
        for (size_t k = 0; k < curve.steps.size(); ++k) {
          absl::StrAppend(&text_, Number(curve.steps[k] / unit_.size), " ", Number(curve.values[k]),
                          "\n");
        }
        absl::StrAppend(&text_, "\n");  // lifts the pen
      }
      const Interval interval = series.final_interval.value_or(Interval{NAN, NAN});
      absl::StrAppend(&text_, "END\n$final", row, "_", i, " << END\n", Number(series.final_center),
                      " ", Number(interval.low), " ", Number(interval.high), "\nEND\n$ends", row,
                      "_", i, " << END\n");
      for (const double value : series.final_seeds) absl::StrAppend(&text_, Number(value), "\n");
      absl::StrAppend(&text_, "END\n");
    }
  }

  void AddCurves(size_t row) {
    const bool is_last = row + 1 == figure_.rows.size();
    const std::vector<FigureSeries>& all = figure_.rows[row].series;
    Axis x, y;
    Plots plots;
    // Bands below, lines above all of them.
    for (size_t i = 0; i < all.size(); ++i) {
      if (!all[i].band.empty()) {
        for (const Interval& interval : all[i].band) y.Cover(interval);
        plots.Add(absl::StrFormat("$curve%d_%d using 1:3:4 with filledcurves fillcolor '%s'", row,
                                  i, ColorOf(i)));
      } else if (all[i].num_seeds > 1) {
        for (const LearningCurve& curve : all[i].seeds) {
          for (const double value : curve.values) y.Cover(value);
        }
        plots.Add(absl::StrFormat("$seeds%d_%d using 1:2 with lines linecolor '%s' linewidth 0.4",
                                  row, i, ColorOf(i)));
      }
    }
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].steps.empty()) continue;
      for (const double value : all[i].center) y.Cover(value);
      x.Cover(all[i].steps.front() / unit_.size);
      x.Cover(all[i].steps.back() / unit_.size);
      plots.Add(
          absl::StrFormat("$curve%d_%d using 1:2 with lines linecolor '%s' linewidth 1.4 "
                          "dashtype %d",
                          row, i, ColorOf(i), DashOf(i)));
    }
    Place(row, kCurvesLeft, kCurvesRight);
    absl::StrAppend(&text_, "set label 1001 ", Quoted(figure_.rows[row].label),
                    " at graph 0, graph 1.06 left textcolor '#000000'\n", "set label 1002 ",
                    Quoted(absl::StrCat(NameOfMetric(figure_.metric), " (", CenterName(), ")")),
                    " at screen ", 0.1 / kWidth, ", graph 0.5 center rotate\n",
                    "unset grid\nset grid ytics linetype 100\n", "set xrange ", x.Range(0), "\n",
                    "set yrange ", y.Range(0.04), "\n", "set xtics ", x.TicDistance(8), "\n",
                    "set ytics ", y.TicDistance(5), " scale 0.5\n", "set format '%h'\n",
                    "set xlabel ", is_last ? Quoted(unit_.name) : "''", " offset 0,0.4\n",
                    plots.Take(), "unset label\nunset arrow\n");
  }

  void AddFinals(size_t row) {
    const bool is_last = row + 1 == figure_.rows.size();
    const std::vector<FigureSeries>& all = figure_.rows[row].series;
    int longest = 0;
    for (const FigureSeries& series : all) longest = std::max(longest, Letters(series.label));
    const bool has_room = longest * kLetter < 1.1;  // else the colours must do
    const double half = std::min(0.3, 0.08 * static_cast<double>(all.size()));  // height of a bar
    std::string names;
    Axis x;
    Plots plots;
    bool has_intervals = false;
    for (size_t i = 0; i < all.size(); ++i) {
      const double place = static_cast<double>(all.size() - 1 - i);  // the first one topmost
      absl::StrAppend(&names, i == 0 ? "" : ", ", Quoted(has_room ? TicLabel(all[i].label) : ""),
                      " ", place);
      if (all[i].num_seeds == 0) continue;
      x.Cover(all[i].final_center);
      for (const double value : all[i].final_seeds) x.Cover(value);
      const std::string data = absl::StrFormat("$final%d_%d", row, i);
      if (all[i].final_interval.has_value()) {
        has_intervals = true;
        x.Cover(*all[i].final_interval);
        plots.Add(
            absl::StrFormat("%s using 1:(%g):2:3:(%g):(%g) with boxxyerror fillcolor '%s' "
                            "fillstyle transparent solid 0.35 noborder",
                            data, place, place - half, place + half, ColorOf(i)));
      }
      plots.Add(
          absl::StrFormat("%s using 1:(%g):(0):(%g) with vectors nohead linecolor '%s' "
                          "linewidth 1.8",
                          data, place - half, 2 * half, ColorOf(i)));
      plots.Add(
          absl::StrFormat("$ends%d_%d using 1:(%g) with points pointtype 6 pointsize 0.3 "
                          "linecolor '#333333' linewidth 0.5",
                          row, i, place));
    }
    Place(row, kCurvesRight + 0.3 + (has_room ? longest * kLetter : 0), kFinalRight);
    absl::StrAppend(&text_, "unset grid\nset grid xtics linetype 100\nset format '%h'\n",
                    "set xrange ", x.Range(0.06), "\n", "set xtics ", x.TicDistance(3), "\n",
                    "set yrange [-0.6:", static_cast<double>(all.size()) - 0.4, "]\n",
                    "set ytics (", names, ") scale 0\n", "set xlabel ",
                    is_last ? Quoted(absl::StrCat("Final ", CenterName(),
                                                  has_intervals ? ", 95 % interval" : ""))
                            : "''",
                    " offset 0,0.4\n", plots.Take());
  }

  const char* CenterName() const { return figure_.center == Center::kMean ? "mean" : "IQM"; }

  const Figure& figure_;
  const StepUnit unit_;
  int legend_columns_ = 1, legend_rows_ = 1;
  double legend_entry_ = 0;  // inches
  double height_ = 0;
  std::string text_;
};

}  // namespace

std::optional<FigureFormat> FormatOfFile(absl::string_view path) {
  if (absl::EndsWithIgnoreCase(path, ".svg")) return FigureFormat::kSvg;
  if (absl::EndsWithIgnoreCase(path, ".png")) return FigureFormat::kPng;
  if (absl::EndsWithIgnoreCase(path, ".pdf")) return FigureFormat::kPdf;
  return std::nullopt;
}

std::string FigureScript(const Figure& figure, FigureFormat format, const std::string& output) {
  return Script(figure, format, output).Take();
}

}  // namespace vagram::analysis

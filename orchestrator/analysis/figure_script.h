#ifndef ORCHESTRATOR_ANALYSIS_FIGURE_SCRIPT_H_
#define ORCHESTRATOR_ANALYSIS_FIGURE_SCRIPT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "orchestrator/analysis/figure.h"

namespace vagram::analysis {

enum class FigureFormat { kSvg, kPng, kPdf };

// By the ending of a file's name.   Nothing: another one.
std::optional<FigureFormat> FormatOfFile(absl::string_view path);

// gnuplot commands (5.2 or later), data included, that draw `figure` into the file `output`, as
// wide as a page's text. Texts of others, such as labels, stand between single quotes, where
// gnuplot runs nothing, and without markup. `output` must be a path of our own making: gnuplot
// takes a name that begins with | for a command.
std::string FigureScript(const Figure& figure, FigureFormat format, const std::string& output);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_FIGURE_SCRIPT_H_

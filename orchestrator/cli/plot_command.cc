#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/metrics/atomic_file.h"
#include "orchestrator/analysis/figure.h"
#include "orchestrator/analysis/figure_script.h"
#include "orchestrator/analysis/grouping.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/gnuplot.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/cli/trial_records.h"

namespace vagram::cli {
namespace {

// What a caption has to say.
std::string Caption(const analysis::Figure& figure) {
  return figure.center == analysis::Center::kInterquartileMean
             ? "lines: interquartile mean over seeds; bands and bars: bootstrap intervals of 95 %; "
               "circles: seeds"
             : "lines: mean over seeds; bands and bars: Student's t intervals of 95 % where there "
               "are "
               "3 seeds or more; thin lines and circles: seeds";
}

}  // namespace

int Plot(const Arguments& arguments, Console& console) {
  const std::optional<analysis::FigureFormat> format = analysis::FormatOfFile(arguments.out);
  if (!format.has_value()) {
    return ReportError(
        absl::InvalidArgumentError(absl::StrCat(
            "--out ", arguments.out, ": expected a name that ends with .svg, .png or .pdf")),
        console);
  }
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  const auto trials = ReadTrials(**client, arguments.ids);
  if (!trials.ok()) return ReportError(trials.status(), console);
  const auto tuning = AreTuning(*trials);
  if (!tuning.ok()) return ReportError(tuning.status(), console);
  const auto grouped = analysis::GroupTrials(*trials, GroupingOf(arguments));
  if (!grouped.ok()) return ReportError(grouped.status(), console);

  const analysis::Figure figure = analysis::MakeFigure(*grouped, arguments.seed);
  const auto drawn = DrawWithGnuplot(
      [&](const std::string& path) { return analysis::FigureScript(figure, *format, path); },
      console.interrupt);
  if (!drawn.ok()) return ReportError(drawn.status(), console);
  const absl::Status written = WriteFileAtomically(arguments.out, *drawn);
  if (!written.ok()) return ReportError(written, console);
  if (arguments.json) {
    nlohmann::ordered_json json = {{"file", arguments.out},
                                   {"left_out", nlohmann::ordered_json::array()},
                                   {"warnings", grouped->warnings}};
    for (const analysis::LeftOut& left_out : grouped->left_out) {
      json["left_out"].push_back({{"trial", left_out.trial}, {"why", left_out.why}});
    }
    console.out << json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  for (const std::string& sentence : analysis::LeftOutSentences(*grouped)) {
    console.err << "left out: " << Printable(sentence) << "\n";
  }
  for (const std::string& warning : grouped->warnings) {
    console.err << "note: " << Printable(warning) << "\n";
  }
  if (*tuning) console.err << kTuningNote << "\n";
  console.err << Caption(figure) << "\n";
  console.out << arguments.out << "\n";
  return kExitOk;
}

}  // namespace vagram::cli

#include <ostream>
#include <string>
#include <vector>

#include "orchestrator/analysis/comparison.h"
#include "orchestrator/analysis/grouping.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/comparison_text.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/trial_records.h"

namespace vagram::cli {

int Compare(const Arguments& arguments, Console& console) {
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  const auto trials = ReadTrials(**client, arguments.ids);
  if (!trials.ok()) return ReportError(trials.status(), console);
  const auto tuning = AreTuning(*trials);
  if (!tuning.ok()) return ReportError(tuning.status(), console);
  if (*tuning && arguments.json) console.err << kTuningNote << "\n";
  const auto grouped = analysis::GroupTrials(*trials, GroupingOf(arguments));
  if (!grouped.ok()) return ReportError(grouped.status(), console);

  analysis::ComparisonOptions options;
  options.threshold = arguments.threshold;
  options.seed = arguments.seed;
  const analysis::Comparison comparison = analysis::Compare(*grouped, options);
  if (arguments.json) {
    console.out << ComparisonJson(*grouped, comparison, options) << "\n";
    return kExitOk;
  }
  for (const std::string& line :
       ComparisonLines(*grouped, comparison, options, console.color_out(), console.out_columns())) {
    console.out << line << "\n";
  }
  if (*tuning) console.out << "\n" << kTuningNote << "\n";
  return kExitOk;
}

}  // namespace vagram::cli

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/status_macros.h"
#include "core/metrics/atomic_file.h"
#include "orchestrator/analysis/metrics_export.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"
#include "orchestrator/cli/folder.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/trial_records.h"

namespace vagram::cli {
namespace {

std::vector<analysis::ExportedFile> Files(const std::string& format,
                                          absl::Span<const analysis::RecordedTrial> trials) {
  if (format == "csv") return analysis::MetricsAsCsv(trials);
  if (format == "jsonl") return analysis::MetricsAsJsonLines(trials);
  return analysis::MetricsAsNpy(trials);  // the command line has checked the name
}

absl::Status Write(const std::string& folder, absl::Span<const analysis::ExportedFile> files) {
  RETURN_IF_ERROR(MakeFolder(folder));
  for (const analysis::ExportedFile& file : files) {
    RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/", file.name), file.content));
  }
  return absl::OkStatus();
}

std::string WrittenJson(const std::string& folder, absl::Span<const analysis::ExportedFile> files,
                        absl::Span<const analysis::RecordedTrial> trials) {
  nlohmann::ordered_json json = {{"files", nlohmann::ordered_json::array()},
                                 {"trials", nlohmann::ordered_json::array()}};
  for (const analysis::ExportedFile& file : files) {
    json["files"].push_back(absl::StrCat(folder, "/", file.name));
  }
  for (const analysis::RecordedTrial& recorded : trials) {
    json["trials"].push_back({{"trial", recorded.trial.id()},
                              {"state", StateName(recorded.trial.state())},
                              {"rows", recorded.rows.size()}});
  }
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

int Export(const Arguments& arguments, Console& console) {
  if (arguments.what == "policy") return ExportPolicies(arguments, console);
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  const auto trials = ReadTrials(**client, arguments.ids);
  if (!trials.ok()) return ReportError(trials.status(), console);
  size_t num_rows = 0;
  for (const analysis::RecordedTrial& recorded : *trials) num_rows += recorded.rows.size();
  if (num_rows == 0) {
    return ReportError(absl::FailedPreconditionError(
                           "no trial has reported metrics yet: `vagram status ID` shows what they "
                           "do"),
                       console);
  }
  const std::vector<analysis::ExportedFile> files = Files(arguments.format, *trials);
  const absl::Status written = Write(arguments.out, files);
  if (!written.ok()) return ReportError(written, console);
  if (arguments.json) {
    console.out << WrittenJson(arguments.out, files, *trials) << "\n";
    return kExitOk;
  }
  for (const analysis::RecordedTrial& recorded : *trials) {
    if (recorded.trial.state() == v1::SUCCEEDED) continue;
    console.err << recorded.trial.id() << " is " << StateName(recorded.trial.state()) << ": "
                << Count(static_cast<int64_t>(recorded.rows.size()), "row") << " of it\n";
  }
  for (const analysis::ExportedFile& file : files) {
    console.out << arguments.out << "/" << file.name << "\n";
  }
  return kExitOk;
}

}  // namespace vagram::cli

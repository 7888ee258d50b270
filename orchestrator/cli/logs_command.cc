#include <nlohmann/json.hpp>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"

namespace vagram::cli {
namespace {

v1::Role ParseRole(const std::string& name) {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  v1::Role_Parse(absl::AsciiStrToUpper(name), &role);  // the command line has checked the name
  return role;
}

}  // namespace

int Logs(const Arguments& arguments, Console& console) {
  auto client = ExperimentsClient::Connect(arguments.home, console.interrupt);
  if (!client.ok()) return ReportError(client.status(), console);
  const auto experiment = (*client)->Get(arguments.id);
  if (!experiment.ok()) return ReportError(experiment.status(), console);

  v1::GetLogsRequest request;
  request.set_id(arguments.id);
  request.set_role(ParseRole(arguments.role));
  request.set_follow(arguments.follow);
  request.set_tail_lines(arguments.tail_lines);
  // Lines say where they come from when that is not clear from the request.
  const bool name_trial = experiment->trials_size() > 1;
  const bool name_source = arguments.role.empty();
  const absl::Status status = (*client)->ReadLogs(request, [&](const v1::LogChunk& chunk) {
    std::string prefix = name_trial ? chunk.trial_id() : "";
    if (name_source) absl::StrAppend(&prefix, prefix.empty() ? "" : " ", chunk.source());
    if (!prefix.empty()) absl::StrAppend(&prefix, " | ");
    absl::string_view text = chunk.text();
    if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    if (text.empty() && chunk.text().empty()) return;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (arguments.json) {
        const nlohmann::ordered_json json = {{"trial_id", chunk.trial_id()},
                                             {"source", chunk.source()},
                                             {"line", std::string(line)}};
        console.out << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
      } else {
        console.out << prefix << line << "\n";
      }
    }
    console.out.flush();
  });
  if (status.ok() || (arguments.follow && absl::IsCancelled(status))) return kExitOk;
  return ReportError(status, console);
}

}  // namespace vagram::cli

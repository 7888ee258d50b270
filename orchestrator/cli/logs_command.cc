#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "orchestrator/cli/commands.h"
#include "orchestrator/cli/experiments_client.h"

namespace vagram::cli {
namespace {

// A stream cannot be asked to begin where another has reached its deadline. It begins with the last
// lines of each log, and those up to what was printed last are left out. So many lines hold that
// end, which is some lines with their times, and all that is written between the two streams.
constexpr int64_t kLinesAgain = 1000;
constexpr size_t kEndBytes = 500;

v1::Role ParseRole(const std::string& name) {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  v1::Role_Parse(absl::AsciiStrToUpper(name), &role);  // the command line has checked the name
  return role;
}

class LogPrinter {
 public:
  LogPrinter(bool name_trial, bool name_source, bool json, std::ostream* out)
      : name_trial_(name_trial), name_source_(name_source), json_(json), out_(out) {}

  void Print(const v1::LogChunk& chunk) {
    const Log log = {chunk.trial_id(), chunk.source()};
    absl::string_view text = chunk.text();
    if (const auto known = known_.extract(log); !known.empty()) {
      const size_t at = text.rfind(known.mapped());
      if (at != absl::string_view::npos) text.remove_prefix(at + known.mapped().size());
    }
    if (text.empty()) return;
    std::string& end = ends_[log];
    end.append(text.data(), text.size());
    end.erase(0, end.size() - std::min(end.size(), kEndBytes));
    PrintLines(chunk, absl::StripSuffix(text, "\n"));
  }

  // The next chunk of each log begins with lines that were printed, and new ones follow.
  void ExpectLinesAgain() { known_ = ends_; }

 private:
  using Log = std::pair<std::string, std::string>;  // its trial and its source

  void PrintLines(const v1::LogChunk& chunk, absl::string_view lines) {
    std::string prefix = name_trial_ ? chunk.trial_id() : "";
    if (name_source_) absl::StrAppend(&prefix, prefix.empty() ? "" : " ", chunk.source());
    if (!prefix.empty()) absl::StrAppend(&prefix, " | ");
    for (absl::string_view line : absl::StrSplit(lines, '\n')) {
      if (json_) {
        const nlohmann::ordered_json json = {{"trial_id", chunk.trial_id()},
                                             {"source", chunk.source()},
                                             {"line", std::string(line)}};
        *out_ << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
      } else {
        *out_ << prefix << line << "\n";
      }
    }
    out_->flush();
  }

  const bool name_trial_;
  const bool name_source_;
  const bool json_;
  std::ostream* const out_;
  std::map<Log, std::string> ends_;   // what was printed last of each log
  std::map<Log, std::string> known_;  // the same of logs that come with printed lines next
};

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
  LogPrinter printer(/*name_trial=*/experiment->trials_size() > 1,
                     /*name_source=*/arguments.role.empty(), arguments.json, &console.out);
  const auto read = [&] {
    return (*client)->ReadLogs(request, [&](const v1::LogChunk& chunk) { printer.Print(chunk); });
  };
  absl::Status status = read();
  while (arguments.follow && absl::IsDeadlineExceeded(status)) {
    printer.ExpectLinesAgain();
    request.set_tail_lines(kLinesAgain);
    status = read();
  }
  if (status.ok() || (arguments.follow && absl::IsCancelled(status))) return kExitOk;
  return ReportError(status, console);
}

}  // namespace vagram::cli

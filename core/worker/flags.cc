#include "core/worker/flags.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/rpc/address.h"
#include "core/rpc/status.h"
#include "core/rpc/token.h"

namespace vagram {

absl::StatusOr<WorkerFlags> ParseWorkerFlags(int argc, char** argv) {
  WorkerFlags flags;
  std::string token_file;
  CLI::App app("One worker of a trial; started by the orchestrator's launcher.");
  app.add_option("--orchestrator", flags.orchestrator.address, "HOST:PORT")->required();
  app.add_option("--token_file", token_file, "file with the service's token")->required();
  app.add_option("--trial", flags.trial_id, "id such as 3/0")->required();
  app.add_option("--attempt", flags.attempt, "1 for the first")->required();
  app.add_option("--index", flags.index, "among the workers of the role, from 0");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return absl::InvalidArgumentError(absl::StrCat(e.what(), "\n", app.help()));
  }

  std::vector<FieldFault> faults;
  const absl::StatusOr<HostPort> address = ParseHostPort(flags.orchestrator.address);
  if (!address.ok()) {
    faults.push_back({"--orchestrator", std::string(address.status().message())});
  } else if (address->port == 0) {
    faults.push_back({"--orchestrator", "port is 0, expected the orchestrator's"});
  }
  absl::StatusOr<std::string> token = ReadTokenFile(token_file);
  if (token.ok()) {
    flags.orchestrator.token = *std::move(token);
  } else {
    faults.push_back({"--token_file", std::string(token.status().message())});
  }
  if (flags.trial_id.empty()) faults.push_back({"--trial", "is empty, expected an id such as 3/0"});
  if (flags.attempt < 1) {
    faults.push_back({"--attempt", absl::StrCat("is ", flags.attempt, ", expected at least 1")});
  }
  if (flags.index < 0) {
    faults.push_back({"--index", absl::StrCat("is ", flags.index, ", expected at least 0")});
  }
  if (!faults.empty()) return InvalidFields("bad command line", faults);
  return flags;
}

}  // namespace vagram

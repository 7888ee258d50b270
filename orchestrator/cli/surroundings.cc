#include "orchestrator/cli/surroundings.h"

#include "absl/strings/str_cat.h"
#include "orchestrator/cli/console.h"

namespace vagram::cli {

std::vector<Term> ExitCodeTerms() {
  return {
      {absl::StrCat(kExitOk), "fine"},
      {absl::StrCat(kExitFailed),
       "a trial failed or was cancelled, or the command could not do its work"},
      {absl::StrCat(kExitUsage), "wrong command line or experiment file"},
      {absl::StrCat(kExitUnreachable), "no service answers"},
      {absl::StrCat(kExitNotFound), "no such experiment, trial or task"},
  };
}

std::vector<Term> EnvironmentTerms() {
  return {
      {"VAGRAM_HOME",
       "the service's folder where --home is not given; ~/.vagram where it is unset"},
      {"VAGRAM_BIN_DIR",
       "where the programs of the build are; where it is unset, beside this program"},
      {"NO_COLOR", "with any value but the empty one: no colours"},
      {"CLICOLOR_FORCE",
       "with any value but the empty one and 0: colours also where the output is no terminal; "
       "NO_COLOR and --color win over it"},
  };
}

std::vector<Term> FileTerms() {
  return {
      {"HOME/service.json", "address, dashboard and process of the service while it serves"},
      {"HOME/token", "the secret that opens it; readable by its owner only"},
      {"HOME/logs/orchestrator.log", "what the service says of itself"},
      {"HOME/experiments/EXPERIMENT/TRIAL/",
       "a trial's config.yaml, metrics.csv, TensorBoard events, policies, checkpoints and logs"},
  };
}

}  // namespace vagram::cli

// Writes a .policy file as a TorchScript module, once it has seen that the module's actions are the
// policy's own. Started by `vagram export --what policy`.
// Exit codes: 0 written, 1 could not be, 2 wrong command line.
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "actor/scripted_policy.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/config/env_spec_from_config.h"
#include "core/env/env_factory.h"
#include "core/metrics/atomic_file.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/wire/policy_file.h"

namespace vagram {
namespace {

// Of an action's range: the rounding of float32 differs between orders of summation.
constexpr double kMostError = 1e-6;

absl::Status ExportPolicy(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(SetComputeThreads(1));
  ASSIGN_OR_RETURN(const v1::PolicyFile policy, ReadPolicyFile(from));
  ASSIGN_OR_RETURN(const EnvFactory factory,
                   EnvFactory::Create(EnvSpecFromConfig(policy.config())));
  const Task& task = factory.task();
  ASSIGN_OR_RETURN(const std::string module, ScriptPolicy(policy, task));
  ASSIGN_OR_RETURN(const double error, ScriptedPolicyError(module, policy, task));
  if (!(error <= kMostError)) {
    return absl::InternalError(absl::StrFormat(
        "the actions of %s as TorchScript differ from its own by up to %.2g of their range, "
        "expected at most %.0e; nothing was written",
        from, error, kMostError));
  }
  RETURN_IF_ERROR(WriteFileAtomically(to, module));
  std::cout << absl::StrFormat("%s: %s after %d steps; actions within %.1g of the policy's own\n",
                               to, task.id, policy.step(), error);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  InitLogging(argv[0]);
  std::string from, to;
  CLI::App app("Writes a policy as TorchScript; `vagram export --what policy` calls it.");
  app.add_option("--policy", from, "a .policy file")->required();
  app.add_option("--out", to, "the module's file")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::Error& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::Status status = ExportPolicy(from, to);
  if (status.ok()) return 0;
  std::cerr << "vagram: " << status.message() << std::endl;
  return 1;
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  return vagram::Main(argc, argv);
}

// A sweep of any length: bazel run //tests/fault:long_sweep -- --trials=N --kills=K --seed=S
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "tests/fault/long_sweep.h"

ABSL_FLAG(int, trials, 200, "short trials, a multiple of 4");
ABSL_FLAG(int, kills, 5, "kills of the orchestrator meanwhile");
ABSL_FLAG(uint64_t, seed, 0, "of the moments");

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  vagram::LongSweepOptions options;
  options.trials = absl::GetFlag(FLAGS_trials);
  options.kills = absl::GetFlag(FLAGS_kills);
  options.seed = absl::GetFlag(FLAGS_seed);
  const auto report = vagram::RunLongSweep(options, std::cout);
  if (!report.ok()) {
    std::cerr << "long_sweep: " << report.status().message() << std::endl;
    return 1;
  }
  std::cout << "all " << report->trials << " trials are accounted for, with " << report->restarts
            << " restarts" << std::endl;
  return 0;
}

// The storm for as long as one likes: bazel run //tests/fault:storm -- --kills=N --seed=S
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "tests/fault/storm.h"

ABSL_FLAG(int, kills, 25, "kills of every kind of process, at least");
ABSL_FLAG(uint64_t, seed, 0, "of the moments and victims");

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  vagram::StormOptions options;
  options.kills = absl::GetFlag(FLAGS_kills);
  options.seed = absl::GetFlag(FLAGS_seed);
  const auto report = vagram::RunStorm(options, std::cout);
  if (!report.ok()) {
    std::cerr << "storm: " << report.status().message() << std::endl;
    return 1;
  }
  std::cout << "all " << report->trials << " trials ended as their undisturbed twins, bit for bit"
            << std::endl;
  return 0;
}

// The ledger with as many entries as one likes:
//   bazel run //tests/fault:ledger -- --submissions=N --rows=N --seed=S
#include <iostream>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "tests/fault/ledger.h"

ABSL_FLAG(int, submissions, 10000, "experiments submitted, every tenth of them cancelled");
ABSL_FLAG(int, rows, 10000, "rows of metrics reported");
ABSL_FLAG(uint64_t, seed, 0, "of the moments of the kills");

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  vagram::LedgerOptions options;
  options.submissions = absl::GetFlag(FLAGS_submissions);
  options.rows = absl::GetFlag(FLAGS_rows);
  options.seed = absl::GetFlag(FLAGS_seed);
  const auto report = vagram::KeepLedger(options, std::cout);
  if (!report.ok()) {
    std::cerr << "ledger: " << report.status().message() << std::endl;
    return 1;
  }
  std::cout << "the orchestrator was killed " << report->kills << " times, "
            << report->repeated_calls
            << " calls were repeated; acknowledged and there once: " << report->submissions
            << " submissions, " << report->cancellations << " cancellations, " << report->rows
            << " rows of metrics" << std::endl;
  return 0;
}

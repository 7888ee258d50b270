#ifndef TESTS_FAULT_LEDGER_H_
#define TESTS_FAULT_LEDGER_H_

#include <cstdint>
#include <iosfwd>

#include "absl/status/statusor.h"

namespace vagram {

struct LedgerOptions {
  int submissions = 10'000;
  int rows = 10'000;  // of metrics, one report each
  uint64_t seed = 0;  // of the moments of the kills
};

struct LedgerReport {
  int submissions = 0;     // acknowledged
  int cancellations = 0;   // of every tenth of them
  int rows = 0;            // of metrics acknowledged
  int kills = 0;           // of the orchestrator meanwhile
  int repeated_calls = 0;  // that had to be made again, because nobody knows what became of them
};

// Submits experiments, cancels some, and reports metrics of one trial, each from a client of its
// own that repeats a call until it is acknowledged, while the orchestrator is killed (SIGKILL) and
// started again at random moments. Then looks whether everything acknowledged is there, once.
//   DATA_LOSS: something is lost or there twice; says what.
absl::StatusOr<LedgerReport> KeepLedger(const LedgerOptions& options, std::ostream& progress);

}  // namespace vagram

#endif  // TESTS_FAULT_LEDGER_H_

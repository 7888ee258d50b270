#ifndef TESTS_GOLDEN_ENV_CHECK_H_
#define TESTS_GOLDEN_ENV_CHECK_H_

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/env/simulated_env.h"

namespace vagram {

// One check of one golden file.
struct EnvCheck {
  std::string name;
  double worst = 0;   // the largest error found
  double bar = 0;     // the largest error allowed
  std::string where;  // of the worst error, or what was compared

  bool passed() const { return worst <= bar; }  // false for what is not a number
};

struct EnvReport {
  std::string file;     // without folder
  std::string skipped;  // why nothing was checked; empty when it was
  std::vector<EnvCheck> checks;
};

// Compares an environment with a golden file, a record of the reference implementation:
//   model        every number of `model`, for equality; left out where it is nullptr
//   step ...     every step from the recorded state before it, so that no error builds up
//   free run     from the start on, as far as chaos lets two correct runs agree
// Errors are relative to 1 + the reference's size.
//   NOT_FOUND: no file to read.   INVALID_ARGUMENT: not of the golden files' form; names the place.
absl::StatusOr<EnvReport> CheckEnv(SimulatedEnv* env, const mjModel* model,
                                   const std::string& path);

// The same for the task of the catalogue that the golden file is named after.
// VagramDistractor.json is compared with Reference2022Map instead, a check per number of dims, by
// absolute errors.
absl::StatusOr<EnvReport> CheckEnvFile(const std::string& path);

// The same for the task that a YAML file (docs/add_an_environment.md) describes.
absl::StatusOr<EnvReport> CheckTaskFile(const std::string& yaml_path, const std::string& path);

// Every *.json of a folder, ordered by name.   NOT_FOUND: no folder, or no such file in it.
absl::StatusOr<std::vector<EnvReport>> CheckEnvFolder(const std::string& folder);

bool AllPassed(const std::vector<EnvReport>& reports);

// For people: a line per check.
std::string FormatTable(const std::vector<EnvReport>& reports);

}  // namespace vagram

#endif  // TESTS_GOLDEN_ENV_CHECK_H_

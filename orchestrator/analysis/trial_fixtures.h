#ifndef ORCHESTRATOR_ANALYSIS_TRIAL_FIXTURES_H_
#define ORCHESTRATOR_ANALYSIS_TRIAL_FIXTURES_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/analysis/recorded_trial.h"

namespace vagram::analysis {

constexpr char kReturn[] = "evaluate/return_mean";

// A trial of `id`, such as "1/3", that succeeded on Pendulum-v1 with these swept keys, and reported
// kReturn at these steps. The configuration has them too where it knows the key.
RecordedTrial SucceededTrial(const std::string& id, int64_t seed,
                             const std::map<std::string, std::string>& overrides,
                             const std::vector<std::pair<int64_t, double>>& returns);

// Three evaluations on the way to `last`, at steps 1000, 2000 and 3000.
std::vector<std::pair<int64_t, double>> RiseTo(double last);

}  // namespace vagram::analysis

#endif  // ORCHESTRATOR_ANALYSIS_TRIAL_FIXTURES_H_

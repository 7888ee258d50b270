#ifndef TESTS_GOLDEN_MODEL_CHECK_H_
#define TESTS_GOLDEN_MODEL_CHECK_H_

#include <mujoco/mujoco.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace vagram {

struct ModelDifferences {
  int64_t values_compared = 0;
  double worst = 0;                 // largest |ours - reference|; infinite where the shapes differ
  std::vector<std::string> fields;  // one line per field that is not equal, or unknown to us
};

// Compares a compiled model with the "model" object of a golden file: every number and name in it,
// for equality. Throws nlohmann::json::exception where the object is not of the expected form.
ModelDifferences CompareModel(const mjModel& model, const nlohmann::json& reference);

}  // namespace vagram

#endif  // TESTS_GOLDEN_MODEL_CHECK_H_

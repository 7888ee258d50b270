// Runs the conformance suite on distracted environments.
#include "core/env/conformance.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "core/env/distractors/distractor_dynamics.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

std::vector<ConformanceCase> Distracted() {
  using Kind = DistractorSpec::Kind;
  std::vector<ConformanceCase> cases;
  for (const char* id : {"Hopper-v4", "Pendulum-v1"}) {
    for (const Kind kind : {Kind::kPaper, Kind::kReference2022, Kind::kGaussian}) {
      ConformanceCase distracted{absl::StrCat(id, "_", DistractorKindName(kind)), {}};
      distracted.spec.id = id;
      distracted.spec.distractors = DistractorSpec{/*dims=*/10, kind, /*seed=*/1};
      cases.push_back(distracted);
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Distracted, Conformance, testing::ValuesIn(Distracted()), CaseName);

}  // namespace
}  // namespace vagram

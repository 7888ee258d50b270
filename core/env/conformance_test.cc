// Runs the conformance suite on the catalogue. A new task is covered by being in it.
#include "core/env/conformance.h"

#include <string>
#include <vector>

#include "core/env/env.h"
#include "core/env/task.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

std::vector<ConformanceCase> Catalogue() {
  std::vector<ConformanceCase> cases;
  for (const Task& task : AllTasks()) {
    ConformanceCase conformance_case{task.id, {}};
    conformance_case.spec.id = task.id;
    cases.push_back(conformance_case);
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(AllTasks, Conformance, testing::ValuesIn(Catalogue()), CaseName);

TEST(MakeEnv, NamesTheNearestTask) {
  EXPECT_THAT(MakeEnv("Hoper-v4"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("did you mean 'Hopper-v4'")));
}

}  // namespace
}  // namespace vagram

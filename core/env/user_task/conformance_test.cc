// Runs the conformance suite on the tasks of examples/tasks.
#include "core/env/conformance.h"

#include <string>
#include <vector>

#include "core/env/user_task/task_bundle.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

ConformanceCase Example(const std::string& name) {
  ConformanceCase example{name, {}};
  // A task that cannot be read has no files, and so fails the tests.
  example.spec.task_files =
      ReadTaskFiles("examples/tasks/" + name + ".yaml").value_or(std::vector<TaskFile>());
  return example;
}

INSTANTIATE_TEST_SUITE_P(Examples, Conformance,
                         testing::Values(Example("ball_on_beam"), Example("hopper"),
                                         Example("walker2d"), Example("half_cheetah"),
                                         Example("ant_truncated"), Example("humanoid_truncated")),
                         CaseName);

}  // namespace
}  // namespace vagram

#ifndef CORE_ENV_CONFORMANCE_H_
#define CORE_ENV_CONFORMANCE_H_

#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "core/env/env.h"
#include "core/env/env_factory.h"
#include "core/env/env_spec.h"
#include "core/env/task.h"
#include "gtest/gtest.h"

namespace vagram {

struct ConformanceCase {
  std::string name;  // for the test's name
  EnvSpec spec;
};

std::ostream& operator<<(std::ostream& out, const ConformanceCase& conformance_case);

// The name of a case as part of a test's name: whatever is no letter and no digit becomes '_'.
std::string CaseName(const testing::TestParamInfo<ConformanceCase>& info);

// What every environment must do, whatever it simulates and whoever wrote it. The tests are in
// conformance.cc; a test file says for which environments they run:
//
//   INSTANTIATE_TEST_SUITE_P(MyTasks, Conformance, testing::Values(...), CaseName);
class Conformance : public testing::TestWithParam<ConformanceCase> {
 protected:
  void SetUp() override;

  // Of the environment under test.
  const Task& task() const { return factory_->task(); }

  // Another copy of it.
  std::unique_ptr<Env> Make() const;

 private:
  std::optional<EnvFactory> factory_;
};

}  // namespace vagram

#endif  // CORE_ENV_CONFORMANCE_H_

#include "tests/fault/long_sweep.h"

#include <iostream>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

TEST(LongSweepTest, EveryTrialIsAccountedForWhileTheOrchestratorIsKilled) {
  LongSweepOptions options;
  options.trials = 12;
  options.kills = 2;
  const auto report = RunLongSweep(options, std::cout);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->trials, 12);
}

}  // namespace
}  // namespace vagram

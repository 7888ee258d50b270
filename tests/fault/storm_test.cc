#include "tests/fault/storm.h"

#include <iostream>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

TEST(StormTest, EveryTrialEndsAsIfNothingHadHappened) {
  StormOptions options;
  options.kills = 10;  // more by hand: bazel run //tests/fault:storm
  const auto report = RunStorm(options, std::cout);
  ASSERT_THAT(report.status(), IsOk());
  for (const auto& [role, kills] : report->kills) EXPECT_GE(kills, options.kills) << role;
  EXPECT_GT(report->attempts, report->trials);
}

}  // namespace
}  // namespace vagram

#include "tests/fault/ledger.h"

#include <iostream>

#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

TEST(LedgerTest, WhatWasAcknowledgedIsThereOnce) {
  LedgerOptions options;
  options.submissions = 1500;  // more by hand: bazel run //tests/fault:ledger
  options.rows = 3000;
  const auto report = KeepLedger(options, std::cout);
  ASSERT_THAT(report.status(), IsOk());
  EXPECT_EQ(report->cancellations, 150);
  EXPECT_GT(report->kills, 0);
}

}  // namespace
}  // namespace vagram

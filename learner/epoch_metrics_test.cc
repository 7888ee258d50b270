#include "learner/epoch_metrics.h"

#include <cmath>

#include "gtest/gtest.h"
#include "testing/fake_clock.h"

namespace vagram {
namespace {

TEST(EpochMetricsTest, EveryRowHoldsEveryNameInOrder) {
  EpochMetrics metrics({"a", "b", "c"});
  metrics.Set("b", 2);
  metrics.AddSample("c", 1);
  metrics.AddSample("c", 4);
  const v1::MetricRow row = metrics.Take(0, 100, 0, 1.5);
  ASSERT_EQ(row.metrics_size(), 3);
  EXPECT_EQ(row.metrics(0).name(), "a");
  EXPECT_TRUE(std::isnan(row.metrics(0).value()));
  EXPECT_EQ(row.metrics(1).value(), 2);
  EXPECT_EQ(row.metrics(2).value(), 2.5);
  EXPECT_EQ(row.step(), 100);
}

TEST(EpochMetricsTest, TellsWhichNamesItHas) {
  const EpochMetrics metrics({"a", "b"});
  EXPECT_TRUE(metrics.Has("b"));
  EXPECT_FALSE(metrics.Has("c"));
}

TEST(EpochMetricsTest, StartsEachEpochEmpty) {
  EpochMetrics metrics({"a"});
  metrics.AddSample("a", 10);
  metrics.Take(0, 0, 0, 0);
  metrics.AddSample("a", 4);
  EXPECT_EQ(metrics.Take(1, 0, 1, 0).metrics(0).value(), 4);
}

TEST(ProgressMeterTest, MeasuresTheLastSecondsNotTheWholeRun) {
  FakeClock clock;
  ProgressMeter meter(&clock);
  for (int second = 1; second <= 60; ++second) {  // one step and 10 updates a second
    clock.Advance(absl::Seconds(1));
    meter.Note(second, 10 * second);
  }
  EXPECT_NEAR(meter.updates_per_second(), 10, 1e-9);
  for (int second = 1; second <= 60; ++second) {  // then five times as fast
    clock.Advance(absl::Seconds(1));
    meter.Note(60 + 5 * second, 600 + 50 * second);
  }
  EXPECT_NEAR(meter.updates_per_second(), 50, 1e-9);
  EXPECT_NEAR(meter.EtaSeconds(360 + 100), 20, 1e-9);
  EXPECT_NEAR(meter.WallSeconds(), 120, 1e-9);
}

}  // namespace
}  // namespace vagram

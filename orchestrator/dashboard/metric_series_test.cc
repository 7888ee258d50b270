#include "orchestrator/dashboard/metric_series.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/orchestrator.pb.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Row(int64_t step, const std::vector<std::pair<std::string, double>>& metrics) {
  v1::MetricRow row;
  row.set_row(3);
  row.set_step(step);
  row.set_wall_seconds(1.5);
  for (const auto& [name, value] : metrics) {
    v1::Metric& metric = *row.add_metrics();
    metric.set_name(name);
    metric.set_value(value);
  }
  return row.SerializeAsString();
}

MetricSeries Wave(size_t size) {
  MetricSeries series;
  for (size_t i = 0; i < size; ++i) {
    series.steps.push_back(static_cast<int64_t>(10 * i));
    series.values.push_back(std::sin(0.01 * static_cast<double>(i)));
  }
  return series;
}

TEST(AppendRowTest, TakesTheNamedMetricsOnly) {
  std::vector<MetricSeries> series(2);
  ASSERT_TRUE(AppendRow(Row(1000, {{"a", 1}, {"other", 7}, {"b", -2.5}}), {"b", "a"},
                        absl::MakeSpan(series)));
  ASSERT_TRUE(AppendRow(Row(2000, {{"a", 0}}), {"b", "a"}, absl::MakeSpan(series)));
  EXPECT_THAT(series[0].steps, ElementsAre(1000));
  EXPECT_THAT(series[0].values, ElementsAre(-2.5));
  EXPECT_THAT(series[1].steps, ElementsAre(1000, 2000));
  EXPECT_THAT(series[1].values, ElementsAre(1, 0));
}

TEST(AppendRowTest, LeavesOutWhatIsNotFinite) {
  std::vector<MetricSeries> series(1);
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    ASSERT_TRUE(AppendRow(Row(1, {{"a", value}}), {"a"}, absl::MakeSpan(series)));
  }
  EXPECT_THAT(series[0].values, IsEmpty());
}

TEST(AppendRowTest, SurvivesDamagedRows) {
  const std::string whole = Row(1000, {{"metric", 1}, {"other", 2}});
  for (size_t size = 0; size < whole.size(); ++size) {
    std::vector<MetricSeries> series(1);
    AppendRow(whole.substr(0, size), {"metric"}, absl::MakeSpan(series));
    EXPECT_EQ(series[0].steps.size(), series[0].values.size());
  }
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = '\xff';
    std::vector<MetricSeries> series(1);
    AppendRow(damaged, {"metric"}, absl::MakeSpan(series));
    EXPECT_EQ(series[0].steps.size(), series[0].values.size());
  }
}

TEST(ThinnedTest, LeavesAShortSeriesAsItIs) {
  const MetricSeries series = Wave(100);
  EXPECT_EQ(Thinned(series, 100).steps, series.steps);
  EXPECT_EQ(Thinned(MetricSeries(), 4).size(), 0u);
}

TEST(ThinnedTest, KeepsEndsAndExtremesInOrder) {
  MetricSeries series = Wave(100000);
  series.values[54321] = 40;
  series.values[12345] = -30;
  for (const size_t max_points : {4, 5, 6, 7, 100, 1001, 99999}) {
    const MetricSeries thinned = Thinned(series, max_points);
    EXPECT_LE(thinned.size(), max_points);
    EXPECT_GE(thinned.size(), std::min<size_t>(max_points, 4) / 2);
    EXPECT_EQ(thinned.steps.front(), series.steps.front());
    EXPECT_EQ(thinned.steps.back(), series.steps.back());
    EXPECT_TRUE(std::is_sorted(thinned.steps.begin(), thinned.steps.end()));
    EXPECT_EQ(*std::max_element(thinned.values.begin(), thinned.values.end()), 40);
    EXPECT_EQ(*std::min_element(thinned.values.begin(), thinned.values.end()), -30);
  }
}

}  // namespace
}  // namespace vagram

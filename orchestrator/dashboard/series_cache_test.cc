#include "orchestrator/dashboard/series_cache.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class SeriesCacheTest : public ::testing::Test {
 protected:
  SeriesCacheTest()
      : file_(absl::StrCat(::testing::TempDir(), "/",
                           ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove(file_);
    auto store = Store::Open(file_);
    EXPECT_OK(store);
    store_ = *std::move(store);
    NewExperiment experiment;
    experiment.client_request_id = "r";
    experiment.trials.resize(3);
    EXPECT_OK(store_->Submit(experiment, absl::UnixEpoch()));
  }

  // Rows in which metric a is the row's number and b is -1.
  void Report(const TrialId& trial, int64_t attempt, int64_t first, int64_t rows) {
    std::vector<v1::MetricRow> batch;
    for (int64_t row = first; row < first + rows; ++row) {
      v1::MetricRow& added = batch.emplace_back();
      added.set_row(row);
      added.set_step(1000 * row);
      v1::Metric& a = *added.add_metrics();
      a.set_name("a");
      a.set_value(static_cast<double>(row));
      v1::Metric& b = *added.add_metrics();
      b.set_name("b");
      b.set_value(-1);
    }
    ASSERT_OK(store_->AppendMetrics(trial, attempt, batch, absl::UnixEpoch()));
  }

  const std::string file_;
  Stop stop_;
  std::unique_ptr<Store> store_;
};

TEST_F(SeriesCacheTest, ReadsOnlyWhatIsNew) {
  SeriesCache cache(store_.get(), &stop_);
  const TrialId trial{1, 0};
  Report(trial, 1, 0, 2);
  ASSERT_OK_AND_ASSIGN(auto series, cache.Get(trial, 1, {"a", "none"}));
  EXPECT_THAT(series[0]->steps, ElementsAre(0, 1000));
  EXPECT_EQ(series[1]->size(), 0u);
  Report(trial, 1, 2, 1);
  ASSERT_OK_AND_ASSIGN(auto later, cache.Get(trial, 1, {"b", "a"}));
  EXPECT_THAT(later[0]->values, ElementsAre(-1, -1, -1));
  EXPECT_THAT(later[1]->values, ElementsAre(0, 1, 2));
  EXPECT_THAT(series[0]->values, ElementsAre(0, 1)) << "a series that was handed out has changed";
}

TEST_F(SeriesCacheTest, BeginsAnewWithAnotherAttempt) {
  SeriesCache cache(store_.get(), &stop_);
  const TrialId trial{1, 0};
  Report(trial, 1, 0, 3);
  ASSERT_OK(cache.Get(trial, 1, {"a"}));
  Report(trial, 2, 0, 1);
  ASSERT_OK_AND_ASSIGN(auto series, cache.Get(trial, 2, {"a"}));
  EXPECT_THAT(series[0]->values, ElementsAre(0));
  EXPECT_EQ(cache.points(), 1u);
}

TEST_F(SeriesCacheTest, ThinsLongSeriesAndGoesOn) {
  SeriesCache cache(store_.get(), &stop_);
  const TrialId trial{1, 0};
  const int64_t rows = 5 * SeriesCache::kMaxSeriesPoints;
  Report(trial, 1, 0, rows);
  ASSERT_OK_AND_ASSIGN(auto series, cache.Get(trial, 1, {"a"}));
  EXPECT_LE(series[0]->size(), 2 * SeriesCache::kMaxSeriesPoints);
  Report(trial, 1, rows, 1);
  ASSERT_OK_AND_ASSIGN(series, cache.Get(trial, 1, {"a"}));
  EXPECT_EQ(series[0]->values.front(), 0);
  EXPECT_EQ(series[0]->values.back(), static_cast<double>(rows));
}

TEST_F(SeriesCacheTest, ForgetsWhatNobodyAskedForTheLongest) {
  SeriesCache cache(store_.get(), &stop_, /*max_points=*/50);
  for (int64_t index = 0; index < 3; ++index) Report({1, index}, 1, 0, 5);
  for (int64_t index = 0; index < 3; ++index) {
    ASSERT_OK_AND_ASSIGN(const auto series, cache.Get({1, index}, 1, {"a"}));
    EXPECT_THAT(series[0]->values, SizeIs(5));
  }
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_EQ(cache.points(), 10u);
  ASSERT_OK_AND_ASSIGN(const auto again, cache.Get({1, 0}, 1, {"a"}));
  EXPECT_THAT(again[0]->values, SizeIs(5));
}

TEST_F(SeriesCacheTest, ForgetsSeriesThatHaveNothing) {
  SeriesCache cache(store_.get(), &stop_, /*max_points=*/100);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_OK(cache.Get({1, 0}, 1, {absl::StrCat("no such metric ", i)}).status());
    EXPECT_LE(cache.size(), 7u);
  }
}

TEST_F(SeriesCacheTest, ShowsTheAttemptBeforeUntilTheNextHasRows) {
  SeriesCache cache(store_.get(), &stop_);
  Report({1, 0}, 1, 0, 3);
  ASSERT_OK_AND_ASSIGN(auto series, cache.Get({1, 0}, 3, {"a"}));
  EXPECT_THAT(series[0]->values, ElementsAre(0, 1, 2));
  Report({1, 0}, 3, 0, 1);
  ASSERT_OK_AND_ASSIGN(series, cache.Get({1, 0}, 3, {"a"}));
  EXPECT_THAT(series[0]->values, ElementsAre(0));
}

TEST_F(SeriesCacheTest, AnswersNobodyOnceTheServiceStops) {
  SeriesCache cache(store_.get(), &stop_);
  Report({1, 0}, 1, 0, 1);
  stop_.Trip("test");
  EXPECT_THAT(cache.Get({1, 0}, 1, {"a"}), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace vagram

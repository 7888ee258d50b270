#ifndef ORCHESTRATOR_STORE_STORE_FIXTURE_H_
#define ORCHESTRATOR_STORE_STORE_FIXTURE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/store/store.h"
#include "testing/status_matchers.h"

// A store in a file of the test's own.
namespace vagram {

inline const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = absl::StrCat(::testing::TempDir(), "/", test->name(), ".db");
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
  }

  void Open() {
    store_.reset();
    ASSERT_OK_AND_ASSIGN(store_, Store::Open(path_));
  }

  static NewExperiment TwoTrials(const std::string& request = "r1") {
    NewExperiment experiment;
    experiment.client_request_id = request;
    experiment.name = "hopper";
    experiment.spec_yaml = "name: hopper";
    experiment.restarts = 2;
    for (int seed : {5, 6}) {
      NewTrial trial;
      trial.label = absl::StrCat("model.loss=vagram seed=", seed);
      trial.overrides = {{"model.loss", "vagram"}};
      trial.config.set_seed(seed);
      experiment.trials.push_back(trial);
    }
    return experiment;
  }

  static v1::MetricRow Row(int64_t row, double return_mean) {
    v1::MetricRow result;
    result.set_row(row);
    result.set_step(1000 * (row + 1));
    v1::Metric& metric = *result.add_metrics();
    metric.set_name("evaluate/return_mean");
    metric.set_value(return_mean);
    return result;
  }

  std::string path_;
  std::unique_ptr<Store> store_;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_STORE_STORE_FIXTURE_H_

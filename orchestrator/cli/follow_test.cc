#include "orchestrator/cli/follow.h"

#include <cstdlib>
#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/fake_experiments.h"
#include "testing/status_matchers.h"

namespace vagram::cli {
namespace {

using ::testing::HasSubstr;

class FollowTest : public ::testing::Test {
 protected:
  FollowTest() {
    std::string folder = ::testing::TempDir() + "follow.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    service_ = std::make_unique<FakeExperiments>(folder);
    service_->Start();
    service_->Put(Experiment(v1::EXPERIMENT_RUNNING));
    options_.home = folder;
    options_.id = "1";
  }

  static v1::Experiment Experiment(v1::ExperimentState state) {
    v1::Experiment experiment;
    experiment.set_id("1");
    experiment.set_state(state);
    return experiment;
  }

  std::unique_ptr<FakeExperiments> service_;
  FollowOptions options_;
  Stop interrupt_;
};

TEST_F(FollowTest, FindsAServiceThatWasStartedAgainOnAnotherPort) {
  int losses = 0;
  options_.on_change = [&](const v1::Experiment&) { service_->Stop(); };
  options_.on_lost = [&](const absl::Status&) { ++losses; };
  options_.before_retry = [&] {
    options_.on_change = nullptr;
    service_->Put(Experiment(v1::EXPERIMENT_SUCCEEDED));
    service_->Start();
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(const v1::Experiment ended, FollowExperiment(options_, &interrupt_));
  EXPECT_EQ(ended.state(), v1::EXPERIMENT_SUCCEEDED);
  EXPECT_EQ(losses, 1);
}

// A service has nothing to say of an experiment that is queued or paused, for hours. Where there is
// no patience at all, any silence is as long as that.
TEST_F(FollowTest, CountsItsPatienceFromTheLossAndNotFromTheLastAnswer) {
  service_->Put(Experiment(v1::EXPERIMENT_QUEUED));
  options_.patience = absl::ZeroDuration();
  options_.on_change = [&](const v1::Experiment&) { service_->Stop(); };
  options_.before_retry = [&] {
    options_.on_change = nullptr;
    service_->Put(Experiment(v1::EXPERIMENT_SUCCEEDED));
    service_->Start();
    return absl::OkStatus();
  };
  ASSERT_OK_AND_ASSIGN(const v1::Experiment ended, FollowExperiment(options_, &interrupt_));
  EXPECT_EQ(ended.state(), v1::EXPERIMENT_SUCCEEDED);
}

TEST_F(FollowTest, TakesAStreamThatReachedItsDeadlineForNoLoss) {
  int losses = 0;
  options_.patience = absl::ZeroDuration();
  options_.on_lost = [&](const absl::Status&) { ++losses; };
  service_->AddWatch({Experiment(v1::EXPERIMENT_RUNNING)}, absl::DeadlineExceededError("too late"));
  service_->AddWatch({Experiment(v1::EXPERIMENT_SUCCEEDED)});
  ASSERT_OK_AND_ASSIGN(const v1::Experiment ended, FollowExperiment(options_, &interrupt_));
  EXPECT_EQ(ended.state(), v1::EXPERIMENT_SUCCEEDED);
  EXPECT_EQ(losses, 0);
}

TEST_F(FollowTest, GivesUpWhenItsPatienceIsSpent) {
  service_->Stop();
  options_.patience = absl::ZeroDuration();
  EXPECT_THAT(FollowExperiment(options_, &interrupt_).status(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("does not answer")));
}

TEST_F(FollowTest, EndsWithWhatBeforeRetryReturns) {
  service_->Stop();
  options_.before_retry = [] { return absl::ResourceExhaustedError("died too often"); };
  EXPECT_THAT(FollowExperiment(options_, &interrupt_).status(),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(FollowTest, DoesNotInsistOnAnUnknownExperiment) {
  options_.id = "9";
  EXPECT_THAT(FollowExperiment(options_, &interrupt_).status(),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(FollowTest, EndsWhenItIsInterrupted) {
  options_.on_change = [&](const v1::Experiment&) { interrupt_.Trip("received SIGINT"); };
  EXPECT_THAT(FollowExperiment(options_, &interrupt_).status(),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace vagram::cli

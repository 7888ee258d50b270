#include "learner/background_training.h"

#include <string>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

// Trains for as long as the test says.
class HeldDynamics : public Dynamics {
 public:
  absl::StatusOr<v1::TrainResult> Train(
      const v1::TrainRequest&,
      const std::function<absl::Status(const v1::TrainProgress&)>& progress) override {
    if (!before_pulling.ok()) return before_pulling;
    v1::TrainProgress pulled;
    pulled.set_pulled(true);
    absl::Status wanted = progress(pulled);
    if (endless) {
      while (wanted.ok()) wanted = progress(v1::TrainProgress());
      return wanted;
    }
    go_on.WaitForNotification();
    wanted = progress(v1::TrainProgress());
    v1::TrainResult result;
    result.set_model_version(3);
    return wanted.ok() ? absl::StatusOr<v1::TrainResult>(result) : wanted;
  }
  absl::StatusOr<v1::ImagineResult> Imagine(
      const v1::ImagineRequest&,
      const std::function<absl::Status(const TransitionBatch&)>&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<v1::GetModelResponse> GetModel(const v1::GetModelRequest&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::string> SaveState() override { return ""; }
  absl::Status RestoreState(absl::string_view) override { return absl::OkStatus(); }

  absl::Notification go_on;
  absl::Status before_pulling;
  bool endless = false;
};

TEST(BackgroundTrainingTest, ReturnsOnceTheDataIsPulledAndTrainsOn) {
  HeldDynamics dynamics;
  BackgroundTraining training(&dynamics);
  EXPECT_FALSE(training.begun());
  ASSERT_THAT(training.Begin(v1::TrainRequest()), IsOk());
  EXPECT_TRUE(training.begun());
  EXPECT_FALSE(training.Ended(absl::ZeroDuration()));
  dynamics.go_on.Notify();
  const auto result = training.Finish();
  ASSERT_THAT(result.status(), IsOk());
  EXPECT_EQ(result->model_version(), 3);
  EXPECT_EQ(training.epochs(), 1);
  EXPECT_FALSE(training.begun());
}

TEST(BackgroundTrainingTest, SaysAtOnceWhenThereIsNoDataToBeHad) {
  HeldDynamics dynamics;
  dynamics.before_pulling = absl::UnavailableError("the learner is gone");
  BackgroundTraining training(&dynamics);
  EXPECT_THAT(training.Begin(v1::TrainRequest()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("the learner is gone")));
  EXPECT_FALSE(training.begun());
}

TEST(BackgroundTrainingTest, GivesUpATrainingThatNobodyWaitsFor) {
  HeldDynamics dynamics;
  dynamics.endless = true;
  BackgroundTraining training(&dynamics);
  ASSERT_THAT(training.Begin(v1::TrainRequest()), IsOk());
}

TEST(BackgroundTrainingTest, TrainsAgain) {
  HeldDynamics dynamics;
  dynamics.go_on.Notify();
  BackgroundTraining training(&dynamics);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(training.Begin(v1::TrainRequest()), IsOk());
    EXPECT_TRUE(training.Ended(absl::Seconds(30)));
    EXPECT_THAT(training.Finish().status(), IsOk());
  }
}

}  // namespace
}  // namespace vagram

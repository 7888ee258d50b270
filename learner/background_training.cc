#include "learner/background_training.h"

#include <utility>

#include "core/base/logging.h"

namespace vagram {

BackgroundTraining::~BackgroundTraining() {
  if (!begun()) return;
  {
    absl::MutexLock lock(&mu_);
    given_up_ = true;
  }
  thread_.join();
}

absl::Status BackgroundTraining::Begin(const v1::TrainRequest& request) {
  CHECK(!begun()) << "a training while another runs";
  {
    absl::MutexLock lock(&mu_);
    pulled_ = ended_ = given_up_ = false;
    epochs_ = 0;
  }
  thread_ = std::thread([this, request] { Run(request); });
  {
    absl::MutexLock lock(&mu_);
    const auto decided = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return pulled_ || ended_; };
    mu_.Await(absl::Condition(&decided));
    if (!ended_ || result_.ok()) return absl::OkStatus();
  }
  return Finish().status();
}

void BackgroundTraining::Run(const v1::TrainRequest& request) {
  absl::StatusOr<v1::TrainResult> result =
      dynamics_->Train(request, [this](const v1::TrainProgress& progress) -> absl::Status {
        absl::MutexLock lock(&mu_);
        pulled_ = true;
        epochs_ += progress.pulled() ? 0 : 1;
        return given_up_ ? absl::CancelledError("nobody waits for this training")
                         : absl::OkStatus();
      });
  absl::MutexLock lock(&mu_);
  result_ = std::move(result);
  ended_ = true;
}

bool BackgroundTraining::Ended(absl::Duration max_wait) const {
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&ended_), max_wait);
}

int64_t BackgroundTraining::epochs() const {
  absl::MutexLock lock(&mu_);
  return epochs_;
}

absl::StatusOr<v1::TrainResult> BackgroundTraining::Finish() {
  CHECK(begun()) << "no training to wait for";
  thread_.join();
  absl::MutexLock lock(&mu_);
  return std::move(result_);
}

}  // namespace vagram

#ifndef LEARNER_BACKGROUND_TRAINING_H_
#define LEARNER_BACKGROUND_TRAINING_H_

#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "model_server/dynamics.h"
#include "proto/model_server.pb.h"

namespace vagram {

// One training of the model at a time, beside whatever its owner does meanwhile. Used by one
// thread.
class BackgroundTraining {
 public:
  explicit BackgroundTraining(Dynamics* dynamics) : dynamics_(dynamics) {}

  // Gives up a training that nobody has waited for.
  ~BackgroundTraining();

  // Returns once the model server has read all it needs of the replay, which may change again; or
  // with the error that the training had by then.
  absl::Status Begin(const v1::TrainRequest& request);

  bool begun() const { return thread_.joinable(); }  // and not finished

  // Of the one that is begun. Waits up to `max_wait` for its end; whether Finish would not wait.
  bool Ended(absl::Duration max_wait) const;
  // Epochs of training so far.
  int64_t epochs() const;
  // Waits for its end.
  absl::StatusOr<v1::TrainResult> Finish();

 private:
  void Run(const v1::TrainRequest& request);

  Dynamics* const dynamics_;
  std::thread thread_;

  mutable absl::Mutex mu_;
  bool pulled_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  bool given_up_ ABSL_GUARDED_BY(mu_) = false;
  int64_t epochs_ ABSL_GUARDED_BY(mu_) = 0;
  absl::StatusOr<v1::TrainResult> result_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // LEARNER_BACKGROUND_TRAINING_H_

#ifndef MODEL_SERVER_DYNAMICS_H_
#define MODEL_SERVER_DYNAMICS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/replay/transition_batch.h"
#include "proto/model_server.pb.h"

namespace vagram {

// A learned model as the training loop uses it: the model server's client implements it, and so
// does a fake in tests. Calls block until done.
class Dynamics {
 public:
  virtual ~Dynamics() = default;

  // Trains on the replay up to request.end_index; `progress` is called when all data is there and
  // once per epoch, and its error ends the training.
  virtual absl::StatusOr<v1::TrainResult> Train(
      const v1::TrainRequest& request,
      const std::function<absl::Status(const v1::TrainProgress&)>& progress) = 0;

  // Hands imagined transitions to `append`, chunk by chunk; its error ends the call.
  virtual absl::StatusOr<v1::ImagineResult> Imagine(
      const v1::ImagineRequest& request,
      const std::function<absl::Status(const TransitionBatch&)>& append) = 0;

  // The trained ensemble itself.
  virtual absl::StatusOr<v1::GetModelResponse> GetModel(const v1::GetModelRequest& request) = 0;

  // All that later trainings and imaginations depend on, as bytes for a checkpoint, and back.
  virtual absl::StatusOr<std::string> SaveState() = 0;
  virtual absl::Status RestoreState(absl::string_view state) = 0;
};

}  // namespace vagram

#endif  // MODEL_SERVER_DYNAMICS_H_

#ifndef LEARNER_LEARNER_CLIENT_H_
#define LEARNER_LEARNER_CLIENT_H_

#include <memory>
#include <string>

#include "core/base/stop.h"
#include "core/base/time_use.h"
#include "core/rpc/channel.h"
#include "learner/transition_source.h"
#include "proto/learner.grpc.pb.h"

namespace vagram {

// The learner's data over RPC. Thread-safe. Streams are not retried: a training that loses its
// learner has lost its trial.
class LearnerClient : public TransitionSource {
 public:
  // What the calls wait for the learner is starved time of `time_use` (may be null). Not owned.
  LearnerClient(Endpoint learner, int obs_dim, int act_dim, Stop* stop,
                TimeUse* time_use = nullptr);

  absl::Status ReadTransitions(
      int64_t first_index, int64_t end_index,
      const std::function<absl::Status(const TransitionBatch&)>& append) override;
  absl::StatusOr<at::Tensor> ValueGradients(int64_t first_index, int64_t end_index,
                                            int64_t critic_version,
                                            const ValueGradientOptions& options) override;
  absl::StatusOr<CriticNetworks> GetCritics(int64_t critic_version,
                                            const std::string& value_functions) override;

 private:
  const Endpoint learner_;
  const int obs_dim_;
  const int act_dim_;
  Stop* const stop_;
  TimeUse* const time_use_;
  const std::unique_ptr<v1::Learner::Stub> stub_;
};

}  // namespace vagram

#endif  // LEARNER_LEARNER_CLIENT_H_

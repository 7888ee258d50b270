#ifndef LEARNER_LEARNER_SERVICE_H_
#define LEARNER_LEARNER_SERVICE_H_

#include <string>

#include "core/base/stop.h"
#include "core/base/time_use.h"
#include "learner/collect_stream.h"
#include "learner/sac/sac.h"
#include "learner/snapshot_board.h"
#include "proto/learner.grpc.pb.h"

namespace vagram {

// The Learner service: lends actors' streams to their host and serves what the board holds.
// Thread-safe; bulk answers are read and computed chunk by chunk.
class LearnerService : public v1::Learner::Service {
 public:
  struct Options {
    std::string trial_id;
    int64_t attempt = 0;
    SacOptions sac;
    std::string env_id;
    TimeUse* time_use = nullptr;  // bulk answers are work; may be null; not owned
  };
  LearnerService(Options options, CollectStreamHost* actors, SnapshotBoard* board,
                 const Stop* stop);

  grpc::Status Collect(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::CollectCommand, v1::CollectReply>* stream) override;
  grpc::Status GetPolicy(grpc::ServerContext* context, const v1::GetPolicyRequest* request,
                         v1::PolicySnapshot* response) override;
  grpc::Status ReadTransitions(grpc::ServerContext* context,
                               const v1::ReadTransitionsRequest* request,
                               grpc::ServerWriter<v1::TransitionColumns>* writer) override;
  grpc::Status ValueGradients(grpc::ServerContext* context,
                              const v1::ValueGradientsRequest* request,
                              grpc::ServerWriter<v1::ValueGradientsChunk>* writer) override;
  grpc::Status GetCritics(grpc::ServerContext* context, const v1::GetCriticsRequest* request,
                          v1::GetCriticsResponse* response) override;

 private:
  absl::Status CheckHello(const v1::CollectReply& reply) const;

  const Options options_;
  CollectStreamHost* const actors_;
  SnapshotBoard* const board_;
  const Stop* const stop_;
};

}  // namespace vagram

#endif  // LEARNER_LEARNER_SERVICE_H_

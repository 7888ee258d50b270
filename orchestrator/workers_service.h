#ifndef ORCHESTRATOR_WORKERS_SERVICE_H_
#define ORCHESTRATOR_WORKERS_SERVICE_H_

#include "orchestrator/scheduler.h"
#include "proto/orchestrator.grpc.pb.h"

namespace vagram {

// The Workers service over the scheduler. Thread-safe.
class WorkersService : public v1::Workers::Service {
 public:
  // Not owned; must outlive the service.
  explicit WorkersService(Scheduler* scheduler) : scheduler_(scheduler) {}

  grpc::Status Register(grpc::ServerContext* context, const v1::RegisterRequest* request,
                        v1::RegisterResponse* response) override;
  grpc::Status Resolve(grpc::ServerContext* context, const v1::ResolveRequest* request,
                       v1::ResolveResponse* response) override;
  grpc::Status Heartbeat(grpc::ServerContext* context, const v1::HeartbeatRequest* request,
                         v1::HeartbeatResponse* response) override;
  grpc::Status ReportMetrics(grpc::ServerContext* context, const v1::ReportMetricsRequest* request,
                             v1::ReportMetricsResponse* response) override;
  grpc::Status ReportPolicy(grpc::ServerContext* context, const v1::ReportPolicyRequest* request,
                            v1::ReportPolicyResponse* response) override;
  grpc::Status FinishTrial(grpc::ServerContext* context, const v1::FinishTrialRequest* request,
                           v1::FinishTrialResponse* response) override;

 private:
  Scheduler* const scheduler_;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_WORKERS_SERVICE_H_

#ifndef CORE_WORKER_TESTDATA_FAKE_WORKERS_H_
#define CORE_WORKER_TESTDATA_FAKE_WORKERS_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/rpc/status.h"
#include "proto/orchestrator.grpc.pb.h"

namespace vagram {

// An orchestrator's Workers service that remembers what it was told and answers as the test says.
// Resolve never waits: a peer that is not there is DEADLINE_EXCEEDED at once. Thread-safe.
class FakeWorkers : public v1::Workers::Service {
 public:
  // What was received and what is answered. Read and written under the lock, through Do.
  struct State {
    v1::RegisterResponse registration;
    std::map<std::pair<v1::Role, int>, std::string> peers;
    bool stop = false;                   // the next heartbeats' answer
    bool stop_when_leaving = false;      // the answer to heartbeats of those who leave
    absl::Status heartbeat;              // unless OK: the answer to heartbeats
    std::vector<absl::Status> failures;  // answers to the next calls of all other methods

    std::vector<v1::RegisterRequest> registers;
    std::vector<v1::HeartbeatRequest> heartbeats;
    std::vector<v1::MetricRow> rows;
    std::vector<v1::ReportPolicyRequest> policies;
    std::vector<v1::FinishTrialRequest> finishes;
    int resolves = 0;
  };

  FakeWorkers() {
    state_.registration.set_heartbeat_seconds(0.005);
    state_.registration.set_lease_seconds(60);
  }

  // Runs `f(state)` under the lock and gives back what it returns.
  template <typename F>
  auto Do(F f) {
    absl::MutexLock lock(&mu_);
    return f(state_);
  }

  // Blocks until `condition(state)` holds.
  void Await(const std::function<bool(const State&)>& condition) {
    absl::MutexLock lock(&mu_);
    auto holds = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return condition(state_); };
    mu_.Await(absl::Condition(&holds));
  }

  grpc::Status Register(grpc::ServerContext*, const v1::RegisterRequest* in,
                        v1::RegisterResponse* out) override {
    return Answer([&](State& state) {
      state.registers.push_back(*in);
      state.peers[{in->role(), in->index()}] = in->address();
      *out = state.registration;
      return absl::OkStatus();
    });
  }

  grpc::Status Resolve(grpc::ServerContext*, const v1::ResolveRequest* in,
                       v1::ResolveResponse* out) override {
    return Answer([&](State& state) {
      ++state.resolves;
      const auto peer = state.peers.find({in->role(), in->index()});
      if (peer == state.peers.end() || peer->second.empty()) {
        return absl::DeadlineExceededError("not there yet");
      }
      out->set_address(peer->second);
      return absl::OkStatus();
    });
  }

  grpc::Status Heartbeat(grpc::ServerContext*, const v1::HeartbeatRequest* in,
                         v1::HeartbeatResponse* out) override {
    absl::MutexLock lock(&mu_);
    state_.heartbeats.push_back(*in);
    out->set_stop(state_.stop || (state_.stop_when_leaving && in->leaving()));
    return ToGrpcStatus(state_.heartbeat);
  }

  grpc::Status ReportMetrics(grpc::ServerContext*, const v1::ReportMetricsRequest* in,
                             v1::ReportMetricsResponse* out) override {
    return Answer([&](State& state) {
      state.rows.insert(state.rows.end(), in->rows().begin(), in->rows().end());
      out->set_stored_rows(static_cast<int64_t>(state.rows.size()));
      return absl::OkStatus();
    });
  }

  grpc::Status ReportPolicy(grpc::ServerContext*, const v1::ReportPolicyRequest* in,
                            v1::ReportPolicyResponse*) override {
    return Answer([&](State& state) {
      state.policies.push_back(*in);
      return absl::OkStatus();
    });
  }

  grpc::Status FinishTrial(grpc::ServerContext*, const v1::FinishTrialRequest* in,
                           v1::FinishTrialResponse*) override {
    return Answer([&](State& state) {
      state.finishes.push_back(*in);
      return absl::OkStatus();
    });
  }

 private:
  template <typename F>
  grpc::Status Answer(F f) {
    absl::MutexLock lock(&mu_);
    if (!state_.failures.empty()) {
      const absl::Status failure = state_.failures.front();
      state_.failures.erase(state_.failures.begin());
      return ToGrpcStatus(failure);
    }
    return ToGrpcStatus(f(state_));
  }

  absl::Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // CORE_WORKER_TESTDATA_FAKE_WORKERS_H_

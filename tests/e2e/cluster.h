#ifndef TESTS_E2E_CLUSTER_H_
#define TESTS_E2E_CLUSTER_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/rpc/channel.h"
#include "proto/orchestrator.grpc.pb.h"

namespace vagram {

// A real service of its own for a test: the orchestrator's binary in a fresh home folder, which
// launches the real workers. Everything it started is gone when it is destroyed.
class Cluster {
 public:
  // Starts in a new folder under the test's temporary directory. `bin_dir`: where the workers'
  // programs are; empty: the real ones.
  static absl::StatusOr<std::unique_ptr<Cluster>> Start(int slots, const std::string& bin_dir = "");
  ~Cluster();

  const std::string& home() const { return home_; }
  pid_t orchestrator_pid() const { return pid_; }

  // SIGKILL to the orchestrator alone, and a new one on the same home.
  absl::Status KillAndRestart();
  // Tells it to end, as `vagram down` does, waits for it, and starts a new one on the same home.
  absl::Status StopAndRestart();

  const Endpoint& endpoint() const { return endpoint_; }

  absl::StatusOr<std::string> Submit(const std::string& spec_yaml);
  absl::StatusOr<v1::Experiment> Get(const std::string& id);
  absl::StatusOr<v1::GetMetricsResponse> Metrics(const std::string& trial_id);
  absl::Status Pause(const std::string& id);
  absl::Status Resume(const std::string& id);
  absl::Status Preempt(const std::string& id);

  // Watches until `done` holds for the experiment; DEADLINE_EXCEEDED with the last state otherwise.
  absl::StatusOr<v1::Experiment> WaitUntil(const std::string& id, absl::Duration timeout,
                                           const std::function<bool(const v1::Experiment&)>& done);
  absl::StatusOr<v1::Experiment> WaitUntilEnded(const std::string& id, absl::Duration timeout);

 private:
  Cluster(std::string home, int slots, std::string bin_dir)
      : home_(std::move(home)), slots_(slots), bin_dir_(std::move(bin_dir)) {}
  absl::Status Spawn();
  template <typename Request>
  absl::Status Steer(grpc::Status (v1::Experiments::Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, v1::Experiment*),
                     const std::string& id);

  const std::string home_;
  const int slots_;
  const std::string bin_dir_;
  pid_t pid_ = -1;
  Endpoint endpoint_;
  std::unique_ptr<v1::Experiments::Stub> stub_;
};

// Whole file as text; empty when it cannot be read.
std::string ReadFile(const std::string& path);

}  // namespace vagram

#endif  // TESTS_E2E_CLUSTER_H_

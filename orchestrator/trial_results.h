#ifndef ORCHESTRATOR_TRIAL_RESULTS_H_
#define ORCHESTRATOR_TRIAL_RESULTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "core/metrics/csv_writer.h"
#include "core/metrics/tensorboard_writer.h"
#include "orchestrator/store/store.h"
#include "orchestrator/store/trial_id.h"
#include "proto/policy.pb.h"
#include "proto/spec.pb.h"

namespace vagram {

// The files people read, in HOME/experiments/EXPERIMENT/INDEX/: config.yaml, logs/, metrics.csv,
// a TensorBoard event file, policies/ and, where asked for, videos/. Metric files are copies of
// what the store holds: one that cannot be written is logged once and made anew from the store with
// the next row. Thread-safe.
class TrialResults {
 public:
  TrialResults(std::string home, Store* store) : home_(std::move(home)), store_(store) {}

  std::string ExperimentFolder(int64_t experiment) const;
  std::string Folder(const TrialId& trial) const;
  std::string LogFolder(const TrialId& trial) const;
  std::string LogFile(const TrialId& trial, absl::string_view worker) const;

  // Makes the folders and config.yaml, and metric files with the rows this attempt has so far.
  //   RESOURCE_EXHAUSTED: disk full.   FAILED_PRECONDITION: the folder cannot be written.
  absl::Status Begin(const TrialId& trial, int64_t attempt, const v1::TrialConfig& config);
  // Brings the metric files up to date with the store.
  void Update(const TrialId& trial, int64_t attempt);
  // Stores a policy as policies/final.policy if it is the trial's last, else as
  // policies/epoch_<n>.policy, and says where a video of it belongs.
  //   INVALID_ARGUMENT: no epoch.   RESOURCE_EXHAUSTED, FAILED_PRECONDITION: it cannot be written.
  struct PolicyPaths {
    std::string policy;
    std::string video;
  };
  absl::StatusOr<PolicyPaths> StorePolicy(const TrialId& trial, const v1::PolicyFile& policy,
                                          bool last) const;
  // Lets go of the trial's files.
  void End(const TrialId& trial);

 private:
  struct Files {
    int64_t attempt = 0;
    int64_t next_row = 0;
    std::unique_ptr<CsvWriter> csv;
    std::unique_ptr<TensorboardWriter> tensorboard;
    bool failed = false;  // and was logged
  };
  absl::Status WriteRows(const TrialId& trial, int64_t attempt, Files& files)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string home_;
  Store* const store_;
  absl::Mutex mu_;
  std::map<TrialId, Files> files_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vagram

#endif  // ORCHESTRATOR_TRIAL_RESULTS_H_

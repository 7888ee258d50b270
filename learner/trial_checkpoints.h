#ifndef LEARNER_TRIAL_CHECKPOINTS_H_
#define LEARNER_TRIAL_CHECKPOINTS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/checkpoint/checkpoint_store.h"
#include "core/checkpoint/storage.h"
#include "core/env/task.h"
#include "core/replay/transition_batch.h"
#include "proto/checkpoint.pb.h"
#include "proto/orchestrator.pb.h"
#include "proto/spec.pb.h"

namespace vagram {

// A trial between two steps, nobody at work: all that its next step depends on, but for the
// transitions.
struct TrialCut {
  v1::LearnerState learner;
  v1::ActorStates actors;
  std::string model_server;    // v1::ModelServerState; empty without a model
  v1::ReportedState reported;  // the rows so far, which a new attempt reports again
};

// Transitions [begin_index, end_index) that a cut belongs with.
struct TransitionLog {
  int64_t begin_index = 0;
  int64_t end_index = 0;
  std::function<absl::Status(int64_t first_index, int64_t end_index, TransitionBatch*)> read;
};

// What two trials with equal results have in common, for comparing them bit by bit: every part but
// what the wall clock has a part in, and under their names the logs' rows, column by column,
// however they were cut into segments.   DATA_LOSS: a log that cannot be read.
absl::StatusOr<std::map<std::string, std::string>> ReproducibleState(
    const RestoredCheckpoint& checkpoint);

// A trial's checkpoints in one folder (docs/formats/checkpoint.md), in the learner's hands: it is
// the one who knows when nobody is at work. Blocks on the disk. Not thread-safe.
class TrialCheckpoints {
 public:
  //   `storage` must outlive it.   As CheckpointStore::Open.
  static absl::StatusOr<std::unique_ptr<TrialCheckpoints>> Open(Storage* storage,
                                                                const std::string& folder,
                                                                const v1::TrialConfig& config,
                                                                const Task& task);

  // Makes the cut durable; of the transitions, what the checkpoint before does not have.
  //   RESOURCE_EXHAUSTED: the disk is full; nothing older is harmed, and the same cut can be saved
  //   once there is room.   Others: as CheckpointStore::Publish.
  absl::Status Save(const TrialCut& cut, const TransitionLog& replay,
                    const TransitionLog& imagined);

  struct Restored {
    TrialCut cut;
    std::vector<TransitionBatch> replay;  // in order; the first row of all has this index:
    int64_t replay_first_index = 0;
    std::vector<TransitionBatch> imagined;
    int64_t imagined_first_index = 0;
  };

  // The newest checkpoint that verifies; none where there is none or all are damaged, which is
  // logged with the reasons, as are those that were passed over.
  //   FAILED_PRECONDITION: a checkpoint of another configuration.
  //   DATA_LOSS: it verifies and yet cannot be read: another version's.
  //   Others: as CheckpointStore::RestoreNewest.
  absl::StatusOr<std::optional<Restored>> Restore();

 private:
  TrialCheckpoints(std::unique_ptr<CheckpointStore> store, std::string config, const Task& task)
      : store_(std::move(store)),
        config_(std::move(config)),
        obs_dim_(task.obs_dim),
        act_dim_(task.act_dim) {}

  absl::StatusOr<LogInput> NewSegments(const std::string& name, const TransitionLog& log) const;

  const std::unique_ptr<CheckpointStore> store_;
  const std::string config_;  // serialized
  const int obs_dim_;
  const int act_dim_;
};

}  // namespace vagram

#endif  // LEARNER_TRIAL_CHECKPOINTS_H_

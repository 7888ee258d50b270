#include "learner/trial_checkpoints.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/wire/transition_codec.h"
#include "proto/types.pb.h"

namespace vagram {
namespace {

// Files near 64 MiB at most.
constexpr int64_t kChunksPerSegment = 64;

constexpr char kReported[] = "reported";  // the part that the clock has a part in

template <typename Message>
absl::Status ParsePart(const RestoredCheckpoint& checkpoint, const std::string& name,
                       Message* message) {
  const auto part = checkpoint.parts.find(name);
  if (part != checkpoint.parts.end() && message->ParseFromString(part->second)) {
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat("the checkpoint of step ", checkpoint.id, " has no part ",
                                          name, " that this version can read"));
}

// Takes the log's bytes away, so that a replay, which may fill the memory, is not held twice.
absl::Status DecodeLog(const std::string& name, int obs_dim, int act_dim,
                       RestoredCheckpoint* checkpoint, int64_t* first_index,
                       std::vector<TransitionBatch>* batches) {
  const auto log = checkpoint->logs.find(name);
  if (log == checkpoint->logs.end()) return absl::OkStatus();
  *first_index = log->second.segments.empty() ? log->second.end_index
                                              : log->second.segments.front().first_index;
  for (LogSegment& segment : log->second.segments) {
    const std::string bytes = std::move(segment.bytes);
    v1::TransitionColumns columns;
    if (!columns.ParseFromString(bytes)) {
      return absl::DataLossError(absl::StrCat("transitions ", segment.first_index, " to ",
                                              segment.end_index, " of ", name,
                                              " cannot be read by this version"));
    }
    ASSIGN_OR_RETURN(TransitionBatch batch, DecodeTransitions(columns, obs_dim, act_dim));
    batches->push_back(std::move(batch));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ReproducibleState(
    const RestoredCheckpoint& checkpoint) {
  std::map<std::string, std::string> state = checkpoint.parts;
  state.erase(kReported);
  for (const auto& [name, log] : checkpoint.logs) {
    for (const LogSegment& segment : log.segments) {
      v1::TransitionColumns columns;
      if (!columns.ParseFromString(segment.bytes) || columns.size() < 1) {
        return absl::DataLossError(
            absl::StrCat("rows ", segment.first_index, " to ", segment.end_index, " of ", name));
      }
      // Rows before the log's beginning are left over in its first segment.
      const int64_t skipped = std::max<int64_t>(0, log.first_index - segment.first_index);
      const std::pair<const char*, const v1::Array*> arrays[] = {
          {"observation", &columns.observation()},
          {"action", &columns.action()},
          {"reward", &columns.reward()},
          {"next_observation", &columns.next_observation()},
          {"terminated", &columns.terminated()},
          {"truncated", &columns.truncated()}};
      for (const auto& [column, array] : arrays) {
        const size_t row_bytes = array->data().size() / columns.size();
        state[absl::StrCat(name, "/", column)] += array->data().substr(skipped * row_bytes);
      }
    }
  }
  return state;
}

absl::StatusOr<std::unique_ptr<TrialCheckpoints>> TrialCheckpoints::Open(
    Storage* storage, const std::string& folder, const v1::TrialConfig& config, const Task& task) {
  CheckpointOptions options;
  options.keep = config.checkpoint().keep();
  ASSIGN_OR_RETURN(std::unique_ptr<CheckpointStore> store,
                   CheckpointStore::Open(storage, folder, options));
  return std::unique_ptr<TrialCheckpoints>(
      new TrialCheckpoints(std::move(store), config.SerializeAsString(), task));
}

absl::StatusOr<LogInput> TrialCheckpoints::NewSegments(const std::string& name,
                                                       const TransitionLog& log) const {
  LogInput input;
  input.first_index = log.begin_index;
  int64_t first = std::max(store_->LogEnd(name), log.begin_index);
  const int64_t rows = kChunksPerSegment * RowsPerChunk(obs_dim_, act_dim_);
  TransitionBatch batch(0, obs_dim_, act_dim_);
  while (first < log.end_index) {
    const int64_t end = std::min(log.end_index, first + rows);
    RETURN_IF_ERROR(log.read(first, end, &batch));
    v1::TransitionColumns columns = EncodeTransitions(batch);
    columns.set_first_index(first);
    input.new_segments.push_back({first, end, columns.SerializeAsString()});
    first = end;
  }
  return input;
}

absl::Status TrialCheckpoints::Save(const TrialCut& cut, const TransitionLog& replay,
                                    const TransitionLog& imagined) {
  CheckpointInput input;
  input.id = cut.learner.step();
  input.parts["config"] = config_;
  input.parts["learner"] = cut.learner.SerializeAsString();
  input.parts["actors"] = cut.actors.SerializeAsString();
  input.parts[kReported] = cut.reported.SerializeAsString();
  if (!cut.model_server.empty()) input.parts["model_server"] = cut.model_server;
  ASSIGN_OR_RETURN(input.logs["replay"], NewSegments("replay", replay));
  ASSIGN_OR_RETURN(input.logs["imagined"], NewSegments("imagined", imagined));
  return store_->Publish(input);
}

absl::StatusOr<std::optional<TrialCheckpoints::Restored>> TrialCheckpoints::Restore() {
  absl::StatusOr<RestoredCheckpoint> newest = store_->RestoreNewest();
  if (absl::IsNotFound(newest.status())) return std::nullopt;
  if (absl::IsDataLoss(newest.status())) {
    LOG(ERROR) << "no checkpoint can be used, the trial begins anew: " << newest.status().message();
    return std::nullopt;
  }
  RETURN_IF_ERROR(newest.status());
  RestoredCheckpoint checkpoint = *std::move(newest);
  for (const std::string& line : checkpoint.skipped) LOG(WARNING) << "checkpoint skipped: " << line;
  const auto config = checkpoint.parts.find("config");
  if (config == checkpoint.parts.end() || config->second != config_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the checkpoint of step ", checkpoint.id,
                     " was made with another configuration; move the folder away to begin anew"));
  }
  Restored restored;
  RETURN_IF_ERROR(ParsePart(checkpoint, "learner", &restored.cut.learner));
  RETURN_IF_ERROR(ParsePart(checkpoint, "actors", &restored.cut.actors));
  RETURN_IF_ERROR(ParsePart(checkpoint, kReported, &restored.cut.reported));
  if (const auto part = checkpoint.parts.find("model_server"); part != checkpoint.parts.end()) {
    restored.cut.model_server = std::move(part->second);
  }
  RETURN_IF_ERROR(DecodeLog("replay", obs_dim_, act_dim_, &checkpoint, &restored.replay_first_index,
                            &restored.replay));
  RETURN_IF_ERROR(DecodeLog("imagined", obs_dim_, act_dim_, &checkpoint,
                            &restored.imagined_first_index, &restored.imagined));
  return restored;
}

}  // namespace vagram

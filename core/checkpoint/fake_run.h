#ifndef CORE_CHECKPOINT_FAKE_RUN_H_
#define CORE_CHECKPOINT_FAKE_RUN_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/checkpoint_store.h"

namespace vagram {

// Stands in for a trial in tests: an agent, and a replay buffer of the newest 5 rows that grows by
// 3 from one checkpoint to the next. No two moments of any two runs are alike.
class FakeRun {
 public:
  void Advance() {
    static int64_t moment = 0;
    id_ += 10;
    agent_ = absl::StrCat("agent of moment ", ++moment);
    for (int i = 0; i < 3; ++i) rows_.push_back(absl::StrFormat("%08x", 3 * moment + i));
    first_index_ = std::max<int64_t>(0, end_index() - 5);
  }

  // What a store is to publish so that it holds this moment.
  CheckpointInput InputFor(const CheckpointStore& store) const {
    CheckpointInput input;
    input.id = id_;
    input.parts["agent"] = agent_;
    LogInput& replay = input.logs["replay"];
    replay.first_index = first_index_;
    const int64_t first_new = std::max(store.LogEnd("replay"), first_index_);
    if (first_new < end_index()) {
      replay.new_segments = {{first_new, end_index(), RowsFrom(first_new)}};
    }
    return input;
  }

  // Goes on from a checkpoint.
  static FakeRun From(const RestoredCheckpoint& checkpoint) {
    FakeRun run;
    run.id_ = checkpoint.id;
    run.agent_ = checkpoint.parts.at("agent");
    const RestoredLog& replay = checkpoint.logs.at("replay");
    run.first_index_ = replay.first_index;
    run.rows_.resize(replay.segments.empty() ? replay.end_index : replay.segments[0].first_index);
    for (const LogSegment& segment : replay.segments) {
      for (size_t i = 0; i < segment.bytes.size(); i += 8) {
        run.rows_.push_back(segment.bytes.substr(i, 8));
      }
    }
    return run;
  }

  // All there is to this moment.
  std::string ToString() const {
    return absl::StrCat("checkpoint ", id_, ", ", agent_, ", rows [", first_index_, ", ",
                        end_index(), ") ", RowsFrom(first_index_));
  }

 private:
  int64_t end_index() const { return static_cast<int64_t>(rows_.size()); }
  std::string RowsFrom(int64_t index) const {
    return absl::StrJoin(rows_.begin() + index, rows_.end(), "");
  }

  int64_t id_ = 0;
  std::string agent_;
  int64_t first_index_ = 0;
  std::vector<std::string> rows_;  // all since row 0; those before first_index_ may be empty
};

}  // namespace vagram

#endif  // CORE_CHECKPOINT_FAKE_RUN_H_

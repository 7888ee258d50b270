#ifndef CORE_CHECKPOINT_CHECKPOINT_H_
#define CORE_CHECKPOINT_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vagram {

// Rows [first_index, end_index) of a log, not empty, in the caller's encoding.
struct LogSegment {
  int64_t first_index = 0;
  int64_t end_index = 0;
  std::string bytes;
};

// An append-only log with a moving beginning, such as a replay buffer, as one checkpoint adds to
// it.
struct LogInput {
  int64_t first_index = 0;  // rows before it are no longer wanted; never moves back

  // In order, without gaps. They begin at max(CheckpointStore::LogEnd(name), first_index); none
  // where no row is new.
  std::vector<LogSegment> new_segments;
};

// What one checkpoint is to hold. A name is 1 to 64 of the characters a-z A-Z 0-9 _ -
struct CheckpointInput {
  int64_t id = 0;  // such as the environment step; >= 0, not below that of the checkpoint before
  std::map<std::string, std::string> parts;  // name -> bytes, written anew each time
  std::map<std::string, LogInput> logs;      // a log that is left out is dropped
};

struct RestoredLog {
  int64_t first_index = 0;
  int64_t end_index = 0;

  // In order, without gaps; the last one ends at end_index. The first may begin before first_index.
  // None where first_index == end_index.
  std::vector<LogSegment> segments;
};

struct RestoredCheckpoint {
  int64_t id = 0;
  std::map<std::string, std::string> parts;
  std::map<std::string, RestoredLog> logs;

  // What was passed over on the way to this checkpoint and why, a line each. Empty when all is
  // well.
  std::vector<std::string> skipped;
};

}  // namespace vagram

#endif  // CORE_CHECKPOINT_CHECKPOINT_H_

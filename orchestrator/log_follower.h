#ifndef ORCHESTRATOR_LOG_FOLLOWER_H_
#define ORCHESTRATOR_LOG_FOLLOWER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "orchestrator/log_tail.h"
#include "orchestrator/trial_results.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// Reads the process logs of an experiment's trials, also of workers that appear later. Not
// thread-safe.
class LogFollower {
 public:
  // role: whose logs; ROLE_UNSPECIFIED: all. tail_lines: of each log; 0: everything.
  LogFollower(const TrialResults* results, v1::Role role, int64_t tail_lines)
      : results_(results), role_(role), tail_lines_(tail_lines) {}

  // Hands what is new to `send`, in whole lines, and with `last` unfinished ones too. False as soon
  // as `send` answers false.
  bool Read(const v1::Experiment& experiment, bool last,
            const std::function<bool(const v1::LogChunk&)>& send);

 private:
  const TrialResults* const results_;
  const v1::Role role_;
  const int64_t tail_lines_;
  std::map<std::string, LogTail> logs_;  // by path
};

}  // namespace vagram

#endif  // ORCHESTRATOR_LOG_FOLLOWER_H_

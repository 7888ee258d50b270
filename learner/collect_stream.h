#ifndef LEARNER_COLLECT_STREAM_H_
#define LEARNER_COLLECT_STREAM_H_

#include "absl/status/status.h"
#include "proto/learner.pb.h"

namespace vagram {

// One actor's working connection, as the learner uses it. Write and Read are called by one thread
// at a time; Cancel by any, and makes both return false.
class CollectStream {
 public:
  virtual ~CollectStream() = default;
  virtual bool Write(const v1::CollectCommand& command) = 0;
  virtual bool Read(v1::CollectReply* reply) = 0;
  virtual void Cancel() = 0;
};

// Who works with actors' streams, whichever thread it does so on.
class CollectStreamHost {
 public:
  virtual ~CollectStreamHost() = default;

  // Lends the stream of an actor until it breaks, a newer one of the same actor comes, or the trial
  // is over. Thread-safe.
  //   UNAVAILABLE: the stream broke; connect again.   INVALID_ARGUMENT: no actor of this trial has
  //   that index.   OK: the trial is over.
  virtual absl::Status Serve(int actor_index, CollectStream& stream) = 0;
};

}  // namespace vagram

#endif  // LEARNER_COLLECT_STREAM_H_

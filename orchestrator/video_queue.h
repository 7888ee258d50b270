#ifndef ORCHESTRATOR_VIDEO_QUEUE_H_
#define ORCHESTRATOR_VIDEO_QUEUE_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/clock.h"
#include "orchestrator/launcher/launcher.h"

namespace vagram {

// Makes videos of policies beside the trials, one at a time, each in a process of the lowest
// priority. Nothing waits for a video, and one that fails is worth a warning and no more. What is
// asked for beyond `max_waiting` pushes the oldest out. Thread-safe; one thread calls Tick. No call
// waits.
class VideoQueue {
 public:
  struct Options {
    std::string program;  // //actor:render
    size_t max_waiting = 16;
    absl::Duration time_limit = absl::Minutes(10);  // for one video
    absl::Duration kill_grace = absl::Seconds(5);   // from being asked to end to being killed
  };
  struct Video {
    std::string policy;    // the file
    std::string output;    // FILE.mp4
    std::string log_file;  // what the program says is appended to it
  };

  // Not owned; must outlive the queue.
  VideoQueue(Options options, Launcher* launcher, Clock* clock)
      : options_(std::move(options)), launcher_(launcher), clock_(clock) {}

  void Add(Video video);

  // Looks after the running process, and starts the next.
  void Tick();

  // Forgets what waits and ends what runs; goes on with Tick until Idle.
  void Stop();

  int Pending() const;  // being made, or waiting for it
  bool Idle() const { return Pending() == 0; }

 private:
  struct Running {
    Video video;
    Process process;
    absl::Time deadline;  // then it is asked to end, and after that killed
    bool asked_to_end = false;
  };

  void LookAfterRunning(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void AskToEnd(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Start(const Video& video, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  Launcher* const launcher_;
  Clock* const clock_;
  mutable absl::Mutex mu_;
  std::deque<Video> waiting_ ABSL_GUARDED_BY(mu_);
  std::optional<Running> running_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_VIDEO_QUEUE_H_

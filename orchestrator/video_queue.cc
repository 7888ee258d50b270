#include "orchestrator/video_queue.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"

namespace vagram {

void VideoQueue::Add(Video video) {
  absl::MutexLock lock(&mu_);
  if (stopping_) return;
  if (waiting_.size() >= options_.max_waiting) {
    LOG(WARNING) << "video not made output=" << waiting_.front().output << " (more than "
                 << options_.max_waiting << " wait; `vagram render` makes it from its policy)";
    waiting_.pop_front();
  }
  waiting_.push_back(std::move(video));
}

void VideoQueue::Tick() {
  absl::MutexLock lock(&mu_);
  const absl::Time now = clock_->Now();
  if (running_.has_value()) LookAfterRunning(now);
  if (running_.has_value() || waiting_.empty()) return;
  const Video next = std::move(waiting_.front());
  waiting_.pop_front();
  const absl::Status started = Start(next, now);
  LOG_IF(WARNING, !started.ok()) << "video not made output=" << next.output << " " << started;
}

void VideoQueue::LookAfterRunning(absl::Time now) {
  const absl::StatusOr<std::optional<Exit>> polled = launcher_->Poll(running_->process);
  if (polled.ok() && polled->has_value()) {
    const Exit& exit = **polled;
    LOG_IF(WARNING, exit.code != 0 && !stopping_)
        << "video not made output=" << running_->video.output << " "
        << (exit.signal.has_value() ? absl::StrCat("signal=", *exit.signal)
                                    : absl::StrCat("code=", exit.code.value_or(-1)))
        << " log=" << running_->video.log_file;
    running_.reset();
    return;
  }
  if (now < running_->deadline) return;
  if (!running_->asked_to_end) return AskToEnd(now);
  launcher_->Kill(running_->process).IgnoreError();  // tried again with the next Tick
}

void VideoQueue::AskToEnd(absl::Time now) {
  running_->asked_to_end = true;
  running_->deadline = now + options_.kill_grace;
  launcher_->Terminate(running_->process).IgnoreError();  // then it is killed
}

absl::Status VideoQueue::Start(const Video& video, absl::Time now) {
  const std::filesystem::path folder = std::filesystem::path(video.output).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot create the folder ", folder.string(), ": ", error.message()));
  }
  WorkerCommand command;
  command.name = "video";
  command.args = {"/usr/bin/nice",
                  "-n",
                  "19",
                  options_.program,
                  absl::StrCat("--policy=", video.policy),
                  absl::StrCat("--out=", video.output)};
  command.environment = {{"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}};
  command.log_file = video.log_file;
  command.log_heading = absl::StrCat("=== ", video.output);
  ASSIGN_OR_RETURN(Process process, launcher_->Launch(command));
  running_ = Running{video, std::move(process), now + options_.time_limit};
  return absl::OkStatus();
}

void VideoQueue::Stop() {
  absl::MutexLock lock(&mu_);
  stopping_ = true;
  waiting_.clear();
  if (running_.has_value() && !running_->asked_to_end) AskToEnd(clock_->Now());
}

int VideoQueue::Pending() const {
  absl::MutexLock lock(&mu_);
  return static_cast<int>(waiting_.size()) + (running_.has_value() ? 1 : 0);
}

}  // namespace vagram

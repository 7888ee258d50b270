#ifndef CORE_RENDER_MP4_WRITER_H_
#define CORE_RENDER_MP4_WRITER_H_

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/render/frame_sink.h"

namespace vagram {

// An H.264 video, made by an ffmpeg process that is fed the frames as they come. The file appears
// under its name once it is whole.
class Mp4Writer : public FrameSink {
 public:
  // As OpenFrameSink.
  static absl::StatusOr<std::unique_ptr<FrameSink>> Open(const FrameSinkOptions& options);
  ~Mp4Writer() override;

  //   FAILED_PRECONDITION: ffmpeg gave up; with its last line.
  absl::Status Add(const Picture& frame) override;
  absl::Status Finish() override;

 private:
  Mp4Writer(const FrameSinkOptions& options, pid_t ffmpeg, int input, int words)
      : options_(options), ffmpeg_(ffmpeg), input_(input), words_(words) {}

  std::string Unfinished() const { return options_.path + ".part"; }
  // Ends the process's input and collects it.   FAILED_PRECONDITION: it failed.
  absl::Status Collect();

  const FrameSinkOptions options_;
  const pid_t ffmpeg_;
  int input_;        // a socket: unlike a pipe it can refuse without a signal; -1 once collected
  const int words_;  // a file in memory that ffmpeg's complaints go to
};

}  // namespace vagram

#endif  // CORE_RENDER_MP4_WRITER_H_

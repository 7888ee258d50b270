#ifndef CORE_RENDER_FRAME_SINK_H_
#define CORE_RENDER_FRAME_SINK_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/render/picture.h"

namespace vagram {

// Where a clip's frames go, one after the other. Not thread-safe.
class FrameSink {
 public:
  virtual ~FrameSink() = default;

  // All frames have the size of the first.
  virtual absl::Status Add(const Picture& frame) = 0;

  // To be called once, after the last frame: only then is the clip whole. A sink that is destroyed
  // without it leaves no half-written video behind.
  virtual absl::Status Finish() = 0;
};

struct FrameSinkOptions {
  std::string path;  // FILE.mp4, or a folder for PNG files
  int width = 0;     // of the frames
  int height = 0;
  double frames_per_second = 30;
  std::string ffmpeg = "ffmpeg";  // the program that makes the mp4; a name is looked for in PATH
};

//   INVALID_ARGUMENT: the path is neither, or the size does not suit an mp4.   FAILED_PRECONDITION:
//   there is no ffmpeg, or the folder cannot be made; says what to do.
absl::StatusOr<std::unique_ptr<FrameSink>> OpenFrameSink(const FrameSinkOptions& options);

}  // namespace vagram

#endif  // CORE_RENDER_FRAME_SINK_H_

#include "core/render/frame_sink.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/render/mp4_writer.h"
#include "core/render/png_file.h"

namespace vagram {
namespace {

// Writes frame_00000.png, frame_00001.png, ...
class PngFolder : public FrameSink {
 public:
  explicit PngFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  absl::Status Add(const Picture& frame) override {
    return WritePng(folder_ / absl::StrFormat("frame_%05d.png", frames_++), frame);
  }
  absl::Status Finish() override { return absl::OkStatus(); }

 private:
  const std::filesystem::path folder_;
  int frames_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<FrameSink>> OpenFrameSink(const FrameSinkOptions& options) {
  const std::filesystem::path path = options.path;
  if (path.extension() == ".mp4") return Mp4Writer::Open(options);
  if (path.empty() || path.has_extension()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a file that ends in .mp4 or a folder such as frames/ to write to, "
                     "got '",
                     options.path, "'"));
  }
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make the folder ", options.path, ": ", error.message()));
  }
  return std::make_unique<PngFolder>(path);
}

}  // namespace vagram

#include "core/render/frame_sink.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/render/png_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string NewFolder() {
  std::string folder = ::testing::TempDir() + "frames.XXXXXX";
  EXPECT_NE(mkdtemp(folder.data()), nullptr);
  return folder;
}

Picture Ramp(int width, int height, int offset = 0) {
  Picture picture{width, height, {}};
  for (int i = 0; i < 3 * width * height; ++i) {
    picture.rgb.push_back(static_cast<uint8_t>(7 * i + offset));
  }
  return picture;
}

FrameSinkOptions SmallVideo(const std::string& path) {
  FrameSinkOptions options;
  options.path = path;
  options.width = 32;
  options.height = 16;
  return options;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// A program that stands in for ffmpeg; its last argument is file:PATH.
std::string Script(const std::string& folder, const std::string& body) {
  const std::string path = folder + "/ffmpeg";
  std::ofstream(path) << "#!/bin/bash\nlast=\"${@: -1}\"\nout=\"${last#file:}\"\n" << body << "\n";
  chmod(path.c_str(), 0755);
  return path;
}

TEST(PngFileTest, ComesBackAsItWas) {
  const std::string path = NewFolder() + "/a.png";
  const Picture picture = Ramp(31, 17);
  ASSERT_THAT(WritePng(path, picture), IsOk());
  const auto read = ReadPng(path);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->width, 31);
  EXPECT_EQ(read->height, 17);
  EXPECT_EQ(read->rgb, picture.rgb);
}

TEST(PngFileTest, RefusesWhatIsNoPicture) {
  const std::string folder = NewFolder();
  EXPECT_THAT(WritePng(folder + "/a.png", Picture{4, 4, {1, 2, 3}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 48")));
  EXPECT_THAT(WritePng(folder + "/no/such/a.png", Ramp(2, 2)),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no/such/a.png")));
  std::ofstream(folder + "/text.png") << "not a picture";
  EXPECT_THAT(ReadPng(folder + "/text.png").status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("text.png")));
}

TEST(FrameSinkTest, AFolderGetsNumberedPictures) {
  const std::string folder = NewFolder() + "/new/frames";
  auto sink = OpenFrameSink(SmallVideo(folder));
  ASSERT_THAT(sink, IsOk());
  ASSERT_THAT((*sink)->Add(Ramp(32, 16)), IsOk());
  ASSERT_THAT((*sink)->Add(Ramp(32, 16, 1)), IsOk());
  ASSERT_THAT((*sink)->Finish(), IsOk());
  EXPECT_EQ(ReadPng(folder + "/frame_00001.png")->rgb, Ramp(32, 16, 1).rgb);
  EXPECT_TRUE(std::filesystem::exists(folder + "/frame_00000.png"));
}

TEST(FrameSinkTest, AnotherKindOfFileIsRefused) {
  for (const char* path : {"clip.avi", ""}) {
    EXPECT_THAT(OpenFrameSink(SmallVideo(path)).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(".mp4 or a folder")));
  }
}

TEST(FrameSinkTest, AVideoHasTheFramesThatWereAdded) {
  const std::string folder = NewFolder();
  FrameSinkOptions options = SmallVideo(folder + "/clip.mp4");
  options.ffmpeg = Script(folder, "cat > \"$out\"");
  auto sink = OpenFrameSink(options);
  ASSERT_THAT(sink, IsOk());
  ASSERT_THAT((*sink)->Add(Ramp(32, 16)), IsOk());
  ASSERT_THAT((*sink)->Add(Ramp(32, 16, 1)), IsOk());
  EXPECT_FALSE(std::filesystem::exists(options.path)) << "before it is whole";
  ASSERT_THAT((*sink)->Finish(), IsOk());
  const Picture a = Ramp(32, 16), b = Ramp(32, 16, 1);
  EXPECT_EQ(ReadAll(options.path),
            std::string(a.rgb.begin(), a.rgb.end()) + std::string(b.rgb.begin(), b.rgb.end()));
}

TEST(FrameSinkTest, TheRealFfmpegMakesAnMp4) {
  const std::string path = NewFolder() + "/clip.mp4";
  auto sink = OpenFrameSink(SmallVideo(path));
  if (!sink.ok()) GTEST_SKIP() << sink.status();
  for (int i = 0; i < 5; ++i) ASSERT_THAT((*sink)->Add(Ramp(32, 16, i)), IsOk());
  ASSERT_THAT((*sink)->Finish(), IsOk());
  EXPECT_EQ(ReadAll(path).substr(4, 4), "ftyp");
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST(FrameSinkTest, WithoutFfmpegOneLineSaysWhatToDo) {
  FrameSinkOptions options = SmallVideo(NewFolder() + "/clip.mp4");
  options.ffmpeg = "/absent/ffmpeg";
  EXPECT_THAT(OpenFrameSink(options).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("/absent/ffmpeg"), HasSubstr("--with-render"),
                             HasSubstr("a folder as --out"), Not(HasSubstr("\n")))));
}

// Ends while frames come: no signal may end this process, and its words are told.
TEST(FrameSinkTest, AnFfmpegThatGivesUpIsReportedInItsOwnWords) {
  const std::string folder = NewFolder();
  FrameSinkOptions options = SmallVideo(folder + "/clip.mp4");
  options.ffmpeg = Script(folder, "echo partly > \"$out\"; echo no such encoder >&2; exit 3");
  auto sink = OpenFrameSink(options);
  ASSERT_THAT(sink, IsOk());
  absl::Status status;
  while (status.ok()) status = (*sink)->Add(Ramp(32, 16));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               AllOf(HasSubstr("code 3"), HasSubstr("no such encoder"))));
  EXPECT_FALSE(std::filesystem::exists(options.path));
  EXPECT_FALSE(std::filesystem::exists(options.path + ".part"));
}

TEST(FrameSinkTest, AFailureAtTheEndIsReportedToo) {
  const std::string folder = NewFolder();
  FrameSinkOptions options = SmallVideo(folder + "/clip.mp4");
  options.ffmpeg = Script(folder, "cat > /dev/null; kill -TERM $$");
  auto sink = OpenFrameSink(options);
  ASSERT_THAT(sink, IsOk());
  ASSERT_THAT((*sink)->Add(Ramp(32, 16)), IsOk());
  EXPECT_THAT((*sink)->Finish(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("Terminated")));
}

TEST(FrameSinkTest, ADroppedVideoLeavesNothingBehind) {
  const std::string folder = NewFolder();
  FrameSinkOptions options = SmallVideo(folder + "/clip.mp4");
  options.ffmpeg = Script(folder, "cat > \"$out\"");
  {
    auto sink = OpenFrameSink(options);
    ASSERT_THAT(sink, IsOk());
    ASSERT_THAT((*sink)->Add(Ramp(32, 16)), IsOk());
  }
  EXPECT_FALSE(std::filesystem::exists(options.path));
  EXPECT_FALSE(std::filesystem::exists(options.path + ".part"));
}

TEST(FrameSinkTest, FramesAndSidesMustFit) {
  FrameSinkOptions odd = SmallVideo(NewFolder() + "/clip.mp4");
  odd.width = 33;
  EXPECT_THAT(OpenFrameSink(odd).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("even")));
  const std::string folder = NewFolder();
  FrameSinkOptions options = SmallVideo(folder + "/clip.mp4");
  options.ffmpeg = Script(folder, "cat > \"$out\"");
  auto sink = OpenFrameSink(options);
  ASSERT_THAT(sink, IsOk());
  EXPECT_THAT((*sink)->Add(Ramp(16, 16)), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram

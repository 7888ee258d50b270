#include "core/render/clip.h"

#include "core/env/registry.h"
#include "core/env/simulated_env.h"
#include "core/render/picture_model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

class FakeSink : public FrameSink {
 public:
  absl::Status Add(const Picture& frame) override {
    if (static_cast<int>(frames.size()) == fail_at) return absl::UnavailableError("disk full");
    frames.push_back(frame);
    return absl::OkStatus();
  }
  absl::Status Finish() override { return absl::OkStatus(); }
  std::vector<Picture> frames;
  int fail_at = -1;
};

absl::StatusOr<std::vector<float>> Still(absl::Span<const float>) { return std::vector<float>{0}; }

class ClipTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_ = *MakeSimulatedEnv("Pendulum-v1");
    RendererOptions options;
    options.width = 64;
    options.height = 48;
    auto renderer = Renderer::Create(*PictureModel(*env_), options);
    if (!renderer.ok()) GTEST_SKIP() << renderer.status();
    renderer_ = *std::move(renderer);
    options_.max_steps = 6;
  }
  auto Record() { return RecordClip(options_, *env_, actor_, *renderer_, sink_, stop_); }

  std::unique_ptr<SimulatedEnv> env_;
  std::unique_ptr<Renderer> renderer_;
  ClipOptions options_;
  Actor actor_ = Still;
  FakeSink sink_;
  Stop stop_;
};

// dt is 0.05 s: 40 frames a second, two for every state, and half a second at the end.
TEST_F(ClipTest, ShowsEveryEpisodeInRealTime) {
  options_.episodes = 2;
  const auto episodes = Record();
  ASSERT_THAT(episodes, IsOk());
  ASSERT_EQ(episodes->size(), 2u);
  EXPECT_EQ((*episodes)[0].length, 6);
  EXPECT_FALSE((*episodes)[0].terminated);
  EXPECT_LT((*episodes)[0].episode_return, 0);
  EXPECT_NE((*episodes)[0].episode_return, (*episodes)[1].episode_return);
  EXPECT_EQ(sink_.frames.size(), 2u * (2 * 7 + 20));
}

TEST_F(ClipTest, TheSeedDecidesTheStart) {
  const double first = (*Record())[0].episode_return;
  EXPECT_EQ((*Record())[0].episode_return, first);
  options_.seed = 7;
  EXPECT_NE((*Record())[0].episode_return, first);
}

TEST_F(ClipTest, TheTimeLimitEndsAnEpisode) {
  options_.max_steps = 0;
  const auto episodes = Record();
  ASSERT_THAT(episodes, IsOk());
  EXPECT_EQ((*episodes)[0].length, 200);
}

TEST_F(ClipTest, PassesOnWhatTheActorAndTheSinkSay) {
  actor_ = [](absl::Span<const float>) -> absl::StatusOr<std::vector<float>> {
    return std::vector<float>{0, 0};
  };
  EXPECT_THAT(Record().status(), StatusIs(absl::StatusCode::kInvalidArgument));
  actor_ = Still;
  sink_.fail_at = 3;
  EXPECT_THAT(Record().status(), StatusIs(absl::StatusCode::kUnavailable, "disk full"));
}

TEST_F(ClipTest, EndsOnStop) {
  stop_.Trip("interrupted");
  EXPECT_THAT(Record().status(), StatusIs(absl::StatusCode::kCancelled, "interrupted"));
}

}  // namespace
}  // namespace vagram

#include "core/render/renderer.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/env/registry.h"
#include "core/env/simulated_env.h"
#include "core/env/task.h"
#include "core/render/picture_model.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 160;
constexpr int kHeight = 120;

RendererOptions SmallPictures() {
  RendererOptions options;
  options.width = kWidth;
  options.height = kHeight;
  return options;
}

std::shared_ptr<const mjModel> ModelOf(const std::string& task) {
  return *PictureModel(**MakeSimulatedEnv(task));
}

std::array<double, 3> MeanColor(const Picture& picture, int first_row, int last_row) {
  std::array<double, 3> mean = {};
  for (int row = first_row; row < last_row; ++row) {
    for (int column = 0; column < picture.width; ++column) {
      for (int i = 0; i < 3; ++i) {
        mean[i] += picture.rgb[3 * (row * picture.width + column) + i];
      }
    }
  }
  for (double& value : mean) value /= (last_row - first_row) * picture.width;
  return mean;
}

int DifferentBytes(const Picture& a, const Picture& b) {
  int count = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) count += a.rgb[i] != b.rgb[i];
  return count;
}

// Tests that draw; where there is no OpenGL they say so and are skipped.
class RendererTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto context = GlContext::Create({});
    if (!context.ok()) GTEST_SKIP() << context.status();
  }
};

TEST_F(RendererTest, EveryTaskHasAPictureThatShowsItsMotion) {
  for (const Task& task : AllTasks()) {
    SCOPED_TRACE(task.id);
    auto env = *MakeSimulatedEnv(task.id);
    auto renderer = Renderer::Create(*PictureModel(*env), SmallPictures());
    ASSERT_THAT(renderer, IsOk());
    Rng rng(1);
    env->Reset(rng);
    const auto before = (*renderer)->Draw(env->State().qpos);
    ASSERT_THAT(before, IsOk());
    ASSERT_EQ(before->rgb.size(), size_t{3} * kWidth * kHeight);
    const auto [least, most] = std::minmax_element(before->rgb.begin(), before->rgb.end());
    EXPECT_GT(*most - *least, 50) << "the picture is empty";

    const std::vector<double> action = task.act_high;
    for (int i = 0; i < 5; ++i) ASSERT_THAT(env->Step(action), IsOk());
    const auto after = (*renderer)->Draw(env->State().qpos);
    ASSERT_THAT(after, IsOk());
    EXPECT_GT(DifferentBytes(*before, *after), 20);
  }
}

TEST_F(RendererTest, SkyIsAboveAndFloorBelow) {
  auto renderer = *Renderer::Create(ModelOf("Hopper-v4"), SmallPictures());
  const auto picture = renderer->Draw(std::vector<double>{0, 1.25, 0, 0, 0, 0});
  ASSERT_THAT(picture, IsOk());
  const auto top = MeanColor(*picture, 0, kHeight / 8);
  const auto bottom = MeanColor(*picture, kHeight - kHeight / 8, kHeight);
  EXPECT_GT(top[0] + top[1] + top[2], bottom[0] + bottom[1] + bottom[2] + 60);
}

TEST_F(RendererTest, TheSamePositionsGiveTheSamePicture) {
  auto renderer = *Renderer::Create(ModelOf("Hopper-v4"), SmallPictures());
  const std::vector<double> here = {0, 1.25, 0, 0, 0, 0}, there = {0.3, 1.25, 0, -0.5, 0, 0};
  const Picture first = *renderer->Draw(here);
  const Picture moved = *renderer->Draw(there);
  const Picture again = *renderer->Draw(here);
  EXPECT_GT(DifferentBytes(first, moved), 100);
  EXPECT_EQ(DifferentBytes(first, again), 0);
}

// Far from where it began the robot is still in the middle, and floor still under it.
TEST_F(RendererTest, TheCameraGoesAlong) {
  auto renderer = *Renderer::Create(ModelOf("Hopper-v4"), SmallPictures());
  const Picture start = *renderer->Draw(std::vector<double>{0, 1.25, 0, 0, 0, 0});
  // A whole number of the floor's periods away, the pictures agree up to rounding.
  const Picture far = *renderer->Draw(std::vector<double>{64, 1.25, 0, 0, 0, 0});
  int changed = 0;
  for (size_t i = 0; i < start.rgb.size(); ++i) {
    changed += std::abs(int{start.rgb[i]} - int{far.rgb[i]}) > 24;
  }
  EXPECT_LT(changed, static_cast<int>(start.rgb.size()) / 20);
}

TEST_F(RendererTest, TheCaptionShows) {
  auto renderer = *Renderer::Create(ModelOf("Pendulum-v1"), SmallPictures());
  const std::vector<double> upright = {0};
  EXPECT_GT(DifferentBytes(*renderer->Draw(upright), *renderer->Draw(upright, {{"step", "7"}})),
            50);
}

TEST_F(RendererTest, AnUnknownCameraIsRefusedWithThoseThereAre) {
  RendererOptions options = SmallPictures();
  options.camera = "tack";
  EXPECT_THAT(Renderer::Create(ModelOf("Hopper-v4"), options).status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("track, fixed")));
}

TEST_F(RendererTest, AWrongNumberOfPositionsIsRefused) {
  auto renderer = *Renderer::Create(ModelOf("Hopper-v4"), SmallPictures());
  EXPECT_THAT(renderer->Draw(std::vector<double>{0, 1}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("wants 6")));
}

TEST(RendererFaultsTest, AnImpossibleSizeIsRefused) {
  RendererOptions options;
  options.width = 5000;
  EXPECT_THAT(Renderer::Create(ModelOf("Hopper-v4"), options).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("16 to 4096")));
}

TEST(RendererFaultsTest, WithoutOpenGlItSaysWhatToInstall) {
  RendererOptions options;
  options.libraries = {"libEGL-absent.so", "libOSMesa-absent.so"};
  EXPECT_THAT(Renderer::Create(ModelOf("Hopper-v4"), options).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--with-render")));
}

class Unseen : public Env {
 public:
  const Task& task() const override { return AllTasks()[0]; }
  void Reset(Rng&) override {}
  absl::StatusOr<StepOutcome> Step(absl::Span<const double>) override { return StepOutcome{}; }
  void Observe(absl::Span<double>) const override {}
  std::string Save() const override { return ""; }
  absl::Status Restore(absl::string_view) override { return absl::OkStatus(); }
};

TEST(PictureModelTest, ATaskWithoutASimulationOfOursHasNoPicture) {
  EXPECT_THAT(PictureModel(Unseen()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("has no picture")));
}

// The dressed copy looks different and moves the same: what decides motion is the same memory.
TEST(DressedModelTest, LeavesThePhysicsAlone) {
  const auto model = ModelOf("Hopper-v4");
  const std::vector<mjtNum> sizes(model->geom_size, model->geom_size + 3 * model->ngeom);
  const auto dressed = DressedModel::Create(model, /*distance=*/4);
  ASSERT_THAT(dressed, IsOk());
  const mjModel& drawn = (*dressed)->model();
  EXPECT_TRUE((*dressed)->has_floor());
  EXPECT_GT(drawn.ntex, model->ntex);
  EXPECT_EQ(drawn.body_mass, model->body_mass);
  EXPECT_EQ(drawn.nq, model->nq);
  EXPECT_NE(drawn.geom_size, model->geom_size);
  EXPECT_EQ(std::vector<mjtNum>(model->geom_size, model->geom_size + 3 * model->ngeom), sizes);
  for (int geom = 0; geom < drawn.ngeom; ++geom) {
    EXPECT_GE(drawn.geom_matid[geom], 0);
    EXPECT_LT(drawn.geom_matid[geom], drawn.nmat);
    EXPECT_EQ(model->geom_matid[geom], -1);
  }
}

}  // namespace
}  // namespace vagram

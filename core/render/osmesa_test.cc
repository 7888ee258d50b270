// In a program of its own: the engine keeps to the first OpenGL that it finds in a process.
#include <algorithm>

#include "core/render/picture_model.h"
#include "core/render/renderer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

TEST(OsMesaTest, DrawsWhereThereIsNoEgl) {
  RendererOptions options;
  options.width = options.height = 64;
  options.libraries.egl = "libEGL-absent.so";
  auto renderer = Renderer::Create(*DisplayModel("pendulum"), options);
  if (absl::IsFailedPrecondition(renderer.status())) GTEST_SKIP() << renderer.status();
  ASSERT_THAT(renderer, IsOk());
  const auto picture = (*renderer)->Draw(std::vector<double>{0});
  ASSERT_THAT(picture, IsOk());
  const auto [least, most] = std::minmax_element(picture->rgb.begin(), picture->rgb.end());
  EXPECT_GT(*most - *least, 50);
}

}  // namespace
}  // namespace vagram

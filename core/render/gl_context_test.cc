#include "core/render/gl_context.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(GlContextTest, WithoutLibrariesOneLineSaysWhatToInstall) {
  const auto context = GlContext::Create({"libEGL-absent.so", "libOSMesa-absent.so"});
  EXPECT_THAT(context.status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("libEGL-absent.so"), HasSubstr("libOSMesa-absent.so"),
                             HasSubstr("tools/setup.sh --with-render"), Not(HasSubstr("\n")))));
}

TEST(GlContextTest, ALibraryOfAnotherKindIsRefused) {
  const auto context = GlContext::Create({"libc.so.6", "libm.so.6"});
  EXPECT_THAT(context.status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("libc.so.6 is not EGL"), HasSubstr("libm.so.6 is not"))));
}

TEST(GlContextTest, CanBeMadeAgainAfterItsEnd) {
  for (int i = 0; i < 2; ++i) {
    const auto context = GlContext::Create({});
    if (!context.ok()) GTEST_SKIP() << context.status();
    EXPECT_FALSE((*context)->kind().empty());
  }
}

TEST(GlContextTest, OsMesaStandsInForEgl) {
  GlLibraries libraries;
  libraries.egl = "libEGL-absent.so";
  const auto context = GlContext::Create(libraries);
  if (!context.ok()) GTEST_SKIP() << context.status();
  EXPECT_EQ((*context)->kind(), "OSMesa");
}

}  // namespace
}  // namespace vagram

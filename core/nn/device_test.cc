#include "core/nn/device.h"

#include <ATen/Context.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(DeviceTest, KnowsTheCpu) { EXPECT_TRUE(ParseDevice("cpu").value().is_cpu()); }

TEST(DeviceTest, RefusesOtherNames) {
  for (const char* name : {"", "gpu", "meta", "cpu:x", "cuda:", "cuda:x"}) {
    EXPECT_THAT(ParseDevice(name).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(name)));
  }
}

TEST(DeviceTest, AnswersWhetherCudaIsThere) {
  if (at::hasCUDA()) {
    EXPECT_TRUE(ParseDevice("cuda").value().is_cuda());
  } else {
    EXPECT_THAT(ParseDevice("cuda").status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not available")));
  }
  EXPECT_THAT(ParseDevice("cuda:99").status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram

#include "core/nn/compute_threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/status_matchers.h"

namespace vagram {
namespace {

TEST(ComputeThreadsTest, ReachesEveryThreadPool) {
  for (int n : {2, 1}) {
    ASSERT_THAT(SetComputeThreads(n), IsOk());
    EXPECT_EQ(at::get_num_threads(), n);
    using Get = int (*)();
    for (const char* name : {"omp_get_max_threads", "openblas_get_num_threads"}) {
      // A build on MKL has no OpenBLAS to ask.
      void* const get = dlsym(RTLD_DEFAULT, name);
      if (get == nullptr) continue;
      EXPECT_EQ(reinterpret_cast<Get>(get)(), n) << name;
    }
  }
}

TEST(ComputeThreadsTest, RefusesLessThanOne) {
  EXPECT_THAT(SetComputeThreads(0), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram

#include "core/nn/blas.h"

#include <ATen/Context.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace vagram {
namespace {

TEST(BlasTest, FindsTheLibraryBehindLibTorch) {
  const BlasLibrary blas = LoadedBlas();
  if (at::hasMKL()) GTEST_SKIP() << "this LibTorch has MKL built in";
  EXPECT_THAT(blas.file, ::testing::HasSubstr("blas"));
  ASSERT_NE(blas.set_threads, nullptr);
  EXPECT_FALSE(blas.core.empty());
}

TEST(BlasTest, ReplacesOnlyTheOldestKernels) {
  EXPECT_EQ(FasterOpenBlasCore("SkylakeX"), "");
  EXPECT_EQ(FasterOpenBlasCore("Haswell"), "");
  EXPECT_EQ(FasterOpenBlasCore("Zen"), "");
  EXPECT_EQ(FasterOpenBlasCore(""), "");
#ifdef __x86_64__
  const std::string better = FasterOpenBlasCore("Prescott");
  EXPECT_EQ(better.empty(), !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")));
#endif
}

// Ends with success on a core that will do, after a restart where that takes one.
[[noreturn]] void RestartAndJudge() {
  static char name[] = "blas_test", filter[] = "--gtest_filter=BlasTest.ChildRunsOnAFastCore";
  char* argv[] = {name, filter, nullptr};
  unsetenv("OPENBLAS_CORETYPE");
  setenv("VAGRAM_BLAS_TEST_CHILD", "1", /*overwrite=*/1);
  RestartWithFasterBlas(argv);
  std::exit(FasterOpenBlasCore(LoadedBlas().core).empty() ? 0 : 1);
}

TEST(BlasTest, RestartsOnAFasterCore) {
  EXPECT_EXIT(RestartAndJudge(), ::testing::ExitedWithCode(0), "");
}

TEST(BlasTest, ChildRunsOnAFastCore) {
  if (std::getenv("VAGRAM_BLAS_TEST_CHILD") == nullptr) GTEST_SKIP() << "for the restarted child";
  EXPECT_EQ(FasterOpenBlasCore(LoadedBlas().core), "");
}

}  // namespace
}  // namespace vagram

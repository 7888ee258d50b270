#include "core/nn/compute_threads.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/logging.h"
#include "core/nn/blas.h"

namespace vagram {

absl::Status SetComputeThreads(int n) {
  if (n < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("compute threads are ", n, ", expected at least 1"));
  }
  const BlasLibrary blas = LoadedBlas();
  if (blas.set_threads == nullptr && !at::hasMKL()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "LibTorch's matrix products come from a BLAS that is neither OpenBLAS nor MKL (",
        blas.file.empty() ? "none found" : blas.file,
        "); install OpenBLAS (Debian: apt-get install libopenblas0-pthread) and select it "
        "(update-alternatives --config libblas.so.3-x86_64-linux-gnu)"));
  }
  if (const std::string faster = FasterOpenBlasCore(blas.core); !faster.empty()) {
    LOG(WARNING) << "slow_blas core=" << blas.core << " faster=" << faster
                 << " remedy=\"set OPENBLAS_CORETYPE=" << faster << " before the start\"";
  }
  at::set_num_threads(n);
  if (blas.set_threads != nullptr) blas.set_threads(n);
  if (void* const set_openmp_threads = dlsym(RTLD_DEFAULT, "omp_set_num_threads")) {
    reinterpret_cast<void (*)(int)>(set_openmp_threads)(n);
  }
  return absl::OkStatus();
}

}  // namespace vagram

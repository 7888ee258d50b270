#include "core/nn/compute_threads.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace vagram {
namespace {

using SetThreads = void (*)(int);

// The thread setting of the BLAS that serves `sgemm_` in this process; null when that library, with
// what it links to, is not OpenBLAS. Debian's libblas.so.3 is an alternative: the reference
// implementation or a thin layer over libopenblas, so only the file that answers tells.
SetThreads OpenBlasSetThreads(std::string* blas_file) {
  void* const sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info;
  if (sgemm == nullptr || dladdr(sgemm, &info) == 0) return nullptr;
  *blas_file = info.dli_fname;
  void* const library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return nullptr;
  void* const set_threads = dlsym(library, "openblas_set_num_threads");
  dlclose(library);  // the process keeps its own reference
  return reinterpret_cast<SetThreads>(set_threads);
}

}  // namespace

absl::Status SetComputeThreads(int n) {
  if (n < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("compute threads are ", n, ", expected at least 1"));
  }
  std::string blas_file = "none found";
  const SetThreads set_blas_threads = OpenBlasSetThreads(&blas_file);
  if (set_blas_threads == nullptr && !at::hasMKL()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "LibTorch's matrix products come from a BLAS that is neither OpenBLAS nor MKL (", blas_file,
        "); install OpenBLAS (Debian: apt-get install libopenblas0-pthread) and select it "
        "(update-alternatives --config libblas.so.3-x86_64-linux-gnu)"));
  }
  at::set_num_threads(n);
  if (set_blas_threads != nullptr) set_blas_threads(n);
  if (void* const set_openmp_threads = dlsym(RTLD_DEFAULT, "omp_set_num_threads")) {
    reinterpret_cast<SetThreads>(set_openmp_threads)(n);
  }
  return absl::OkStatus();
}

}  // namespace vagram

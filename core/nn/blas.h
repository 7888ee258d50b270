#ifndef CORE_NN_BLAS_H_
#define CORE_NN_BLAS_H_

#include <string>

namespace vagram {

// The library that serves LibTorch's matrix products in this process.
struct BlasLibrary {
  std::string file;                    // the shared object that answers to sgemm_; may be empty
  void (*set_threads)(int) = nullptr;  // null unless it is OpenBLAS
  std::string core;                    // OpenBLAS's name for the CPU it chose its kernels for
};
BlasLibrary LoadedBlas();

// The core that OpenBLAS should use in place of `core` on this CPU; empty when `core` will do.
// OpenBLAS knows CPUs by model number and serves those younger than itself its oldest kernels
// ("Prescott", SSE3), whatever they can do: 35 GFLOP/s where the AVX-512 kernels reach 160.
std::string FasterOpenBlasCore(const std::string& core);

// Call it first thing in main. Where a faster core exists, restarts this program, in the same
// process, with OPENBLAS_CORETYPE set to it: OpenBLAS reads that only while it is loaded. Does
// nothing when the variable is set already, so that it restarts once at most and users can choose.
void RestartWithFasterBlas(char** argv);

}  // namespace vagram

#endif  // CORE_NN_BLAS_H_

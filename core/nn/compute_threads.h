#ifndef CORE_NN_COMPUTE_THREADS_H_
#define CORE_NN_COMPUTE_THREADS_H_

#include "absl/status/status.h"

namespace vagram {

// Sets how many threads the matrix products and tensor operations of this process use, in ATen,
// OpenMP and OpenBLAS alike: two pools that spin on the same cores slow each other down tenfold.
// Call it once in main, before any tensor work.
//   INVALID_ARGUMENT: n < 1.
//   FAILED_PRECONDITION: LibTorch runs on a BLAS that is not an optimised one (the reference BLAS
//   is more than 10 times slower than OpenBLAS); the message names the file and the remedy.
absl::Status SetComputeThreads(int n);

}  // namespace vagram

#endif  // CORE_NN_COMPUTE_THREADS_H_

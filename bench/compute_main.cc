// The main function of benchmarks that compute: as the workers do it, on the BLAS kernels that fit
// the CPU, with one thread, and with gRPC's polling for latency.
#include <cstdio>

#include "benchmark/benchmark.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/nn/freed_memory.h"
#include "core/rpc/grpc_runtime.h"

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  vagram::KeepFreedMemory();
  vagram::PreferLatency();
  benchmark::Initialize(&argc, argv);
  if (const absl::Status status = vagram::SetComputeThreads(1); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

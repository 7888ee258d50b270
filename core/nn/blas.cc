#include "core/nn/blas.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace vagram {
namespace {

constexpr char kCoreVariable[] = "OPENBLAS_CORETYPE";

}  // namespace

BlasLibrary LoadedBlas() {
  // Debian's libblas.so.3 is an alternative: the reference implementation, or a thin layer over
  // libopenblas. So the file that answers to sgemm_ is asked, together with what it links to.
  BlasLibrary blas;
  void* const sgemm = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info;
  if (sgemm == nullptr || dladdr(sgemm, &info) == 0) return blas;
  blas.file = info.dli_fname;
  void* const library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return blas;
  blas.set_threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  const auto core = reinterpret_cast<const char* (*)()>(dlsym(library, "openblas_get_corename"));
  if (core != nullptr) blas.core = core();
  dlclose(library);  // the process keeps a reference of its own
  return blas;
}

std::string FasterOpenBlasCore(const std::string& core) {
#ifdef __x86_64__
  if (core != "Prescott") return "";
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return "";
}

void RestartWithFasterBlas(char** argv) {
  if (std::getenv(kCoreVariable) != nullptr) return;
  const std::string core = FasterOpenBlasCore(LoadedBlas().core);
  if (core.empty()) return;
  setenv(kCoreVariable, core.c_str(), /*overwrite=*/1);
  execv("/proc/self/exe", argv);
  // Where /proc is missing the program goes on with the slow kernels; SetComputeThreads says so.
  unsetenv(kCoreVariable);
}

}  // namespace vagram

// Makes figures of the VaGraM paper anew.
// Exit codes: 0 made, 1 could not be made, 2 wrong command line.
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/base/logging.h"
#include "core/base/status_macros.h"
#include "core/base/stop.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/nn/freed_memory.h"
#include "lab/lab_flags.h"
#include "lab/make_figure.h"

namespace vagram::lab {
namespace {

absl::Status Run(int argc, char** argv, const Stop& stop) {
  ASSIGN_OR_RETURN(const LabFlags flags, ParseLabFlags(argc, argv));
  RETURN_IF_ERROR(SetComputeThreads(1));
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, MakeFigure(flags, stop, std::cerr));
  for (const std::string& path : paths) std::cout << "wrote " << path << std::endl;
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  InitLogging(argv[0]);
  Stop stop;
  SignalThread signals(&stop);
  const absl::Status status = Run(argc, argv, stop);
  if (status.ok()) return 0;
  std::cerr << "vagram: " << status.message() << std::endl;
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

}  // namespace
}  // namespace vagram::lab

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  vagram::KeepFreedMemory();
  return vagram::lab::Main(argc, argv);
}

// Compares the model losses with recorded cases, computed by an independent implementation:
//   bazel run //tests/golden:losses -- --dir=DIR
// Exit status: 0 all within bounds, 1 some not, 2 bad usage or unreadable files.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "core/base/logging.h"
#include "tests/golden/loss_check.h"

int main(int argc, char** argv) {
  vagram::InitLogging(argv[0]);
  std::string folder;
  CLI::App app("Compares the model losses with golden cases.");
  app.add_option("--dir", folder, "folder of golden files (case_*.json)")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // `bazel run` starts elsewhere than where it was typed.
  const char* typed_in = std::getenv("BUILD_WORKING_DIRECTORY");
  if (typed_in != nullptr) folder = (std::filesystem::path(typed_in) / folder).string();

  const auto reports = vagram::CheckLossFolder(folder);
  if (!reports.ok()) {
    std::cerr << "losses: " << reports.status().message() << std::endl;
    return 2;
  }
  std::cout << vagram::FormatTable(*reports) << std::flush;
  return vagram::AllPassed(*reports) ? 0 : 1;
}

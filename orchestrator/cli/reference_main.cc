// Rewrites the reference in docs/cli.md:  bazel run //orchestrator/cli:reference
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/reference.h"

int main() {
  const char* root = std::getenv("BUILD_WORKSPACE_DIRECTORY");  // set by bazel run
  const std::string path = std::string(root == nullptr ? "." : root) + "/docs/cli.md";
  std::ostringstream page;
  page << std::ifstream(path).rdbuf();
  const absl::StatusOr<std::string> updated =
      vagram::cli::WithCommandReference(page.str(), vagram::cli::DescribeCommandLine());
  if (!updated.ok()) {
    std::cerr << path << ": " << updated.status().message() << "\n";
    return 1;
  }
  std::ofstream out(path);
  out << *updated;
  out.close();
  if (!out) {
    std::cerr << path << ": cannot be written\n";
    return 1;
  }
  return 0;
}

// Rewrites the table of keys in docs/experiment_file.md:  bazel run //orchestrator/spec:reference
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "orchestrator/spec/reference.h"

int main() {
  const char* root = std::getenv("BUILD_WORKSPACE_DIRECTORY");  // set by bazel run
  const std::string path = std::string(root == nullptr ? "." : root) + "/docs/experiment_file.md";
  std::ostringstream page;
  page << std::ifstream(path).rdbuf();
  const absl::StatusOr<std::string> updated = vagram::WithSpecReference(page.str());
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

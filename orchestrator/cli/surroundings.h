#ifndef ORCHESTRATOR_CLI_SURROUNDINGS_H_
#define ORCHESTRATOR_CLI_SURROUNDINGS_H_

#include <string>
#include <vector>

namespace vagram::cli {

// What the command line gives to and takes from its surroundings besides words, put down once for
// --help, the man page and docs/cli.md.
struct Term {
  std::string name;
  std::string meaning;
};

std::vector<Term> ExitCodeTerms();
std::vector<Term> EnvironmentTerms();
std::vector<Term> FileTerms();

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_SURROUNDINGS_H_

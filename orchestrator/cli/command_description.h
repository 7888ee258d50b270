#ifndef ORCHESTRATOR_CLI_COMMAND_DESCRIPTION_H_
#define ORCHESTRATOR_CLI_COMMAND_DESCRIPTION_H_

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace vagram::cli {

// What the parser takes, as data: completion, man page and reference are made of it and of nothing
// else, so that they know every option on the day it is added.

struct OptionDescription {
  std::vector<std::string> names;  // such as --watch and -w; of an operand its own, such as ID
  std::string value;  // the kind of what it takes, such as FILE, KEY or INT; empty for a flag
  std::string range;  // of a number, such as "1 to 100"; empty: any
  std::vector<std::string> choices;  // empty: anything
  std::string meaning;
  bool required = false;
  bool repeats = false;  // may be given more than once
};

struct CommandDescription {
  std::string name;  // such as logs
  std::string summary;
  std::string notes;                  // paragraphs, one line each
  std::vector<std::string> examples;  // such as "vagram logs -f 1/0"
  std::vector<OptionDescription> options;
  std::vector<OptionDescription> operands;
  std::vector<CommandDescription> commands;
  bool needs_command = false;  // does nothing without one of these
};

// Reads a parser. In a footer, lines that begin with two spaces and the program's name are
// examples, the others notes.
CommandDescription DescribeApp(const CLI::App& app);

// "vagram logs [OPTIONS] ID". `path` is what stands before the command, such as "vagram".
std::string Synopsis(const std::string& path, const CommandDescription& command);

// "-w, --watch", "--role ROLE", "ID...".
std::string Spelling(const OptionDescription& option);

// "csv, jsonl or npy".
std::string ChoicesText(const std::vector<std::string>& choices);

// The meaning, then choices or range: "Only this role's; actor, learner or model_server".
std::string MeaningWithValues(const OptionDescription& option);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_COMMAND_DESCRIPTION_H_

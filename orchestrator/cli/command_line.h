#ifndef ORCHESTRATOR_CLI_COMMAND_LINE_H_
#define ORCHESTRATOR_CLI_COMMAND_LINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/cli/command_description.h"

namespace vagram::cli {

// The service lists no more experiments at a time (orchestrator/experiments_service.cc).
constexpr int kMaxListed = 1000;

// What the user asked for. Fields that the command does not have keep their defaults.
struct Arguments {
  std::string command;  // such as "status"
  std::string home;     // the service's folder; the caller makes it absolute
  std::string color;    // auto, always, never; empty: not said
  bool json = false;
  std::string spec;                    // run, submit, check: the experiment file, or - for stdin
  std::vector<std::string> overrides;  // run, submit, check: key=value
  std::string id;                      // status, logs: an experiment's or a trial's; completion
  std::vector<std::string> ids;        // cancel, pause, ..., compare, plot, export: one or more
  std::string role;                    // logs: empty means all
  std::string task;                    // envs show
  int64_t tail_lines = 0;              // logs: 0 means everything
  int limit = 20;                      // list
  int slots = 0;                       // up: 0 means the number of cores
  int port = 0;                        // up: 0 means a free one
  std::optional<int> dashboard_port;   // up: 0 means a free one, -1 none
  std::optional<int> preempt_grace_seconds;  // up
  std::optional<int> threads;                // up: 0 means no limit
  std::optional<double> memory_gib;          // up: 0 means no limit
  // render, lab: words as typed, options as --OPTION=VALUE, for the program that does it
  std::vector<std::string> passed_on;
  bool dry_run = false;             // run, submit
  bool tuning = false;              // run, submit, check
  std::vector<std::string> by;      // compare, plot: keys; empty means the swept ones
  std::string metric;               // compare, plot
  std::optional<int64_t> at;        // compare, plot: step; unset means the shortest run's end
  std::optional<double> threshold;  // compare
  uint64_t seed = 0;                // compare, plot: of the bootstrap
  bool unfinished = false;          // compare, plot
  std::string out;                  // plot: a file; export: a folder
  std::string what;                 // export, completion
  std::string format = "csv";       // export
  bool wait = false;                // submit
  bool watch = false;               // status
  bool all = false;                 // status
  bool follow = false;              // logs
};

// Either arguments to run, or a text to print and the exit code: help and version on stdout with
// 0, a usage error on stderr with kExitUsage.
struct ParsedCommandLine {
  std::optional<Arguments> arguments;
  std::string text;
  int exit_code = 0;
};

// Parses the command line without the program's name. Needs no terminal, reads no file.
ParsedCommandLine ParseCommandLine(const std::vector<std::string>& words);

// Everything that ParseCommandLine takes.
CommandDescription DescribeCommandLine();

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_COMMAND_LINE_H_

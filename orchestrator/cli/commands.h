#ifndef ORCHESTRATOR_CLI_COMMANDS_H_
#define ORCHESTRATOR_CLI_COMMANDS_H_

#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/console.h"

namespace vagram::cli {

// One function per command: does what `arguments` ask, prints, and returns the exit code.
// `arguments.home` is absolute.

// The service (service_commands.cc).
int Up(const Arguments& arguments, Console& console);
int Down(const Arguments& arguments, Console& console);

// Experiments (run_command.cc, submit_commands.cc, steer_commands.cc).
int Run(const Arguments& arguments, Console& console);
int Submit(const Arguments& arguments, Console& console);
int Check(const Arguments& arguments, Console& console);
int Cancel(const Arguments& arguments, Console& console);
int Pause(const Arguments& arguments, Console& console);
int Resume(const Arguments& arguments, Console& console);
int Preempt(const Arguments& arguments, Console& console);

// What the service knows (status_commands.cc, logs_command.cc).
int List(const Arguments& arguments, Console& console);
int Status(const Arguments& arguments, Console& console);
int Logs(const Arguments& arguments, Console& console);

// What trials reported, set side by side (compare_command.cc, plot_command.cc, export_command.cc).
int Compare(const Arguments& arguments, Console& console);
int Plot(const Arguments& arguments, Console& console);
int Export(const Arguments& arguments, Console& console);
int ExportPolicies(const Arguments& arguments, Console& console);  // export_policy_command.cc

// What programs of their own do: clips, figures (program_commands.cc).
int Render(const Arguments& arguments, Console& console);
int Lab(const Arguments& arguments, Console& console);

// What this build knows (catalogue_commands.cc), and what the machine has (doctor_command.cc).
int Envs(const Arguments& arguments, Console& console);
int Losses(const Arguments& arguments, Console& console);
int Presets(const Arguments& arguments, Console& console);
int Doctor(const Arguments& arguments, Console& console);

// What shells and man(1) want (shell_commands.cc). Needs no service.
int Completion(const Arguments& arguments, Console& console);
int Man(const Arguments& arguments, Console& console);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_COMMANDS_H_

#include "orchestrator/cli/command_line.h"

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/version.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/cli/surroundings.h"
#include "orchestrator/cli/usage_error.h"

namespace vagram::cli {
namespace {

std::string Footer() {
  std::string footer = "Results go to stdout, progress and errors to stderr.\n\nExit codes:\n";
  for (const Term& code : ExitCodeTerms()) {
    absl::StrAppend(&footer, "  ", code.name, "  ", code.meaning, "\n");
  }
  absl::StrAppend(&footer, "\n`vagram man | man -l -` shows everything on one page.\n");
  return footer;
}

// A line of a footer that shows how a command is used; see DescribeApp.
std::string Example(const std::string& words) { return absl::StrCat("\n  vagram ", words); }

class Parser {
 public:
  Parser() : app_("value-aware model-based reinforcement learning as a service", "vagram") {
    app_.footer(Footer());
    app_.set_version_flag("--version", kVersion, "Print the version and exit");
    app_.add_option("--home", arguments_.home,
                    "The service's folder (default: $VAGRAM_HOME, else ~/.vagram)")
        ->type_name("DIR");
    app_.add_option("--color", arguments_.color, "Where to use colours (default: auto)")
        ->type_name("WHEN")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app_.require_subcommand(1);
    app_.fallthrough();  // these may also stand behind the command
    AddServiceCommands();
    AddExperimentCommands();
    AddReadingCommands();
    AddComparingCommands();
    AddCatalogueCommands();
    AddRender();
    AddLab();
    AddShellCommands();
  }

  CommandDescription Describe() const { return DescribeApp(app_); }

  ParsedCommandLine Parse(std::vector<std::string> words) {
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    ParsedCommandLine parsed;
    try {
      app_.parse(std::move(reversed));
      arguments_.command = app_.get_subcommands().front()->get_name();
      parsed.arguments = arguments_;
    } catch (const CLI::CallForHelp&) {
      parsed.text = app_.help();
    } catch (const CLI::CallForVersion&) {
      parsed.text = absl::StrCat(kVersion, "\n");
    } catch (const CLI::Error& error) {
      parsed.exit_code = kExitUsage;
      parsed.text = words.empty() ? app_.help() : UsageError(Describe(), words, error.what());
    }
    return parsed;
  }

 private:
  CLI::App* AddCommand(const std::string& name, const std::string& summary,
                       const std::string& footer = "") {
    CLI::App* command = app_.add_subcommand(name, summary);
    command->footer(footer);
    return command;
  }

  void AddJson(CLI::App* command, const std::string& what) {
    command->add_flag("--json", arguments_.json, absl::StrCat("Print ", what, " as JSON"));
  }

  void AddSpec(CLI::App* command) {
    command->add_option("SPEC", arguments_.spec, "The experiment file, or - for stdin")->required();
    command
        ->add_option("--set", arguments_.overrides,
                     "Override a field, such as --set num_steps=5000; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_flag("--tuning", arguments_.tuning,
                      "With the file's tuning_seeds: to choose a setting by, not to report");
  }

  void AddDryRun(CLI::App* command) {
    command->add_flag("--dry-run", arguments_.dry_run,
                      "Only check the file and list its trials, as `vagram check` does");
  }

  void AddServiceCommands() {
    CLI::App* up = AddCommand(
        "up", "Start the service in the background",
        "Exits with 0 also when the service is running already." + Example("up --slots 4"));
    up->add_option("--slots", arguments_.slots,
                   "How many slots trials may take at a time (default: the number of cores)")
        ->check(CLI::Range(1, 100000));
    up->add_option("--threads", arguments_.threads,
                   "How many compute threads trials may use at a time; 0: no limit (default: the "
                   "number of cores or slots)")
        ->check(CLI::Range(0, 100000));
    up->add_option(
          "--memory_gib", arguments_.memory_gib,
          "How much memory trials may use together; 0: no limit (default: what the machine "
          "has)")
        ->check(CLI::Range(0.0, 1e6));
    up->add_option("--port", arguments_.port,
                   "Port on the loopback interface (default: a free one)")
        ->check(CLI::Range(0, 65535));
    up->add_option("--dashboard_port", arguments_.dashboard_port,
                   "Port of the dashboard on the loopback interface; -1: no dashboard (default: a "
                   "free one)")
        ->check(CLI::Range(-1, 65535));
    up->add_option("--preempt_grace_seconds", arguments_.preempt_grace_seconds,
                   "What workers that are told to end have to save a checkpoint (default: 20)")
        ->check(CLI::Range(0, 3600));
    AddJson(up, "the service");
    AddJson(AddCommand("down",
                       "Stop the service once its trials have saved checkpoints; they go on at the "
                       "next `up`",
                       Example("down")),
            "the stopped service");
  }

  void AddExperimentCommands() {
    CLI::App* run = AddCommand(
        "run", "Run an experiment and wait for its end",
        "Uses the running service, or brings up one of its own for as long as it takes.\n"
        "Ctrl-C cancels the experiment; a second Ctrl-C leaves at once." +
            Example("run experiments/quickstart.yaml --set seeds=4"));
    AddSpec(run);
    AddDryRun(run);
    AddJson(run, "the ended experiment");

    CLI::App* submit = AddCommand("submit", "Hand an experiment to the service; prints its id",
                                  Example("submit my.yaml --wait"));
    AddSpec(submit);
    AddDryRun(submit);
    submit->add_flag("--wait", arguments_.wait,
                     "Watch until it has ended; Ctrl-C stops watching, not the experiment");
    AddJson(submit, "the experiment");

    CLI::App* check = AddCommand("check", "Check an experiment file and list its trials",
                                 Example("check my.yaml --set model.loss=mle"));
    AddSpec(check);
    AddJson(check, "the trials with their whole configurations");

    AddSteering("cancel", "Stop an experiment's unfinished trials, or one trial",
                Example("cancel 3/1"));
    AddSteering("pause", "Have unfinished trials save a checkpoint, end their processes and rest",
                "They rest until `vagram resume`, also when the service is started again.\n"
                "To wait for the last process, watch `vagram status ID -w`." +
                    Example("pause 3"));
    AddSteering("resume", "Queue trials again that are paused or have failed",
                "They go on from their checkpoints; those that failed have all their restarts "
                "again." +
                    Example("resume 3"));
    AddSteering("preempt",
                "Have running trials save a checkpoint and end their processes, and queue them "
                "again",
                "This does not count against their restarts." + Example("preempt 3 4/1"));
  }

  void AddSteering(const std::string& name, const std::string& summary, const std::string& footer) {
    CLI::App* command = AddCommand(name, summary, footer);
    AddIds(command);
    AddJson(command, "the experiments");
  }

  void AddReadingCommands() {
    CLI::App* list = AddCommand("list", "List experiments, newest first", Example("list -n 5"));
    list->add_option("-n,--limit", arguments_.limit, "How many at most")
        ->check(CLI::Range(1, kMaxListed))
        ->capture_default_str();
    AddJson(list, "the experiments");

    CLI::App* status =
        AddCommand("status", "Show the service, or an experiment's trials and workers",
                   Example("status 3 -w"));
    AddId(status);
    status->add_flag("-w,--watch", arguments_.watch, "Go on until it has ended, or Ctrl-C");
    status->add_flag("--all", arguments_.all,
                     "Every trial, also where the terminal has no room for them");
    AddJson(status, "the experiment (with -w: one line per change)");

    CLI::App* logs = AddCommand("logs", "Print the process logs of an experiment or a trial",
                                Example("logs -f 3/0 --role learner"));
    AddId(logs)->required();
    logs->add_option("--role", arguments_.role, "Only this role's")
        ->check(CLI::IsMember({"actor", "learner", "model_server"}));
    logs->add_flag("-f,--follow", arguments_.follow, "Go on until the trial has ended");
    logs->add_option("-n,--tail", arguments_.tail_lines, "Only the last lines of each log")
        ->check(CLI::Range(int64_t{1}, int64_t{1000000000}));
    AddJson(logs, "every log line");
  }

  void AddComparingCommands() {
    CLI::App* compare = AddCommand(
        "compare", "Which setting did better, and how sure one may be",
        "One line per group of trials: mean, median and interquartile mean (IQM) over seeds with\n"
        "95 % intervals, then the probability that one group beats another. Only trials that\n"
        "succeeded count; the others are named. docs/statistics.md explains every number.\n"
        "\n"
        "  vagram compare 3\n"
        "  vagram compare 3 4 --by model.loss --threshold 2000");
    AddIds(compare);
    AddGrouping(compare);
    compare->add_option("--threshold", arguments_.threshold,
                        "Also say how many steps it took to get this far up");
    AddJson(compare, "the comparison");

    CLI::App* plot = AddCommand(
        "plot", "Draw learning curves and final values with their intervals",
        "Needs gnuplot (tools/setup.sh --with-plot). Colours keep apart for colour-blind readers.\n"
        "\n"
        "  vagram plot 3 --out returns.pdf\n"
        "  vagram plot 3 4 --by model.loss --metric diagnose/value_error_h1 --out error.svg");
    AddIds(plot);
    AddGrouping(plot);
    plot->add_option("--out", arguments_.out, "File to write; ends with .svg, .png or .pdf")
        ->type_name("FILE")
        ->required();
    AddJson(plot, "the file's name and what is not in it");

    CLI::App* exported = AddCommand(
        "export", "Write metrics or policies as files for other programs",
        "Metrics as csv and jsonl: one line per trial, row and metric; as npy: one NumPy array\n"
        "[trials, rows] per metric, labels.json beside them. All trials are in it, whatever their\n"
        "state. Policies: the last one of each trial as TorchScript (docs/policies.md)." +
            Example("export 3 --format npy --out metrics/") +
            Example("export 3/0 --what policy --out policies/"));
    AddIds(exported);
    exported->add_option("--what", arguments_.what, "metrics or policy (default: metrics)")
        ->check(CLI::IsMember({"metrics", "policy"}));
    exported->add_option("--format", arguments_.format, "Of metrics (default: csv)")
        ->check(CLI::IsMember({"csv", "jsonl", "npy"}));
    exported->add_option("--out", arguments_.out, "Folder to write into; made when it is not there")
        ->type_name("DIR")
        ->required();
    AddJson(exported, "the files' names and how many rows each trial has");
  }

  // Which trials belong together, for compare and plot.
  void AddGrouping(CLI::App* command) {
    command
        ->add_option(
            "--by", arguments_.by,
            "Key to group by, such as model.loss, or experiment; may be repeated (default: "
            "all swept keys)")
        ->type_name("KEY")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        ->add_option("--metric", arguments_.metric,
                     "Which metric (default: evaluate/return_mean); docs/metrics.md lists them")
        ->type_name("NAME");
    command
        ->add_option("--at", arguments_.at,
                     "Look at this environment step (default: where the shortest run ends)")
        ->type_name("STEPS")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--seed", arguments_.seed, "Of the intervals' resampling (default: 0)")
        ->type_name("N");
    command->add_flag("--unfinished", arguments_.unfinished,
                      "Also trials that have not succeeded, as far as they came");
  }

  void AddCatalogueCommands() {
    CLI::App* envs = AddCommand("envs", "List the tasks", Example("envs"));
    AddJson(envs, "the tasks");
    CLI::App* show = envs->add_subcommand("show", "Everything about one task");
    show->footer(Example("envs show Hopper-v4"));
    show->add_option("TASK", arguments_.task, "A task's id, or the path of a task file or plug-in")
        ->required();
    AddJson(show, "the task");
    AddJson(AddCommand("losses", "List the model losses with their sources", Example("losses")),
            "the losses");
    AddJson(AddCommand("presets", "List the presets of an experiment file", Example("presets")),
            "the presets");
    AddJson(AddCommand("doctor", "Check this machine and say how to mend what is wrong",
                       "Exits with 1 when a check failed; warnings do not." + Example("doctor")),
            "the findings");
  }

  // The program that does it links the physics and knows the rules; here are names and help.
  void AddRender() {
    CLI::App* render = AddCommand(
        "render", "Make a clip of a task, played by a policy or at random",
        "A trial's policies are in its folder, as policies/final.policy. Needs no display: it "
        "draws\n"
        "through EGL or OSMesa, and mp4 files want ffmpeg (tools/setup.sh --with-render).\n"
        "No --json: what it makes is a clip, at the place that --out names." +
            Example("render --env Hopper-v4 --out clip.mp4"));
    const auto pass_on = PassOn(render);
    pass_on("env", "The task, or a task file of your own (default: the policy's)", "TASK");
    pass_on("policy", "A .policy file, or 'random' (default: random)", "FILE");
    pass_on("out", "Where to write: clip.mp4, or a folder such as frames/ for PNG files", "PATH")
        ->required();
    pass_on("episodes", "How many episodes (default: 1)", "N")->check(CLI::Range(1, 1000));
    pass_on("steps", "Steps of each at most (default: the task's limit)", "N")
        ->check(CLI::Range(1, 1000000));
    pass_on("seed", "Of the starts and of random actions (default: 0)", "N")
        ->check(CLI::NonNegativeNumber);
    pass_on("width", "Of the picture in pixels (default: 640)", "N")->check(CLI::Range(16, 4096));
    pass_on("height", "Of the picture in pixels (default: 480)", "N")->check(CLI::Range(16, 4096));
    pass_on("camera", "track, fixed, or a camera of the model (default: track)", "NAME");
    render->add_flag_callback(
        "--no-caption", [this] { arguments_.passed_on.push_back("--no-caption"); },
        "Leave out step, time and return");
  }

  void AddLab() {
    const std::string no_json =
        "No --json: what it makes are files in the folder that --out names.";
    CLI::App* lab = AddCommand("lab", "Make figures of the VaGraM paper anew, as CSV, SVG and PNG",
                               "Real runs on Pendulum-v1 in this process: no service is needed.\n" +
                                   no_json + Example("lab surface --out figures/"));
    lab->require_subcommand(1);
    const auto add_figure = [this, lab, no_json](const char* name, const char* what,
                                                 const char* steps) {
      CLI::App* figure = lab->add_subcommand(name, what);
      figure->footer(no_json + Example(absl::StrCat("lab ", name, " --out figures/")));
      figure->preparse_callback([this, name](size_t) { arguments_.passed_on.push_back(name); });
      const auto pass_on = PassOn(figure);
      pass_on("out", "Folder to write into; made when it is not there", "DIR")->required();
      pass_on("seed", "Of everything that is drawn (default: 0)", "N")
          ->check(CLI::NonNegativeNumber);
      pass_on("steps",
              absl::StrCat("Environment steps of an agent's training (default: ", steps, ")"), "N")
          ->check(CLI::PositiveNumber);
      return pass_on;
    };
    const auto surface =
        add_figure("surface", "Figure 1: what each loss makes of every prediction", "10000");
    surface("theta", "Reference sample: angle in rad, 0 upright (default: 1.5)", "X");
    surface("theta_dot", "Reference sample: rate in rad/s (default: 1)", "X");
    surface("resolution", "Points along an axis (default: 81)", "N")->check(CLI::Range(2, 1000));
    const auto evolution = add_figure(
        "evolution", "Figure 2: the VAML error while the value function changes", "6000");
    evolution("repetitions", "Agents, data sets and models of their own (default: 8)", "N")
        ->check(CLI::Range(1, 1000));
    evolution("value_functions", "Of each agent's training (default: 20)", "N")
        ->check(CLI::Range(2, 10000));
    evolution("transitions", "To train a model on (default: 1000)", "N")
        ->check(CLI::Range(2, 1000000));
    evolution("max_epochs", "Of one training (default: 200)", "N")->check(CLI::Range(1, 100000));
    evolution("predict", "What models predict: next_state or delta (default: next_state)", "WHAT")
        ->check(CLI::IsMember({"next_state", "delta"}));
  }

  void AddShellCommands() {
    CLI::App* completion = AddCommand(
        "completion", "Print a completion script for a shell",
        "ids, keys and tasks print what the scripts ask for, one a line: experiments, or trials "
        "of\n"
        "the experiment that BEGINNING names (nothing where no service answers), keys of --set, "
        "and\n"
        "tasks.\n"
        "No --json: what it prints is for the shell." +
            Example("completion bash > ~/.local/share/bash-completion/completions/vagram"));
    completion->add_option("WHAT", arguments_.what, "For which shell")
        ->check(CLI::IsMember({"bash", "zsh", "ids", "keys", "tasks"}))
        ->required();
    completion->add_option("BEGINNING", arguments_.id, "Of the ids that are wanted, such as 3/");
    AddCommand("man", "Print the manual page",
               "No --json: what it prints is for man(1)." + Example("man | man -l -"));
  }

  // Adds options that are handed to another program as they were typed.
  std::function<CLI::Option*(const std::string&, const std::string&, const std::string&)> PassOn(
      CLI::App* command) {
    return
        [this, command](const std::string& name, const std::string& what, const std::string& type) {
          const auto keep = [this, name](const std::string& value) {
            arguments_.passed_on.push_back(absl::StrCat("--", name, "=", value));
          };
          return command->add_option_function<std::string>(absl::StrCat("--", name), keep, what)
              ->type_name(type);
        };
  }

  CLI::Option* AddId(CLI::App* command) {
    return command->add_option("ID", arguments_.id,
                               "An experiment such as 3, or a trial such as 3/0");
  }

  void AddIds(CLI::App* command) {
    command->add_option("ID", arguments_.ids, "Experiments such as 3, or trials such as 3/0")
        ->required();
  }

  CLI::App app_;
  Arguments arguments_;
};

}  // namespace

CommandDescription DescribeCommandLine() { return Parser().Describe(); }

ParsedCommandLine ParseCommandLine(const std::vector<std::string>& words) {
  return Parser().Parse(words);
}

}  // namespace vagram::cli

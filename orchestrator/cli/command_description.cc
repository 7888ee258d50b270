#include "orchestrator/cli/command_description.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace vagram::cli {
namespace {

// CLI11 keeps choices and ranges as text only: "TEXT:{csv,jsonl}", "INT:INT in [1 - 100]".
void ReadValues(const std::string& type, OptionDescription* option) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(type, absl::MaxSplits(':', 1));
  option->value = std::string(parts.first);
  absl::string_view values = parts.second;
  if (absl::ConsumePrefix(&values, "{") && absl::ConsumeSuffix(&values, "}")) {
    option->choices = absl::StrSplit(values, ',');
  } else if (const size_t at = values.find(" in ["); at != absl::string_view::npos) {
    values.remove_prefix(at + 5);
    option->range = absl::StrReplaceAll(absl::StripSuffix(values, "]"), {{" - ", " to "}});
  }
}

OptionDescription DescribeOption(const CLI::Option& parsed) {
  OptionDescription option;
  if (parsed.nonpositional()) {
    for (const std::string& name : parsed.get_snames()) option.names.push_back("-" + name);
    for (const std::string& name : parsed.get_lnames()) option.names.push_back("--" + name);
    if (parsed.get_items_expected_max() > 0) ReadValues(parsed.get_type_name(), &option);
  } else {
    option.names = {parsed.get_name(true)};
    ReadValues(parsed.get_type_name(), &option);
    option.value = option.names[0];  // an operand is called by what it is
  }
  option.meaning = parsed.get_description();
  option.required = parsed.get_required();
  option.repeats = parsed.get_items_expected_max() > 1;
  return option;
}

void ReadFooter(const std::string& footer, CommandDescription* command) {
  std::vector<std::string> notes;
  for (absl::string_view line : absl::StrSplit(footer, '\n')) {
    if (absl::StartsWith(line, "  vagram ")) {
      command->examples.emplace_back(absl::StripAsciiWhitespace(line));
    } else {
      notes.emplace_back(line);
    }
  }
  command->notes = std::string(absl::StripAsciiWhitespace(absl::StrJoin(notes, "\n")));
}

}  // namespace

CommandDescription DescribeApp(const CLI::App& app) {
  CommandDescription command;
  command.name = app.get_name();
  command.summary = app.get_description();
  ReadFooter(app.get_footer(), &command);
  for (const CLI::Option* option : app.get_options()) {
    // Every command has --help: it is told once, at the top.
    if (option == app.get_help_ptr() && app.get_parent() != nullptr) continue;
    (option->nonpositional() ? command.options : command.operands)
        .push_back(DescribeOption(*option));
  }
  for (const CLI::App* child : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.commands.push_back(DescribeApp(*child));
  }
  command.needs_command = app.get_require_subcommand_min() > 0;
  return command;
}

std::string Synopsis(const std::string& path, const CommandDescription& command) {
  std::string synopsis = absl::StrCat(path, path.empty() ? "" : " ", command.name);
  if (!command.options.empty()) absl::StrAppend(&synopsis, " [OPTIONS]");
  for (const OptionDescription& operand : command.operands) {
    const std::string spelling = Spelling(operand);
    absl::StrAppend(&synopsis, " ", operand.required ? spelling : "[" + spelling + "]");
  }
  if (!command.commands.empty()) {
    absl::StrAppend(&synopsis, command.needs_command ? " COMMAND" : " [COMMAND]");
  }
  return synopsis;
}

std::string Spelling(const OptionDescription& option) {
  std::string spelling = absl::StrJoin(option.names, ", ");
  const bool is_operand = !absl::StartsWith(option.names[0], "-");
  if (is_operand) return spelling + (option.repeats ? "..." : "");
  return option.value.empty() ? spelling : absl::StrCat(spelling, " ", option.value);
}

std::string ChoicesText(const std::vector<std::string>& choices) {
  if (choices.size() < 2) return absl::StrJoin(choices, "");
  const auto last = choices.end() - 1;
  return absl::StrCat(absl::StrJoin(choices.begin(), last, ", "), " or ", *last);
}

std::string MeaningWithValues(const OptionDescription& option) {
  const std::string values = option.choices.empty() ? option.range : ChoicesText(option.choices);
  return values.empty() ? option.meaning : absl::StrCat(option.meaning, "; ", values);
}

}  // namespace vagram::cli

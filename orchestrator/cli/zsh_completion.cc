#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "orchestrator/cli/completion.h"

namespace vagram::cli {
namespace {

constexpr char kHead[] = R"zsh(#compdef vagram
# zsh completion of vagram; `vagram completion zsh` prints it.

# Asks the program itself; whatever keeps it from an answer, there is nothing to offer.
_vagram_ask() {
  command ${~_vagram_program} $_vagram_home completion $@ 2> /dev/null < /dev/null
}

_vagram_ids() {
  local -a ids=(${(f)"$(_vagram_ask ids $PREFIX)"})
  compadd -a ids
}

_vagram_keys() {
  local -a keys=(${(f)"$(_vagram_ask keys)"})
  compadd "$@" -a keys
}

_vagram_assignments() { _vagram_keys -S = }

_vagram_tasks() {
  local -a tasks=(${(f)"$(_vagram_ask tasks)"})
  compadd -a tasks
}
)zsh";

constexpr char kTail[] = R"zsh(
_vagram() {
  local curcontext=$curcontext _vagram_program=$words[1]
  local -a _vagram_home=(${(M)words:#--home=*})
  local -i home=${words[(i)--home]}
  (( home < CURRENT - 1 )) && _vagram_home=(--home ${~words[home + 1]})
  _vagram_command
}

if [[ $funcstack[1] == _vagram ]]; then
  _vagram "$@"  # this file was autoloaded from $fpath
else
  compdef _vagram vagram
fi
)zsh";

// Inside single quotes.
std::string Quoted(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// A text in a specification of _arguments or _describe.
std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"\\", "\\\\"}, {":", "\\:"}, {"[", "\\["}, {"]", "\\]"}, {"\n", " "}});
}

std::string Action(const OptionDescription& option) {
  if (!option.choices.empty()) return absl::StrCat("(", absl::StrJoin(option.choices, " "), ")");
  if (option.value == "ID") return "_vagram_ids";
  if (option.value == "KEY") return "_vagram_keys";
  if (option.value == "KEY=VALUE") return "_vagram_assignments";
  if (option.value == "TASK") return "_vagram_tasks";
  if (option.value == "SPEC") return "_files -g \"*.(yaml|yml)\"";
  if (option.value == "FILE" || option.value == "PATH") return "_files";
  if (option.value == "DIR") return "_files -/";
  return " ";  // anything
}

std::string OptionSpec(const OptionDescription& option) {
  const std::string value =
      option.value.empty() ? "" : absl::StrCat(":", Escaped(option.value), ":", Action(option));
  const std::string meaning = absl::StrCat("[", Escaped(option.meaning), "]", value);
  const bool several_names = option.names.size() > 1;
  std::string specs;
  for (const std::string& name : option.names) {
    // Names of one option exclude one another, unless it may be repeated.
    const std::string head = option.repeats ? "*"
                             : several_names
                                 ? absl::StrCat("(", absl::StrJoin(option.names, " "), ")")
                                 : "";
    const bool is_long = name.size() > 2 && !option.value.empty();
    absl::StrAppend(&specs, " \\\n    ",
                    Quoted(absl::StrCat(head, name, is_long ? "=" : "", meaning)));
  }
  return specs;
}

// A function per command: its options, then its commands or operands.
void AddFunction(const std::string& function, const CommandDescription& command,
                 const std::vector<OptionDescription>& inherited, std::string* script) {
  std::vector<OptionDescription> options = command.options;
  options.insert(options.end(), inherited.begin(), inherited.end());
  std::string text = absl::StrCat("\n", function, "() {\n");
  if (!command.commands.empty()) {
    absl::StrAppend(&text, "  local context state line\n  typeset -A opt_args\n");
  }
  absl::StrAppend(&text, "  _arguments -S", command.commands.empty() ? "" : " -C");
  for (const OptionDescription& option : options) absl::StrAppend(&text, OptionSpec(option));
  if (!command.commands.empty()) {
    absl::StrAppend(&text, " \\\n    ", Quoted("1:command:->command"), " \\\n    ",
                    Quoted("*::argument:->argument"));
  }
  for (const OptionDescription& operand : command.operands) {
    const absl::string_view position = operand.repeats ? "*" : operand.required ? "" : ":";
    absl::StrAppend(&text, " \\\n    ",
                    Quoted(absl::StrCat(position, ":", operand.names[0], ":", Action(operand))));
  }
  absl::StrAppend(&text, "\n");
  if (!command.commands.empty()) {
    absl::StrAppend(&text, "  case $state in\n    command)\n      local -a commands=(\n");
    for (const CommandDescription& child : command.commands) {
      absl::StrAppend(&text, "        ",
                      Quoted(absl::StrCat(child.name, ":", Escaped(child.summary))), "\n");
    }
    absl::StrAppend(&text,
                    "      )\n      _describe command commands\n      ;;\n"
                    "    argument)\n      case $words[1] in\n");
    for (const CommandDescription& child : command.commands) {
      absl::StrAppend(&text, "        ", child.name, ") ", function, "_", child.name, " ;;\n");
    }
    absl::StrAppend(&text, "      esac\n      ;;\n  esac\n");
  }
  absl::StrAppend(script, text, "}\n");
  for (const CommandDescription& child : command.commands) {
    AddFunction(absl::StrCat(function, "_", child.name), child, options, script);
  }
}

}  // namespace

std::string ZshCompletion(const CommandDescription& program) {
  std::string script = kHead;
  AddFunction("_vagram_command", program, {}, &script);
  return script + kTail;
}

}  // namespace vagram::cli

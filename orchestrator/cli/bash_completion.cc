#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "orchestrator/cli/completion.h"

namespace vagram::cli {
namespace {

// What does not depend on the commands. bash hands over --option=value as three words, and
// completes the one behind the last '='.
constexpr char kEngine[] = R"bash(
# Asks the program itself; whatever keeps it from an answer, there is nothing to offer.
_vagram_ask() {
  command "${COMP_WORDS[0]/#\~/$HOME}" "${_vagram_home[@]}" completion "$@" 2> /dev/null < /dev/null
}

# Offers the lines of stdin that begin with $1.
_vagram_offer() {
  local line
  while IFS= read -r line; do
    [[ "$line" == "$1"* ]] && COMPREPLY+=("$line")
  done
}

_vagram() {
  local cur="${COMP_WORDS[COMP_CWORD]}" command=vagram pending='' kind='' last='' word i
  local -a _vagram_home=()
  COMPREPLY=()
  for (( i = 1; i < COMP_CWORD; i++ )); do
    word="${COMP_WORDS[i]}"
    if [[ "$word" == = ]]; then
      last='='
      continue
    fi
    if [[ -n "$pending" ]]; then
      [[ "$pending" == --home ]] && _vagram_home=(--home "${word/#\~/$HOME}")
      pending=''
    elif [[ "$word" == -* ]]; then
      [[ -n "$(_vagram_takes "$command $word")" ]] && pending="$word"
    elif _vagram_commands "$command" | command grep -qxF -- "$word"; then
      command+=" $word"
    fi
    last="$word"
  done
  if [[ "$cur" == = ]]; then
    cur=''
    last='='
  fi

  if [[ -n "$pending" ]]; then
    kind="$(_vagram_takes "$command $pending")"
  elif [[ "$last" == = ]]; then
    return  # the value of a KEY=VALUE
  elif [[ "$cur" == -* ]]; then
    kind=options
  else
    _vagram_offer "$cur" < <(_vagram_commands "$command")
    kind="$(_vagram_takes "$command")"
  fi
  case "$kind" in
    =*) _vagram_offer "$cur" < <(printf '%s\n' ${kind#=}) ;;
    options) _vagram_offer "$cur" < <(_vagram_options "$command") ;;
    ID) _vagram_offer "$cur" < <(_vagram_ask ids "$cur") ;;
    TASK) _vagram_offer "$cur" < <(_vagram_ask tasks) ;;
    KEY) _vagram_offer "$cur" < <(_vagram_ask keys) ;;
    KEY=VALUE)
      _vagram_offer "$cur" < <(_vagram_ask keys)
      COMPREPLY=("${COMPREPLY[@]/%/=}")
      compopt -o nospace 2> /dev/null
      ;;
    SPEC)
      mapfile -t COMPREPLY < <(compgen -d -- "$cur"; compgen -f -X '!*.yaml' -- "$cur"
        compgen -f -X '!*.yml' -- "$cur")
      compopt -o filenames 2> /dev/null
      ;;
    FILE | PATH)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      compopt -o filenames 2> /dev/null
      ;;
    DIR)
      mapfile -t COMPREPLY < <(compgen -d -- "$cur")
      compopt -o filenames 2> /dev/null
      ;;
  esac
  return 0
}
complete -F _vagram vagram
)bash";

std::string Quoted(const std::string& word) {
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

// One case per command, what it prints being `words`.
void AddCase(const std::string& path, const std::vector<std::string>& words, std::string* table) {
  if (words.empty()) return;
  absl::StrAppend(table, "    ", Quoted(path), ") printf '%s\\n'");
  for (const std::string& word : words) absl::StrAppend(table, " ", Quoted(word));
  absl::StrAppend(table, " ;;\n");
}

std::string Kind(const OptionDescription& option) {
  return option.choices.empty() ? option.value
                                : absl::StrCat("=", absl::StrJoin(option.choices, " "));
}

struct Tables {
  std::string commands, options, takes;
};

void Describe(const std::string& path, const CommandDescription& command,
              const std::vector<OptionDescription>& inherited, Tables* tables) {
  std::vector<std::string> names, spellings;
  for (const CommandDescription& child : command.commands) names.push_back(child.name);
  std::vector<OptionDescription> options = command.options;
  options.insert(options.end(), inherited.begin(), inherited.end());
  for (const OptionDescription& option : options) {
    for (const std::string& name : option.names) {
      spellings.push_back(name);
      if (!option.value.empty()) {
        AddCase(absl::StrCat(path, " ", name), {Kind(option)}, &tables->takes);
      }
    }
  }
  AddCase(path, names, &tables->commands);
  AddCase(path, spellings, &tables->options);
  // The operands of a command are of one kind.
  if (!command.operands.empty()) AddCase(path, {Kind(command.operands[0])}, &tables->takes);
  for (const CommandDescription& child : command.commands) {
    Describe(absl::StrCat(path, " ", child.name), child, options, tables);
  }
}

std::string Function(const std::string& comment, const std::string& name,
                     const std::string& table) {
  return absl::StrCat("\n# ", comment, "\n", name, "() {\n  case \"$1\" in\n", table,
                      "  esac\n}\n");
}

}  // namespace

std::string BashCompletion(const CommandDescription& program) {
  Tables tables;
  Describe("vagram", program, {}, &tables);
  return absl::StrCat(
      "# bash completion of vagram; `vagram completion bash` prints it.\n",
      Function("The commands behind a command.", "_vagram_commands", tables.commands),
      Function("The options of a command.", "_vagram_options", tables.options),
      Function("What an option or the operands of a command are: a kind such as FILE, or = and the "
               "choices.\n# Nothing for a flag.",
               "_vagram_takes", tables.takes),
      kEngine);
}

}  // namespace vagram::cli

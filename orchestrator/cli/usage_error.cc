#include "orchestrator/cli/usage_error.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/nearest.h"

namespace vagram::cli {
namespace {

bool Contains(const std::vector<std::string>& names, absl::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string Suggestion(absl::string_view wrong, const std::vector<std::string>& right) {
  const std::string nearest = NearestName(wrong, right);
  return nearest.empty() ? "" : absl::StrCat("; did you mean '", nearest, "'?");
}

// Where a walk over the words has come to.
struct Place {
  const CommandDescription* command;
  std::string path;                               // such as "vagram lab"
  std::vector<const OptionDescription*> options;  // of the command and of those before it
};

void Enter(const CommandDescription& command, Place* place) {
  absl::StrAppend(&place->path, place->path.empty() ? "" : " ", command.name);
  place->command = &command;
  for (const OptionDescription& option : command.options) place->options.push_back(&option);
}

const OptionDescription* FindOption(const Place& place, absl::string_view name) {
  for (const OptionDescription* option : place.options) {
    if (Contains(option->names, name)) return option;
  }
  return nullptr;
}

std::string NoSuchOption(const Place& place, absl::string_view name) {
  if (name == "--json") {
    for (absl::string_view line : absl::StrSplit(place.command->notes, '\n')) {
      if (absl::ConsumePrefix(&line, "No --json: ")) {
        return absl::StrCat("`", place.path, "` has no --json: ", line);
      }
    }
  }
  std::vector<std::string> names;
  for (const OptionDescription* option : place.options) {
    names.insert(names.end(), option->names.begin(), option->names.end());
  }
  return absl::StrCat("`", place.path, "` has no option '", name, "'", Suggestion(name, names));
}

// What is wrong with the words, where their parser's own text can be bettered; else "".
std::string Diagnosis(const std::vector<std::string>& words, Place* place) {
  int num_operands = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9')) {
      const bool is_long = word[1] == '-';
      const size_t equals = is_long ? word.find('=') : std::string::npos;
      const std::string name = is_long ? word.substr(0, equals) : word.substr(0, 2);
      const OptionDescription* option = FindOption(*place, name);
      if (option == nullptr) return NoSuchOption(*place, name);
      if (option->value.empty()) continue;
      std::string value;
      if (equals != std::string::npos) {
        value = word.substr(equals + 1);
      } else if (!is_long && word.size() > 2) {
        value = word.substr(2);
      } else if (++i < words.size()) {
        value = words[i];
      }
      if (!value.empty() && !option->choices.empty() && !Contains(option->choices, value)) {
        return absl::StrCat(name, ": expected ", ChoicesText(option->choices), ", got '", value,
                            "'", Suggestion(value, option->choices));
      }
      continue;
    }
    std::vector<std::string> names;
    for (const CommandDescription& command : place->command->commands) {
      names.push_back(command.name);
    }
    const auto found = std::find(names.begin(), names.end(), word);
    if (found != names.end()) {
      Enter(place->command->commands[found - names.begin()], place);
    } else if (!names.empty()) {
      return absl::StrCat("there is no command '", place->path == "vagram" ? "" : place->path + " ",
                          word, "'", Suggestion(word, names));
    } else if (!place->command->operands.empty() && num_operands++ == 0) {
      const std::vector<std::string>& choices = place->command->operands[0].choices;
      if (!choices.empty() && !Contains(choices, word)) {
        return absl::StrCat("expected ", ChoicesText(choices), ", got '", word, "'",
                            Suggestion(word, choices));
      }
    }
  }
  return "";
}

}  // namespace

std::string UsageError(const CommandDescription& program, const std::vector<std::string>& words,
                       const std::string& what) {
  Place place;
  Enter(program, &place);
  const std::string diagnosis = Diagnosis(words, &place);
  const bool at_top = place.command == &program;
  const char* purpose = at_top ? " --help` lists commands and options\n" : " --help` explains it\n";
  return absl::StrCat("vagram: ", diagnosis.empty() ? what : diagnosis, "\n`", place.path, purpose);
}

}  // namespace vagram::cli

#include "orchestrator/cli/man_page.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "orchestrator/cli/surroundings.h"

namespace vagram::cli {
namespace {

// Text that roff takes as it stands: no escapes, no line that looks like a request.
std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const bool looks_like_request = absl::StartsWith(line, ".") || absl::StartsWith(line, "'");
    absl::StrAppend(&escaped, escaped.empty() ? "" : "\n", looks_like_request ? "\\&" : "",
                    absl::StrReplaceAll(line, {{"\\", "\\e"}, {"-", "\\-"}, {"~", "\\(ti"}}));
  }
  return escaped;
}

std::string Bold(absl::string_view text) { return absl::StrCat("\\fB", Escaped(text), "\\fR"); }

void AddTerm(absl::string_view term, absl::string_view meaning, std::string* page) {
  absl::StrAppend(page, ".TP\n", Bold(term), "\n", Escaped(meaning), "\n");
}

void AddOptions(const std::vector<OptionDescription>& options, std::string* page) {
  for (const OptionDescription& option : options) {
    AddTerm(Spelling(option), MeaningWithValues(option), page);
  }
}

void AddCommand(const std::string& path, const CommandDescription& command, std::string* page) {
  absl::StrAppend(page, ".SS \"", Escaped(Synopsis(path, command)), "\"\n",
                  Escaped(command.summary), ".\n");
  if (!command.notes.empty()) absl::StrAppend(page, ".PP\n", Escaped(command.notes), "\n");
  AddOptions(command.operands, page);
  AddOptions(command.options, page);
  if (!command.examples.empty()) {
    absl::StrAppend(page, ".PP\nFor example:\n.PP\n.EX\n");
    for (const std::string& example : command.examples) {
      absl::StrAppend(page, "    ", Escaped(example), "\n");
    }
    absl::StrAppend(page, ".EE\n");
  }
  for (const CommandDescription& child : command.commands) {
    AddCommand(absl::StrCat(path, " ", command.name), child, page);
  }
}

void AddTerms(absl::string_view title, const std::vector<Term>& terms, std::string* page) {
  absl::StrAppend(page, ".SH ", title, "\n");
  for (const Term& term : terms) AddTerm(term.name, term.meaning, page);
}

}  // namespace

std::string ManPage(const CommandDescription& program, absl::string_view version) {
  std::string page = absl::StrCat(
      ".\\\" `vagram man` prints this page.\n.TH VAGRAM 1 \"\" \"vagram ", Escaped(version),
      "\" \"User Commands\"\n.SH NAME\nvagram \\- ", Escaped(program.summary), "\n.SH SYNOPSIS\n",
      Bold("vagram"), " [OPTIONS] COMMAND ...\n.SH DESCRIPTION\n",
      "Results go to stdout, progress and errors to stderr.\n.SH OPTIONS\n");
  AddOptions(program.options, &page);
  absl::StrAppend(&page, ".SH COMMANDS\n");
  for (const CommandDescription& command : program.commands) {
    AddCommand(program.name, command, &page);
  }
  AddTerms("\"EXIT STATUS\"", ExitCodeTerms(), &page);
  AddTerms("ENVIRONMENT", EnvironmentTerms(), &page);
  AddTerms("FILES", FileTerms(), &page);
  return page;
}

}  // namespace vagram::cli

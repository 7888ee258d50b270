#include "orchestrator/cli/reference.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "orchestrator/cli/surroundings.h"

namespace vagram::cli {
namespace {

constexpr absl::string_view kBegin =
    "<!-- begin generated: bazel run //orchestrator/cli:reference -->\n";
constexpr absl::string_view kEnd = "<!-- end generated -->\n";

// In a cell of a table.
std::string Escaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}, {"<", "&lt;"}});
}

void AddRows(const std::vector<OptionDescription>& options, std::string* out) {
  for (const OptionDescription& option : options) {
    absl::StrAppend(out, "| `", Escaped(Spelling(option)), "` | ",
                    Escaped(MeaningWithValues(option)), option.required ? "; required" : "",
                    " |\n");
  }
}

void AddCommand(const std::string& path, const CommandDescription& command, std::string* out) {
  absl::StrAppend(out, "\n### `", Synopsis(path, command), "`\n\n", command.summary, ".\n");
  if (!command.notes.empty()) absl::StrAppend(out, "\n", command.notes, "\n");
  if (!command.examples.empty()) {
    absl::StrAppend(out, "\n```\n", absl::StrJoin(command.examples, "\n"), "\n```\n");
  }
  if (!command.operands.empty() || !command.options.empty()) {
    absl::StrAppend(out, "\n| | |\n| --- | --- |\n");
    AddRows(command.operands, out);
    AddRows(command.options, out);
  }
  for (const CommandDescription& child : command.commands) {
    AddCommand(absl::StrCat(path, " ", command.name), child, out);
  }
}

void AddTerms(absl::string_view title, absl::string_view head, const std::vector<Term>& terms,
              std::string* out) {
  absl::StrAppend(out, "\n## ", title, "\n\n| ", head, " | meaning |\n| --- | --- |\n");
  for (const Term& term : terms) {
    absl::StrAppend(out, "| `", term.name, "` | ", Escaped(term.meaning), " |\n");
  }
}

}  // namespace

std::string CommandReference(const CommandDescription& program) {
  std::string out =
      "## Every command\n\nThese options stand before or behind any command:\n\n"
      "| | |\n| --- | --- |\n";
  AddRows(program.options, &out);
  for (const CommandDescription& command : program.commands) {
    AddCommand(program.name, command, &out);
  }
  AddTerms("Exit codes", "code", ExitCodeTerms(), &out);
  AddTerms("Environment", "variable", EnvironmentTerms(), &out);
  AddTerms("Files", "file", FileTerms(), &out);
  return out;
}

absl::StatusOr<std::string> WithCommandReference(absl::string_view page,
                                                 const CommandDescription& program) {
  const size_t begin = page.find(kBegin);
  const size_t end = page.find(kEnd);
  if (begin == absl::string_view::npos || end == absl::string_view::npos || end < begin) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected the lines\n", kBegin, kEnd, "in the page, in this order"));
  }
  return absl::StrCat(page.substr(0, begin + kBegin.size()), "\n", CommandReference(program), "\n",
                      page.substr(end));
}

}  // namespace vagram::cli

#!/usr/bin/env bash
# Writes compile_commands.json for clangd and clang-tidy, from what Bazel would run.
#   tools/compile_commands.sh [TARGETS]     default: everything
# Generated headers must exist for them to be found: build once before.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
query="//..."
(( $# )) && query="$(IFS=+; echo "$*")"
bazel aquery "mnemonic(\"CppCompile\", $query)" --output=jsonproto --noinclude_artifacts |
  python3 -c '
import json, os, sys

entries = {}
for action in json.load(sys.stdin)["actions"]:
    arguments = action["arguments"]
    source = arguments[arguments.index("-c") + 1]
    # clang knows neither of these options of gcc.
    arguments = [a for a in arguments if a not in ("-fno-canonical-system-headers",
                                                   "-Wunused-but-set-parameter")]
    if not source.startswith("bazel-out/"):
        entries[source] = {"directory": os.getcwd(), "file": source, "arguments": arguments}
with open("compile_commands.json", "w") as out:
    json.dump(list(entries.values()), out, indent=1)
print(f"compile_commands.json: {len(entries)} files", file=sys.stderr)
'

#!/usr/bin/env bash
# Formats every C++ file that git tracks or could track.
#   tools/format.sh [--check]     with --check: changes nothing, names the files, exits 1
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v clang-format > /dev/null ||
  { echo "clang-format is missing: tools/setup.sh --with-tools" >&2; exit 1; }

# A deleted file stays listed until it is committed.
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.cc' '*.h' |
  while IFS= read -r file; do [[ ! -e "$file" ]] || printf '%s\n' "$file"; done)

case "${1-}" in
  "") clang-format -i "${files[@]}" ;;
  --check)
    unformatted="$(clang-format --dry-run "${files[@]}" 2>&1 |
      sed -n 's/^\([^: ]*\):[0-9]*:[0-9]*: warning.*/\1/p' | sort -u)"
    [[ -z "$unformatted" ]] || { printf '%s\n' "$unformatted"; exit 1; }
    ;;
  *) echo "usage: tools/format.sh [--check]" >&2; exit 2 ;;
esac

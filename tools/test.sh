#!/usr/bin/env bash
# Sets the machine up, then builds and runs the tests; the last line counts them.
#   tools/test.sh [bazel test options and targets]     without a target: all of them
# Exits 0 only when everything was built and every test passed.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
tools/setup.sh --with-tests || exit 1

options=() targets=()
for argument in "$@"; do
  case "$argument" in
    //* | -//*) targets+=("$argument") ;;
    *) options+=("$argument") ;;
  esac
done
(( ${#targets[@]} )) || targets=(//...)

# Bazel writes one JSON event per line; one of them sums up each test.
events="$(mktemp "${TMPDIR:-/tmp}/vagram-tests.XXXXXX")"
trap 'rm -f "$events"' EXIT
bazel test --keep_going --build_event_json_file="$events" "${options[@]}" -- "${targets[@]}"
code=$?

passed=$(grep -cE '"overallStatus":"(PASSED|FLAKY)"' "$events")
# A test that could not be built is configured, and never summed up.
total=$(grep '"configured":' "$events" | grep -cE '"targetKind":"[a-z_]*_test rule"')
failed=$(( total - passed ))
if (( code != 0 && failed == 0 )); then
  echo "bazel test ended with $code although no test failed: see its messages above" >&2
fi
echo "$passed passed, $failed failed"
exit "$code"

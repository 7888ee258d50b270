#!/usr/bin/env bash
# Everything a change has to pass.
#   tools/check.sh                the quick checks, then all tests
#   tools/check.sh --quick        style and layers only
#   tools/check.sh --sanitizers   and the unit tests under asan and ubsan (one build with both),
#                                 the concurrent ones under tsan
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
mode="${1-}"
case "$mode" in
  "" | --quick | --sanitizers) ;;
  *) echo "usage: tools/check.sh [--quick | --sanitizers]" >&2; exit 2 ;;
esac

failures=0
# Prints one line for the check `name`, which passes when the rest of the arguments run to 0.
check() {
  local name="$1" output
  shift
  if output="$("$@" 2>&1)"; then
    echo "ok    $name"
  else
    echo "FAIL  $name"
    printf '%s\n' "$output" | sed 's/^/      /'
    failures=$(( failures + 1 ))
  fi
}

sources() { git ls-files --cached --others --exclude-standard -- "$@" | grep -v '^third_party/'; }

guards_follow_paths() {
  local file guard bad=0
  while read -r file; do
    [[ -e "$file" ]] || continue
    guard="$(tr 'a-z/.-' 'A-Z___' <<< "$file")_"
    grep -qx "#ifndef $guard" "$file" && grep -qx "#define $guard" "$file" && continue
    echo "$file: expected the include guard $guard"
    bad=1
  done < <(sources '*.h')
  return "$bad"
}

# Parsing torch/torch.h costs 10 s of CPU in every file that includes it.
no_torch_header() { ! sources '*.h' '*.cc' | xargs grep -n 'torch/torch\.h'; }

scripts_parse() {
  local file bad=0
  while read -r file; do
    bash -n "$file" || bad=1
  done < <(sources 'tools/*.sh' vagram .ci/run)
  return "$bad"
}

# No target of the first pattern may depend on the second.
no_path() {
  local path
  path="$(bazel query --noshow_progress "somepath($1, $2)" 2>&1)" || { echo "$path"; return 1; }
  path="$(grep -E '^(//|@)' <<< "$path")"
  [[ -z "$path" ]] || { printf 'this path must not exist:\n%s\n' "$path"; return 1; }
}

if command -v clang-format > /dev/null; then
  check "format (tools/format.sh mends it)" tools/format.sh --check
else
  echo "skip  format: clang-format is missing (tools/setup.sh --with-tools)"
fi
check "include guards follow paths" guards_follow_paths
check "nobody includes torch/torch.h" no_torch_header
check "scripts parse" scripts_parse
check "setup" tools/setup.sh --with-tests
check "the orchestrator does not link LibTorch" no_path //orchestrator/... @torch//...
check "the orchestrator does not link MuJoCo" no_path //orchestrator/... @mujoco//...
check "core does not depend on roles" no_path //core/... \
  "//actor/... + //learner/... + //model_server/... + //orchestrator/..."

if [[ "$mode" != --quick ]]; then
  tools/test.sh || failures=$(( failures + 1 ))
fi
if [[ "$mode" == --sanitizers ]]; then
  unit=(//actor/... //core/... //learner/... //model_server/... //orchestrator/...)
  concurrent=(//core/base/... //core/env:batched_env_test //core/replay/... //core/rpc/...
    //core/worker/... //learner/... //model_server/... //orchestrator/...)
  tools/test.sh --config=asan --config=ubsan "${unit[@]}" || failures=$(( failures + 1 ))
  tools/test.sh --config=tsan "${concurrent[@]}" || failures=$(( failures + 1 ))
fi

(( failures == 0 )) && echo "all checks passed" && exit 0
echo "$failures of the checks failed"
exit 1

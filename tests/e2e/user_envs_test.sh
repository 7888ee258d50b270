#!/usr/bin/env bash
# Trains on tasks that users bring, by the command line alone: a task file and a plug-in, each with
# distractors, found from the experiment file's folder; and the walk-through of
# docs/add_an_environment.md, command by command.
set -euo pipefail

root="$PWD"
vagram="$root/orchestrator/cli/vagram"
work="$(mktemp -d "${TEST_TMPDIR:-/tmp}/user_envs.XXXXXX")"
mkdir -p "$work/spec"
# A copy, so that the paths below are relative to the experiment file and to nothing else.
cp -rL "$root/examples" "$root/core/env/mjcf" "$work/spec/"
mkdir -p "$work/spec/core/env" && mv "$work/spec/mjcf" "$work/spec/core/env/mjcf"

cat > "$work/spec/mine.yaml" << 'YAML'
base:
  num_steps: 300
  env: {task: examples/tasks/hopper.yaml, distractors: {dims: 3}}
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 1, warmup_steps: 100}
  model: {loss: vagram, members: 2, elites: 1, hidden_sizes: [16], batch_size: 32, max_epochs: 2, train_every: 100}
  imagine: {rollouts_per_step: 2, model_share: 0.5}
  schedule: {epoch_length: 100}
  evaluate: {episodes: 1}
YAML
cd /
export VAGRAM_HOME="$work/home"

fail() { echo "$*" >&2; exit 1; }
run() { "$vagram" run "$work/spec/mine.yaml" --json "$@" > "$work/out.json" 2> "$work/err" || fail "run $*: $(cat "$work/err")"; }

run
grep -q '"EXPERIMENT_SUCCEEDED"' "$work/out.json" || fail "task file: $(cat "$work/out.json")"
run --set env.plugin=examples/plugin/lander.so
grep -q '"EXPERIMENT_SUCCEEDED"' "$work/out.json" || fail "plug-in: $(cat "$work/out.json")"

# What is wrong with them is told before anything runs, with its place and exit code 2.
expect_refusal() {
  local code=0
  "$vagram" check "$work/spec/mine.yaml" "${@:2}" 2> "$work/err" > /dev/null || code=$?
  [[ "$code" == 2 ]] && grep -q -- "$1" "$work/err" || fail "expected $1 and 2, got $code: $(cat "$work/err")"
}
expect_refusal "no_such.so" --set env.plugin=no_such.so
expect_refusal "lander" --set env.plugin=examples/plugin/lander.so --set env.id=Landr
sed -i 's/rootz/rotz/' "$work/spec/examples/tasks/hopper.yaml"
expect_refusal "rotz" 
rm "$work/spec/examples/tasks/hopper.yaml"
expect_refusal "hopper.yaml"

"$vagram" envs show "$work/spec/examples/plugin/lander.so" | grep -q "^observation   5 values" ||
  fail "envs show does not explain a plug-in"
# The walk-through: its files by the names in their first lines, then its commands; only that the
# experiment is made shorter.
mkdir "$work/walk" && cd "$work/walk"
awk '
  /^## / { inside = /walk-through/ }
  !inside { next }
  /^```/ { language = substr($0, 4); file = ""; next }
  language == "xml" || language == "yaml" {
    if (file == "") { file = $2 }
    print > file
  }
  language == "sh" { print > "commands" }
' "$root/docs/add_an_environment.md"
shorter=(--set num_steps=700 --set seeds=1 --set sac.updates_per_step=1 --set model.max_epochs=2
  --set imagine.rollouts_per_step=2 --set evaluate.episodes=1 --set evaluate.video=1)
ran=0
while read -r program command rest; do
  [[ "$program" == vagram ]] || fail "unexpected command in the walk-through: $program"
  options=()
  [[ "$command" == run ]] && options=("${shorter[@]}")
  # shellcheck disable=SC2086  # the arguments of a command are words
  "$vagram" "$command" $rest "${options[@]}" > "$work/out" 2> "$work/err" ||
    fail "walk-through, $command $rest: $(cat "$work/err")"
  ran=$(( ran + 1 ))
done < commands
(( ran >= 3 )) || fail "the walk-through has $ran commands, expected at least 3"
grep -q succeeded "$work/out" || fail "the walk-through's experiment: $(cat "$work/out")"

# The run has waited for the video of the last policy, and the policy shows itself again.
for trial in "$VAGRAM_HOME"/experiments/3/*/; do
  [[ -s "$trial/videos/final.mp4" ]] || fail "no video: $(cat "$trial"/logs/video.log)"
  "$vagram" render --policy "$trial/policies/final.policy" --out "$trial/frames/" --steps 3 \
    2> "$work/err" > /dev/null || fail "render: $(cat "$work/err")"
  [[ -s "$trial/frames/frame_00000.png" ]] || fail "no picture"
done
echo "all fine"

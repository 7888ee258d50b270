#!/bin/sh
# Runs a test with the suppressions of this folder. Sanitizers take a relative path as relative to
# the test's program, which lies elsewhere, so they are given where Bazel put the files.
folder="$TEST_SRCDIR/$TEST_WORKSPACE/tools/sanitizers"
export TSAN_OPTIONS="$TSAN_OPTIONS:suppressions=$folder/tsan.supp"
export LSAN_OPTIONS="$LSAN_OPTIONS:suppressions=$folder/lsan.supp"
exec "$@"

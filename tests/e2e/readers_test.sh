#!/usr/bin/env bash
# Runs readers_test.py with the distribution's Python.
exec /usr/bin/python3 tests/e2e/readers_test.py

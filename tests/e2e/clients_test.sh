#!/usr/bin/env bash
# Runs clients_test.py with the distribution's Python, which has gRPC.
exec /usr/bin/python3 tests/e2e/clients_test.py

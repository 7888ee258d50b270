#!/usr/bin/env bash
# Runs a test of this folder with the distribution's Python, which has gRPC, and the stubs that the
# build made.
export PYTHONPATH="clients/python:clients/python/tests"
exec /usr/bin/python3 "clients/python/tests/$1"

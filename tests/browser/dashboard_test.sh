#!/usr/bin/env bash
# Runs dashboard_test.py with the distribution's Python, which has Selenium.
export PYTHONPATH=testing PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 tests/browser/dashboard_test.py

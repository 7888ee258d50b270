"""Makes the stubs, which setuptools wants to see before anything else; see pyproject.toml."""

import pathlib
import subprocess

from setuptools import setup

subprocess.run([str(pathlib.Path(__file__).resolve().parent / "generate.sh")], check=True)
setup()

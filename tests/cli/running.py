"""Run one command module as the program would, in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import argparse, sys
from app.cli import lint, paths
parser = argparse.ArgumentParser(prog="stagelock")
commands = parser.add_subparsers(required=True)
lint.add_parser(commands)
paths.add_parser(commands)
args = parser.parse_args()
sys.exit(args.run(args))
"""
ROOT = Path(__file__).parents[2]


def stagelock(*words, cwd, stdin=b""):
    """The finished process; its output is bytes."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CODE, *words]
    return subprocess.run(
        command, cwd=cwd, input=stdin, capture_output=True, check=False, env=env, timeout=60
    )


def git(*words, cwd):
    """Git without the settings of whoever runs the tests."""
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    names = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *names, *words], cwd=cwd, check=True, capture_output=True, env=env)

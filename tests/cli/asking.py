"""`stagelock` started as a program that asks a server of ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.calling import Caller
from tests.flows.harness import REPO

ROOT = Path(__file__).parents[2]


def environ(**more):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("STAGELOCK_", "GITHUB_"))
    }
    return {**kept, **more}


@pytest.fixture
def stagelock(flow):
    """Starts `stagelock ...` as somebody with *token* who asks the server; its process."""
    begun = []

    def start(*arguments, token="lock-me", repo=REPO, folder=ROOT, **more):
        url = flow.webhook.removesuffix("/github/webhook")
        own = {"STAGELOCK_URL": url, "STAGELOCK_TOKEN": token, "GITHUB_REPOSITORY": repo}
        process = subprocess.Popen(
            [sys.executable, "-m", "app", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environ(PYTHONPATH=str(ROOT), **{**own, **more}),
            # Tests that are run in the background of a shell have SIGINT ignored, and so had this.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def ended(process):
    """Its exit code and what it wrote."""
    out, err = process.communicate(timeout=90)
    return process.returncode, out, err


def holders(flow, group):
    return Caller(flow).get(f"/locks/repo-{flow.world.repo(REPO).id}/{group}")["holders"]

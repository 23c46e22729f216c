"""A first `stagelock.yaml` asked for, as set-up's button does."""

from __future__ import annotations

import os
import subprocess

from app.core.model.facts import Identity
from app.core.model.names import FIRST_FILE, Repo
from app.setup.proposing import Proposer, audited
from tests.cli.cloned import E2E, OVERLAYS
from tests.flows.harness import REPO, Flow

FILES = {path: data.decode() for path, data in OVERLAYS.items()}
FILES[".github/workflows/e2e.yml"] = E2E.decode()
WHO = Identity("stagelock[bot]", "stagelock[bot]@users.noreply.github.com")


def noted(flow: Flow):
    """Keeps audit entries as set-up does."""
    return audited(flow.app.store.history, flow.clock)


def of(flow: Flow, name: str = REPO, forge=None):
    """(the proposer, the repository as GitHub lists it)"""
    known = flow.app.forge
    made = Proposer(forge or known, flow.app.mirrors, lambda: WHO, noted(flow))
    record = flow.app.store.repos.get(flow.world.repo(name).id)
    assert record is not None
    where = Repo(record.id, record.owner, record.name, record.installation_id)
    return made, known.repository(where)


def asked(flow: Flow, name: str = REPO, *, smallest: bool = False):
    proposer, fact = of(flow, name)
    return proposer.propose(fact, smallest=smallest)


def standing(flow: Flow):
    proposer, fact = of(flow)
    return proposer.standing(fact)


def amended(flow: Flow) -> str:
    """Bob corrects our commit by `git commit --amend`, which leaves us its author; the commit."""
    bob = {"GIT_COMMITTER_NAME": "Bob", "GIT_COMMITTER_EMAIL": "bob@example.org"}
    us = {"GIT_AUTHOR_NAME": WHO.name, "GIT_AUTHOR_EMAIL": WHO.email}
    where = flow.world.repo(REPO).path

    def git(*words: str) -> str:
        command = ["git", "-C", str(where), *words]
        environ = {**os.environ, **bob, **us}
        return subprocess.run(
            command, env=environ, check=True, capture_output=True, text=True
        ).stdout.strip()

    old = flow.tip(FIRST_FILE)
    with_bob = flow.world.push(REPO, "bob", {"stagelock.yaml": "version: 1\n"}, parent=old)
    message = git("log", "-1", "--format=%B", old)
    new = git("commit-tree", f"{with_bob}^{{tree}}", "-p", f"{old}^", "-m", message)
    flow.world.branch(REPO, FIRST_FILE, at=new, by="bob")
    return new

"""Check runs of one repository, written to a stand-in for GitHub."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from app.core.checkruns import RunTarget
from app.core.checkruns.target import Weight
from app.core.model.facts import RunDraft
from app.core.model.names import Repo, Sha
from app.engine.checkruns.writer import project
from app.ports.forge import Forge
from tests.contracts.facts import claimed
from tests.engine.runforge import RunForge
from tests.stores import sqlite_store

SHA = "a" * 40
REPO = Repo(7, "acme", "api", 3)


class World:
    """One repository's runs over a real store and a stand-in for GitHub."""

    def __init__(self, folder):
        self.store = sqlite_store(folder)
        self.claim = claimed(self.store)
        self.forge = RunForge()
        # Far ahead: the store forgets old records, by the database's clock.
        self.now = datetime(2100, 1, 1, tzinfo=UTC)
        self.check = lambda: None
        self.refused = lambda: None

    def write(self, *targets):
        return project(
            self.claim,
            REPO,
            targets,
            self.records,
            forge=cast("Forge", self.forge),  # as far as check runs go
            history=self.store.history,
            clock=lambda: self.now,
            check=self.check,
            refused=self.refused,
        )

    @property
    def records(self):
        return self.store.history.runs_on(7, [SHA])

    @property
    def said(self):
        return [(how, d.status, d.title) for how, d in self.forge.writes]

    def later(self, **length):
        self.now += timedelta(**length)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path)
    yield made
    made.store.close()


def target(title="waits", status="queued", conclusion=None, *, name="dev", state=None, **more):
    draft = RunDraft(f"stagelock / {name}", Sha(SHA), "", status, conclusion, title, "why")
    given = {"weight": Weight.BEGINNING, "event": "abcd2345", "about": "p1"}
    return RunTarget(draft, state or f"{status}:{conclusion}", **{**given, **more})


def done(title="verified", **more):
    return target(title, "completed", "success", **more)

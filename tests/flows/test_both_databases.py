"""The main job over PostgreSQL; all other flows run over SQLite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.calling import Caller, served
from tests.flows.harness import REPO, flowing
from tests.flows.locking import ONE, live


@pytest.mark.postgres
def test_a_push_travels_and_queues_for_its_lock(
    tmp_path: Path, migrated_postgres: Callable[[], str]
):
    """Webhooks, work table, history and locks are all of them SQL; `test_locks` is on SQLite."""
    with flowing(tmp_path, migrated_postgres()) as flow:
        first = flow.repo(ONE)
        assert live(flow) == [("one", "held"), ("two", "queued")]
        flow.finish(flow.landed("one", first), "one")
        assert live(flow) == [("two", "held")]
        flow.reboot()
        flow.finish(flow.landed("two", first), "two")

        assert live(flow) == []
        assert flow.state(first, "one") == flow.state(first, "two") == "success"
        tip, writes = flow.tip(), len(flow.writes())
        flow.sweep()
        flow.look()
        assert (flow.tip(), len(flow.writes())) == (tip, writes)


@pytest.mark.postgres
def test_characters_that_postgresql_cannot_hold_are_refused_at_the_door(
    tmp_path: Path, migrated_postgres: Callable[[], str]
):
    """A NUL in an address or a query is our caller's mistake: not a 500, and no line in the log."""
    with served(tmp_path, migrated_postgres()) as flow:
        flow.repo(ONE)
        caller = Caller(flow)
        for path, status in (
            ("/locks/acme/a%00b/floor", 404),
            ("/locks/a%00b/floor", 404),
            ("/repos/acme/a%00b/pipeline", 404),
            (f"/repos/{REPO}/stages/a%00b/why", 404),
            (f"/repos/{REPO}/freight?warehouse=a%00b", 422),
            ("/events?repo=acme/a%00b", 422),
        ):
            assert caller("GET", path).status_code == status, path

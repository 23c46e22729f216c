"""The main job over PostgreSQL; all other flows run over SQLite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flows.harness import flowing
from tests.flows.test_locks import ONE, live


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

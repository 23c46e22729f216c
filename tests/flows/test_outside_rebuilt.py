"""External locks whose records were lost: whoever asks waits behind what is held there (rule L60)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.model.lock_services import ServiceUse
from tests.flows.harness import Flow
from tests.flows.locking import live
from tests.flows.outside import FILES, Outside, beside
from tests.flows.rebuilding import free, lose, rebuild
from tests.flows.words import say


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Flow, Outside]]:
    with beside(tmp_path) as made:
        yield made


def rebuilt(flow: Flow, outside: Outside) -> tuple[str, str]:
    """One stage holds the lock there, another waits, and the records are lost."""
    first = flow.repo(FILES)
    assert live(flow) == [("one", "held"), ("two", "queued")]
    ours = outside.holder
    assert ours is not None
    lose(flow)
    [report] = rebuild(flow)
    assert report.made is not None
    assert report.made.outside == (ServiceUse("leases", "floor"),)
    flow.boot()
    flow.sweep()
    free(flow, [report])
    for stage in ("one", "two"):
        say(flow, first, f"/resume {stage}")
    return first, ours


def test_after_a_rebuild_nobody_passes_what_was_held_outside_before(both):
    flow, outside = both
    first, ours = rebuilt(flow, outside)
    assert dict(live(flow))["one"] in ("held", "suspect")
    flow.finish(flow.landed("one", first), "one")
    flow.sweep()
    assert flow.state(first, "one") == "success"

    assert live(flow) == [("two", "queued")]
    assert outside.holder == ours
    flow.passes(minutes=3)
    assert live(flow) == [("two", "queued")]
    assert flow.shown(first, "two").title == f"waiting for leases: floor; held by {ours}"

    outside.leases.free("floor")
    flow.passes(minutes=1)
    assert live(flow) == [("two", "held")]
    assert outside.holder not in (None, ours)


def test_after_a_rebuild_what_was_held_outside_ends_by_its_time_there(both):
    """Its job may run still: the suspect grant keeps the others out here, and asks for it anew."""
    flow, outside = both
    first, ours = rebuilt(flow, outside)
    outside.leases.free("floor")  # its `ttl` is over, for nobody renews it
    flow.passes(minutes=1)
    assert dict(live(flow)).get("two") in (None, "queued")
    assert outside.holder not in (None, ours)
    flow.finish(flow.landed("one", first), "one")
    flow.passes(minutes=1)
    assert live(flow) == [("two", "held")]

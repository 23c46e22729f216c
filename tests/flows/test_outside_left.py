"""External locks of a repository from which the App was removed: given back as far as they may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.calling import Caller
from tests.flows.harness import REPO, Flow
from tests.flows.locking import live, locked
from tests.flows.outside import FILES, SERVED, Outside, beside
from tests.flows.pipelines import pipeline

FREE = pipeline(locked("one", "floor").replace("    lock: floor\n", "") + SERVED)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Flow, Outside]]:
    with beside(tmp_path) as made:
        yield made


def removed(flow: Flow) -> None:
    flow.world.uninstall(SLUG)
    flow.settle()
    flow.sweep()


def asked(flow: Flow, owner: str, ttl: str) -> tuple[Caller, str]:
    ci = Caller(flow, "lock-me")
    place = f"/locks/repo-{flow.world.repo(REPO).id}/floor/requests"
    where = ci("POST", place, {"owner": owner, "ttl": ttl}).headers["location"]
    flow.settle()
    return ci, where


def test_what_has_ended_goes_back_though_the_app_is_gone(both):
    """rule L59: a client gives its grant back; the service hears of it, GitHub is not asked."""
    flow, outside = both
    flow.repo({**FILES, "stagelock.yaml": FREE})
    ci, where = asked(flow, "job-1", "20m")
    granted = ci("GET", where).json()
    assert granted["state"] == "held"
    removed(flow)
    flow.passes(minutes=5)
    assert outside.holder is not None

    before = flow.writes()
    assert ci("POST", f"{where}/release", {"token": granted["token"]}).status_code == 200
    flow.settle()
    assert outside.holder is None
    assert flow.records().claims == ()
    assert flow.writes() == before


def test_a_place_that_waits_there_goes_back_as_soon_as_the_service_answers(both):
    """rule L59: a queued request needs nothing outside; what a lost answer did is found first."""
    flow, outside = both
    outside.proxy.fault = "cut"
    flow.repo(FILES)
    assert outside.holder is not None
    assert live(flow)[0] == ("one", "queued")
    removed(flow)
    flow.passes(minutes=6)
    assert len(flow.records().claims) == 1
    outside.proxy.fault = None
    flow.passes(minutes=6)
    assert outside.holder is None
    flow.passes(minutes=2)
    assert flow.records().claims == ()
    assert live(flow)[0] == ("one", "queued")  # its place is kept for when the App is back


def test_what_holds_for_a_job_that_may_run_stays_and_is_renewed(both):
    """rule L59: that the App was removed is no proof that the job has ended."""
    flow, outside = both
    first = flow.repo(FILES)
    assert live(flow)[0] == ("one", "held")
    ours = outside.holder
    removed(flow)
    for _ in range(4):
        flow.passes(minutes=1)
    assert outside.holder == ours
    told = {(gauge.name, gauge.labels): gauge.value for gauge in flow.app.store.gauges()}
    assert told["outside_locks", ("unavailable",)] == 1

    flow.world.install(SLUG, REPO)
    flow.settle()
    flow.finish(flow.landed("one", first), "one")
    flow.sweep()
    assert flow.state(first, "one") == "success"
    assert outside.holder != ours


def test_a_grant_that_its_client_never_read_goes_back_by_its_time(both):
    """rule L36, where no look at the repository would end it."""
    flow, outside = both
    flow.repo({**FILES, "stagelock.yaml": FREE})
    asked(flow, "job-1", "2m")
    assert outside.holder is not None
    removed(flow)
    flow.passes(minutes=6)
    flow.sweep()
    assert outside.holder is None

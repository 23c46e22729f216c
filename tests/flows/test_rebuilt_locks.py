"""The database is made anew while jobs may still run under its locks: none is free too early."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.model.names import GroupName
from tests.flows.calling import served
from tests.flows.harness import REPO, Flow
from tests.flows.organization import API, HOME, defined, files, live
from tests.flows.rebuilding import FILES, PIPELINE, free, lose, rebuild


def test_a_pull_request_squashed_meanwhile_has_landed_and_blocks_its_lock(flow: Flow):
    """No run of ours is on the squash: the head's run, and equal content, speak for it."""
    reviewed = PIPELINE.replace("    lock: floor\n    verify: {checks: [e2e]}\n", "").replace(
        "    auto: false\n", "    lock: floor\n    verify: {checks: [smoke]}\n"
    )
    first = flow.repo({**FILES, "stagelock.yaml": reviewed})
    [row] = [p for p in flow.promotions() if p.stage == "prod"]
    assert row.pull is not None
    assert flow.state(str(row.head), "plan") == "success"
    token = next(r.tokens[GroupName("floor")] for r in flow.requests() if r.state == "held")

    lose(flow)
    squashed = flow.world.merge(REPO, row.pull, "squash", by="alice")
    [report] = rebuild(flow)

    assert report.doubted == ()
    [landed] = [p for p in flow.promotions() if p.stage == "prod"]
    assert (landed.id, landed.state, landed.landed) == (row.id, "verifying", squashed)
    flow.boot()
    flow.look()
    assert [(r.stage, r.state) for r in flow.requests()] == [("prod", "suspect")]
    flow.world.start_check(REPO, squashed, "smoke", app="jenkins")
    flow.look()
    assert [(r.state, r.tokens[GroupName("floor")]) for r in flow.requests()] == [("held", token)]
    flow.world.finish_check(REPO, squashed, "smoke", app="jenkins")
    flow.look()
    assert [r.state for r in flow.requests()] == ["released"]
    assert flow.state(first, "prod") == "success"
    assert "stagelock/prod" not in flow.app.store.repos.all()[0].tips


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Flow]:
    """Its server takes lock requests of clients."""
    with served(tmp_path) as flow:
        yield flow


def test_a_lock_of_the_organisation_is_not_free_while_a_job_of_before_may_run(asked: Flow):
    """Rebuilt in the scope that all its repositories share, not in that of one of them."""
    flow = asked
    defined(flow)
    first = flow.repo(files("one"))
    second = flow.repo(files("two"), API)
    [before] = flow.requests()
    running = flow.landed("one", first)
    flow.world.start_check(REPO, running, "one", app="jenkins")
    flow.settle()

    lose(flow)
    reports = {report.name: report for report in rebuild(flow)}
    assert {report.outcome for report in reports.values()} == {"rebuilt"}
    unknown = {name: len(r.made.unknown) for name, r in reports.items() if r.made is not None}
    assert unknown == {HOME: 1, REPO: 0, API: 0}, "kept where the group is defined, once"
    [grant] = flow.requests()
    assert (grant.groups, grant.state) == (before.groups, "suspect")
    assert dict(grant.tokens) == dict(before.tokens)
    flow.boot()
    flow.sweep()
    say_in(flow, API, second, "/resume two")
    assert live(flow, REPO) == [("one", "held")]
    assert live(flow, API) == [("two", "queued")]

    flow.world.finish_check(REPO, running, "one", app="jenkins")
    flow.settle()
    assert (live(flow, REPO), live(flow, API)) == ([], [("two", "queued")])
    shown = flow.shown(second, "lock / e2e-env", API)
    assert shown.summary is not None
    assert "nobody is at work under it who had it before the database was lost" in shown.summary
    free(flow, [*reports.values()], "e2e-env", API)
    assert live(flow, API) == [("two", "held")]
    [held] = flow.requests(API)
    assert [*held.tokens.values()] > [*before.tokens.values()]


def say_in(flow: Flow, repo: str, sha: str, text: str) -> None:
    flow.world.comment(repo, sha, text, by="bob")
    flow.settle()

"""Answers that get lost and calls that fail: tried again, found again, done once."""

from __future__ import annotations

from collections import Counter

import pytest

from app.errors import Transient
from app.sandbox.demo.launch import SLUG
from tests.flows.around import stand_beside
from tests.flows.harness import REPO, Flow
from tests.flows.pipelines import EVERY_WAY_FILES, filled, pipeline
from tests.flows.pushing import promoted


def once_each(flow: Flow) -> None:
    """Nothing was made twice: commits, runs, pull requests."""
    commits = Counter(s for s in flow.subjects() if s.startswith("Promote"))
    runs = Counter(
        (run.name, run.head_sha, run.external_id)
        for commit in flow.world.log(REPO, "main")
        for run in flow.world.checks(REPO, commit.sha, SLUG)
    )
    assert set(commits.values()) == {1}
    assert set(runs.values()) == {1}


def story(flow: Flow) -> str:
    """Push, dev, locked e2e, prod's pull request and its merge, with time for retries."""
    first = flow.repo(EVERY_WAY_FILES)
    flow.passes(minutes=1)
    flow.passes(minutes=1)
    flow.finish(flow.landed("e2e", first), "e2e")
    flow.passes(minutes=1)
    [pull] = flow.world.pulls(REPO)
    flow.world.merge(REPO, pull.number, "merge", by="bob")
    flow.settle()
    flow.passes(minutes=1)
    return first


@pytest.mark.parametrize("kind", ["lost", "error"])
def test_rest_calls_that_fail_with_or_without_effect(flow: Flow, kind: str):
    """`lost`: it took effect and the answer did not come; `error`: it did not."""
    for method, path in (
        ("POST", r"/check-runs$"),
        ("PATCH", r"/check-runs/\d+$"),
        ("POST", r"/pulls$"),
        ("GET", r"/check-runs"),
        ("GET", r"/pulls"),
    ):
        flow.world.faults.add(method, path, "lost" if kind == "lost" else "error", times=1)

    first = story(flow)

    for name in ("dev", "e2e", "prod", "lock / e2e-env"):
        assert flow.state(first, name) == "success", name
    assert len(flow.world.pulls(REPO)) == 1
    once_each(flow)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_every_push_fails_once(flow: Flow, moment: str):
    """Of a stage in main, of the head of a pull request, of the deletion of its branch."""
    pushes: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == (moment, "push"):
            pushes.append(when)
            if len(pushes) % 2:
                message = "the connection ended early"
                raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    first = story(flow)

    assert len(pushes) >= 4
    for stage in ("dev", "e2e", "prod"):
        assert flow.state(first, stage) == "success", stage
    assert "stagelock/prod" not in flow.world.branches(REPO)
    once_each(flow)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_batch_whose_push_failed_lands_once(flow: Flow, moment: str):
    """Three commits, one push, its outcome unknown; then a person's commit on top."""
    failed: list[str] = []

    def beside(when: str, name: str) -> None:
        if (when, name) == (moment, "push") and not failed:
            failed.append(flow.world.push(REPO, "main", {"docs/top": "x"}, "bob", "On top"))
            message = "the connection ended early"
            raise Transient(message, maybe_done=True)

    stand_beside(flow, beside)
    text = pipeline(filled("a") + filled("b") + filled("c"))
    first = flow.repo({"stagelock.yaml": text, "apps/web/i": "1"})
    flow.passes(minutes=1)

    assert failed
    assert sorted(promoted(flow)) == ["a", "b", "c"]
    assert "On top" in flow.subjects()
    for stage in "abc":
        assert flow.state(first, stage) == "success"
        assert flow.state(flow.landed(stage, first), stage) == "success"
    once_each(flow)

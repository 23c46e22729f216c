"""
The answer to a call that writes is lost, and people act before we ask again.

Here are the calls around a pull request of ours; opening it (test_pull_openings.py), checks and
comments on commits (test_lost_runs.py), pushes, tokens and deliveries (test_lost_pushes.py) have
their own stories. `test_lost_table.py` says which call has which. Every call here with every act is
tried by `make hooked`; `make test` tries each call with two acts, so that each act meets two calls
at least.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.github import endpoints as at
from tests.flows.carding import cards
from tests.flows.harness import REPO, Flow
from tests.flows.losing import Write, loses, losing, named
from tests.flows.reviewed import ACTS, AUTO, BRANCH, PEOPLE, Act
from tests.flows.settings import EVERYWHERE
from tests.flows.words import ours, replies

HOUR = timedelta(hours=1)
CALLS: tuple[Write, ...] = ("head", at.UPDATE_PULL, at.CREATE_RUN, at.UPDATE_RUN)
TALK: tuple[Write, ...] = (at.CREATE_ISSUE_COMMENT, at.REACT_ISSUE_COMMENT)
"""These follow a comment, the others a push."""


TRIED = [
    (call, act)
    for row, call in enumerate((*CALLS, *TALK, at.CREATE_TOKEN))
    for column, act in enumerate(ACTS)
    if EVERYWHERE or (row + column) % 3 == 0
]


def name(value: object) -> str:
    return value if value in ACTS else named(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(("call", "act"), TRIED, ids=name)
@loses(*CALLS, *TALK, at.CREATE_TOKEN)
def test_what_people_did_counts(flow: Flow, call: Write, act: str):
    newest = flow.repo(PEOPLE)
    if call == at.CREATE_TOKEN:
        flow.clock.ahead += HOUR  # each token is over
    with losing(flow, call):
        if call in CALLS:
            newest = flow.push({"apps/web/index.html": "two"})
        else:
            flow.world.comment(REPO, ours(flow).number, "/why prod", by="bob")
            flow.settle()
    do, (conclusion, title) = ACTS[act]

    do(flow)
    flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    run = flow.run(newest, "prod")
    assert run is not None
    assert run.conclusion == conclusion
    assert (run.title or "").startswith(title)
    assert "branch rule" not in (run.title or "")
    assert len(flow.world.pulls(REPO)) == 1
    once(flow, newest)


MERGED = ("nothing", "deletes its branch", "pushes to it")
"""Nothing else can be done to a pull request that is merged."""


@pytest.mark.parametrize("act", MERGED)
@loses(at.MERGE_PULL)
def test_a_merge_of_ours_counts_though_its_answer_was_lost(flow: Flow, act: str):
    with losing(flow, at.MERGE_PULL, times=1):
        first = flow.repo(AUTO)
        flow.passes(minutes=2)  # no other check began on the head
    if act in ACTS:
        ACTS[act][0](flow)
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    run = flow.run(first, "prod")
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "verified")
    assert ours(flow).merged_at is not None
    assert len(flow.world.pulls(REPO)) == 1


CLOSED: dict[str, Act] = {
    "nothing": lambda _: None,
    "deletes its branch": lambda f: f.world.delete_branch(REPO, BRANCH),
    "pushes to it": ACTS["pushes to it"][0],
    "reopens it": lambda f: f.world.edit_pull(REPO, ours(f).number, by="bob", state="open"),
    "reopens and merges it": lambda f: (
        f.world.edit_pull(REPO, ours(f).number, by="bob", state="open"),
        f.world.merge(REPO, ours(f).number, "merge", by="bob"),
    ),
}


@pytest.mark.parametrize("act", CLOSED)
@loses(at.UPDATE_PULL)
def test_an_end_of_ours_counts_though_its_answer_was_lost(flow: Flow, act: str):
    """Newer freight leaves nothing to change: its pull request is closed, and prod keeps it."""
    flow.repo(PEOPLE)
    ACTS["merges it"][0](flow)
    flow.push({"apps/web/index.html": "two"})
    acted: list[object] = []

    def at_once() -> None:
        if ours(flow).state == "closed" and not acted:
            acted.append(ours(flow))
            CLOSED[act](flow)

    with losing(flow, at.UPDATE_PULL), flow.after_each_write(at_once):
        newest = flow.push({"apps/web/index.html": "one"})
    assert acted
    flow.passes(seconds=30)
    flow.passes(minutes=2)
    flow.sweep()

    run = flow.run(newest, "prod")
    assert run is not None
    merged = act == "reopens and merges it"  # which is an edit by hand: newer freight had passed it
    wanted = "already in sync, verified" + "; drift: index.html by Bob" * merged
    assert (run.conclusion, run.title) == ("success", wanted)
    held = flow.world.tree(REPO, "main", "stages/prod")
    assert held == {"stages/prod/web/index.html": b"two" if merged else b"one"}
    assert ours(flow).state == "closed"
    assert len(flow.world.pulls(REPO)) == 2
    there = BRANCH in flow.world.branches(REPO)
    assert there == (act == "pushes to it")  # a foreign tip is not ours to delete


def once(flow: Flow, sha: str) -> None:
    """No run is there twice, and of replies there is one a comment."""
    runs = [(check.name, check.external_id) for check in flow.world.checks(REPO, sha, "stagelock")]
    assert sorted(runs) == sorted(set(runs))
    said = flow.world.comments(REPO, ours(flow).number)
    asked = [one for one in said if one.body.startswith("/why")]
    answers = [text for text in replies(flow, ours(flow).number) if "needs" in text]
    assert len(answers) <= len(asked)
    assert len(cards(flow, ours(flow).number)) <= 1

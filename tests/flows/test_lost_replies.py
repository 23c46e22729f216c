"""
The answer to any call that writes is lost, and people act before we ask again.

Opening the pull request has its own stories (test_pull_openings.py); here are all other calls. Every
call with every act is tried by `make hooked`; `make test` tries each call with two acts, so that each
act meets two calls at least.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.sandbox.github.faults import GIT
from tests.flows.harness import EVERYWHERE, REPO, Flow
from tests.flows.test_reviews import AUTO, PEOPLE, ours

BRANCH = "stagelock/prod"
CALLS = {
    "the push of its head": (GIT, "git-receive-pack"),
    "its text": ("PATCH", r"/pulls/\d+$"),
    "making runs": ("POST", r"/check-runs$"),
    "the text of runs": ("PATCH", r"/check-runs/\d+$"),
}
TALK = {
    "a reply": ("POST", r"/issues/\d+/comments$"),
    "the text of a reply": ("PATCH", r"/issues/comments/\d+$"),
    "a receipt": ("POST", r"/reactions$"),
}
"""These follow a comment, the others a push."""

Act = Callable[[Flow], object]
ACTS: dict[str, tuple[Act, tuple[str | None, str]]] = {
    "merges it": (
        lambda f: f.world.merge(REPO, ours(f).number, "merge", by="bob"),
        ("success", "verified"),
    ),
    "squashes it": (
        lambda f: f.world.merge(REPO, ours(f).number, "squash", by="bob"),
        ("success", "verified"),
    ),
    "closes it": (
        lambda f: f.world.edit_pull(REPO, ours(f).number, by="bob", state="closed"),
        ("cancelled", "cancelled: its pull request was closed"),
    ),
    "deletes its branch": (
        lambda f: f.world.delete_branch(REPO, BRANCH),
        ("cancelled", "cancelled: its pull request was closed"),
    ),
    "pushes to it": (
        lambda f: f.world.push(REPO, BRANCH, {"stages/prod/web/x": "mine"}, author="bob"),
        ("failure", "failed: "),
    ),
    "changes its base": (
        lambda f: (
            f.world.branch(REPO, "release"),
            f.world.edit_pull(REPO, ours(f).number, by="bob", base="release"),
        ),
        (None, "its pull request needs the base main"),
    ),
}


TRIED = [
    (call, act)
    for row, call in enumerate((*CALLS, *TALK))
    for column, act in enumerate(ACTS)
    if EVERYWHERE or (row + column) % 3 == 0
]


@pytest.mark.parametrize(("call", "act"), TRIED)
def test_what_people_did_counts(flow: Flow, call: str, act: str):
    newest = flow.repo(PEOPLE)
    flow.world.faults.add(*{**CALLS, **TALK}[call], "lost", times=50)
    if call in CALLS:
        newest = flow.push({"apps/web/index.html": "two"})
    else:
        flow.world.comment(REPO, ours(flow).number, "/why prod", by="bob")
        flow.settle()
    flow.world.faults.clear()
    do, (conclusion, title) = ACTS[act]

    do(flow)
    flow.settle()
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    run = flow.run(newest, "prod")
    assert run is not None
    assert run.conclusion == conclusion
    assert (run.title or "").startswith(title)
    assert "rule of the server" not in (run.title or "")
    assert len(flow.world.pulls(REPO)) == 1
    once(flow, newest)


@pytest.mark.parametrize("act", ["nothing", "deletes its branch", "pushes to it"])
def test_a_merge_of_ours_counts_though_its_answer_was_lost(flow: Flow, act: str):
    flow.world.faults.add("PUT", r"/merge$", "lost")
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


@pytest.mark.parametrize("act", ["nothing", "deletes its branch"])
def test_an_end_of_ours_counts_though_its_answer_was_lost(flow: Flow, act: str):
    """Newer freight leaves nothing to change: its pull request is closed, once."""
    flow.repo(PEOPLE)
    ACTS["merges it"][0](flow)
    flow.push({"apps/web/index.html": "two"})
    number = ours(flow).number
    flow.world.faults.add("PATCH", rf"/pulls/{number}$", "lost", times=50)
    newest = flow.push({"apps/web/index.html": "one"})
    flow.world.faults.clear()
    if act in ACTS and BRANCH in flow.world.branches(REPO):
        ACTS[act][0](flow)
    flow.passes(seconds=30)
    flow.passes(minutes=2)

    assert flow.state(newest, "prod") == "success"
    newest_pull = flow.world.pulls(REPO)[0]
    assert (newest_pull.number, newest_pull.state) == (number, "closed")
    assert BRANCH not in flow.world.branches(REPO)


def once(flow: Flow, sha: str) -> None:
    """No run is there twice, and of replies there is one a comment."""
    runs = [(one.name, one.external_id) for one in flow.world.checks(REPO, sha, "stagelock")]
    assert sorted(runs) == sorted(set(runs))
    said = flow.world.comments(REPO, ours(flow).number)
    asked = [one for one in said if one.body.startswith("/why")]
    replies = [one for one in said if one.user.login == "stagelock[bot]" and "needs" in one.body]
    assert len(replies) <= len(asked)

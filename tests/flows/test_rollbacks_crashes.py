"""Invariant 6 for `/rollback`: the App dies around each of its acts, and the world ends up the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from app.sandbox.demo.launch import SLUG
from tests.flows.around import EFFECTS
from tests.flows.harness import REPO, Flow, flowing
from tests.flows.mortal import Killed, Mortal
from tests.flows.rolling import PLAIN, REVIEWED, VERIFIED

STORED = frozenset(
    {
        "add_order",
        "end",
        "grant",
        "release",
        "request",
        "requeue",
        "roll_back",
        "save_command",
        "save_promotions",
        "save_run",
        "set_hold",
        "end_hold",
        "spend_orders",
        "suspect",
        "take_over",
    }
)
"""What the store is told of a rollback and of what is around it."""


class Frail(Mortal):
    """An App that dies around its acts: in its first life before one, in the next after it."""

    def __init__(self, flow: Flow) -> None:
        self.deaths, self.begun = list[tuple[str, str]](), False
        super().__init__(flow, ("history", "locks"))

    def beside(self, when: str, name: str) -> None:
        """Each act is fatal once before, and once after, it was done."""
        fatal = name in EFFECTS | STORED and (when, name) not in self.deaths
        if self.begun and fatal and (when == "before" or ("before", name) in self.deaths):
            self.deaths.append((when, name))
            raise Killed

    def lately(self) -> Sequence[object]:
        return self.deaths


def finish(flow: Flow, settle: Callable[[], None], sha: str, conclusion: str = "success") -> None:
    flow.world.finish_check(REPO, sha, "e2e", conclusion)
    settle()


def merge(flow: Flow, settle: Callable[[], None]) -> None:
    for pull in flow.world.pulls(REPO, "open"):
        flow.world.merge(REPO, pull.number)
        settle()


def pushed(flow: Flow, settle: Callable[[], None], what: str) -> str:
    sha = flow.world.push(REPO, "main", {"apps/web/index.html": what}, message=f"Say {what}")
    settle()
    return sha


def said(flow: Flow, settle: Callable[[], None], on: str, text: str) -> None:
    flow.world.comment(REPO, on, text, by="bob")
    settle()


def later(flow: Flow, settle: Callable[[], None]) -> None:
    """GitHub lets us write again, and texts that waited are written."""
    flow.clock.ahead += timedelta(minutes=2)
    for record in flow.app.store.repos.all():
        flow.app.store.work.touch(f"repo-{record.id}")
    settle()


def until_here(flow: Flow, settle: Callable[[], None], stage: str) -> None:
    """What has landed is verified, and what is to be merged is merged."""
    merge(flow, settle)
    for promotion in flow.promotions():
        if (
            promotion.stage == stage
            and promotion.state == "verifying"
            and promotion.landed is not None
        ):
            finish(flow, settle, promotion.landed)


STORIES = {"plain": (PLAIN, "dev"), "locked": (VERIFIED, "dev"), "reviewed": (REVIEWED, "prod")}


def tell(flow: Flow, frail: Frail | None, text: str, stage: str) -> None:
    """Three freights; two rollbacks in a row, a hand edit before the second; then `/resume`."""
    settle = frail.settle if frail is not None else flow.settle
    flow.world.create_repo(REPO, files={"stagelock.yaml": text, "apps/web/index.html": "one"})
    settle()
    until_here(flow, settle, stage)
    last = ""
    for name in ("two", "three"):
        last = pushed(flow, settle, name)
        until_here(flow, settle, stage)
    four = pushed(flow, settle, "four")  # under way, where something is awaited
    later(flow, settle)
    if frail is not None:
        frail.begun = True
    said(flow, settle, four, f"/rollback {stage}")
    for promotion in flow.promotions():
        if promotion.landed is not None and promotion.freight.sha == four and stage == "dev":
            finish(flow, settle, promotion.landed)
    until_here(flow, settle, stage)
    later(flow, settle)
    path = f"stages/{stage}/web/index.html"
    flow.world.push(REPO, "main", {path: "by hand"}, "carol", "Hotfix")
    settle()
    said(flow, settle, last, f"/rollback {stage}")
    until_here(flow, settle, stage)
    said(flow, settle, last, f"/resume {stage}")
    pushed(flow, settle, "five")
    until_here(flow, settle, stage)
    later(flow, settle)


def picture(flow: Flow, stage: str) -> dict[str, object]:
    """How it ended, free of ids and times."""
    line = flow.world.log(REPO, "main")[::-1]
    people = [c.sha for c in line if "Stagelock-Stage" not in c.message]
    names = {sha[:7]: f"<{place}>" for place, sha in enumerate(people)}

    def told(text: str) -> str:
        text = re.sub(r"\b[0-9a-f]{7,40}\b", lambda m: names.get(m[0][:7], "<ours>"), text)
        return re.sub(
            r"event `\w+`|\d{4}-\d\d-\d\d \d\d:\d\d|token \d+|[a-z0-9]{13}`|:\d{5}/", "", text
        )

    rows = [
        (told(p.freight.sha), p.stage, p.state, p.reason, p.leaves and told(p.leaves.sha))
        for p in flow.promotions()
    ]
    return {
        "files": flow.world.tree(REPO, "main", f"stages/{stage}"),
        "commits": [told(c.message.splitlines()[0]) for c in line],
        "promotions": rows,
        "runs": {
            (told(sha), name): (run.conclusion or run.status, told(run.title or ""))
            for sha in people
            for name in ("dev", "prod", "other")
            if (run := flow.run(sha, name)) is not None
        },
        "holds": [(h.stage, told(h.reason)) for h in flow.records().holds],
        "locks": Counter((r.stage, r.state) for r in flow.requests()),
        "pulls": [(told(p.title), p.state, bool(p.merged_at)) for p in flow.world.pulls(REPO)],
        "replies": [
            told(c.body)
            for sha in people
            for c in flow.world.comments(REPO, sha)
            if c.user.login == f"{SLUG}[bot]"
        ],
        "branches": sorted(flow.world.branches(REPO)),
    }


@pytest.mark.parametrize("story", STORIES)
def test_a_death_around_any_act_of_a_rollback_changes_nothing(tmp_path: Path, story: str):
    text, stage = STORIES[story]
    pictures = []
    died: set[str] = set()
    for name in ("calm", "storm"):
        with flowing(tmp_path / name) as flow:
            frail = Frail(flow) if name == "storm" else None
            tell(flow, frail, text, stage)
            pictures.append(picture(flow, stage))
            died = {name for _, name in frail.deaths} if frail is not None else set()

    assert died >= {"roll_back", "save_promotions", "save_command", "push", "create_run"}
    assert pictures[1] == pictures[0]

"""
What `test_arrivals.py` says of a command's arriving: a row of the table, its target, what is seen of it.

The table itself is `commanding.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Comment
from tests.flows.harness import REPO, Flow
from tests.flows.words import replies

Way = Literal[
    "refused for lack of permission",
    "by a fork's author",
    "by a bot",
    "quoted",
    "edited",
    "accepted",
    "repeated",
    "refused by state",
    "delivery lost",
    "after the head moved",
]
HIDDEN = "> WORDS\n\n```\nWORDS\n```\n\n    WORDS\n\n<!--\nWORDS\n-->\n\nas in `WORDS`, or WORDS"
"""In a quote, in code of three kinds, in an HTML comment, and not at the start of a line."""


@dataclass(frozen=True)
class Target:
    """A stage, a lock group and a freight to which nothing was done; words are said *on* a commit."""

    stage: str
    group: str
    freight: str
    on: str

    def of(self, words: str) -> str:
        """A row's words about this target."""
        mine = {"STAGE": self.stage, "GROUP": self.group, "FREIGHT": self.freight[:12]}
        for name, value in mine.items():
            words = words.replace(name, value)
        return words


Looks = Callable[[Flow, Target], bool]
Does = Callable[[Flow, Target], None]


def nothing(_flow: Flow, _target: Target) -> None:
    """Nothing has to be there before."""


@dataclass(frozen=True)
class Row:
    """
    *words* by *may* are answered *done*, and *took* holds then; said anew, they are answered *again*.

    *took* None: it only asks. Of *may_not* it is said that they lack *lack*. *keys* are a stage's in
    `stagelock.yaml`, on whose branch *contents* were pushed one after the other; *before* is what has
    to be there. *bound*: it takes its freight from the pull request on which it is said. *senseless*
    has the ways that are none for it, and why.
    """

    verb: str
    words: str
    done: str
    again: str
    took: Looks | None = None
    keys: tuple[str, ...] = ()
    contents: tuple[str, ...] = ("new",)
    before: Does = nothing
    may: str = "bob"
    may_not: str = "carol"
    lack: str = "needs *write*; you have *read*"
    bound: bool = False
    senseless: Mapping[Way, str] = field(default_factory=dict)

    def took_effect(self, flow: Flow, target: Target) -> bool:
        """What it is for is so."""
        return self.took is not None and self.took(flow, target)


def say(flow: Flow, on: int | str, words: str, by: str) -> tuple[Comment, list[str]]:
    """A comment, and what is answered there when everything has settled."""
    before = len(replies(flow, on))
    made = flow.world.comment(REPO, on, words, by=by)
    flow.settle()
    return made, replies(flow, on)[before:]


def eyes(comment: Comment) -> int:
    return [reaction.content for reaction in comment.reactions].count("eyes")


def facts(flow: Flow) -> dict[str, object]:
    """All that a command can change: what stands at GitHub but for comments, and what is remembered."""
    world, kept = flow.world, flow.records()
    ours = world.hub.app(SLUG).id
    with world.hub.lock:
        runs = list(world.hub.runs.values())
    return {
        "branches": {name: world.tip(REPO, name) for name in world.branches(REPO)},
        "pull requests": [(pull.number, pull.state, pull.head_sha) for pull in world.pulls(REPO)],
        "runs": [(r.id, r.status, r.conclusion, r.title) for r in runs if r.app_id == ours],
        "promotions": [
            (promotion.id, promotion.state, promotion.attempt, promotion.rerun_at)
            for promotion in kept.promotions
        ],
        "locks": [(request.id, request.state) for request in kept.requests]
        + [(one.id, one.state) for one in kept.direct],
        "until": [one.expires_at for one in kept.direct],
        "words": (kept.orders, kept.holds, kept.blocks, kept.approvals),
    }


def a_forks_pull(flow: Flow) -> int:
    """
    A pull request of dora's fork; she is nobody here, and the repository is public.

    GitHub says *read* of everybody there: https://docs.github.com/rest/collaborators/collaborators.
    """
    fork = flow.world.fork(REPO, "dora").full_name
    parent = flow.tip(repo=fork)
    flow.world.push(fork, "topic", {"notes": "of dora"}, author="dora", parent=parent)
    flow.world.set_role(REPO, "dora", "read")
    pull = flow.world.open_pull(REPO, "dora:topic", by="dora")
    flow.settle()
    return pull.number


def delivered_again(flow: Flow, comment: Comment) -> None:
    """GitHub delivers once more what it told of this comment."""
    told = [d for d in flow.world.deliveries if d.event.endswith("_comment")]
    mine = [d for d in told if d.payload["comment"]["id"] == comment.id]
    assert mine
    for delivery in mine:
        flow.world.courier.redeliver(flow.world.hub.app(SLUG), delivery.id)
    flow.settle()

"""Every command of the table in `commanding.py`, in every way in which words can arrive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import get_args

import pytest

from app.core.commands.table import TABLE
from app.sandbox.github.model import Comment
from tests.flows.arriving import (
    HIDDEN,
    Row,
    Target,
    Way,
    a_forks_pull,
    delivered_again,
    eyes,
    facts,
    say,
)
from tests.flows.commanding import REFUSED, ROWS
from tests.flows.harness import REPO, Flow
from tests.flows.words import ours, replies

HEAD = "version: 1\nwarehouses:\n  web: {paths: [apps/web/]}\nstages:\n"
STAGE = """\
  STAGE:
    path: stages/STAGE
    steps:
      - uses: copy
        with: {from: apps/web, to: web}
"""


@dataclass(frozen=True)
class Place:
    """A row whose words may be said on two targets that are alike, and on a fork's pull request."""

    flow: Flow
    row: Row
    target: Target
    twin: Target
    pull: int

    def say(
        self, words: str = "WORDS", *, by: str = "", on: int | str = ""
    ) -> tuple[Comment, list[str]]:
        """The row's words about the target; the comment, and what was answered."""
        whole = words.replace("WORDS", self.target.of(self.row.words))
        return say(self.flow, on or self.target.on, whole, by or self.row.may)


def stage(name: str, *keys: str) -> str:
    return (STAGE + "".join(f"    {key}\n" for key in keys)).replace("STAGE", name)


def begun(flow: Flow, row: Row) -> Place:
    """The contents that the row wants have entered two stages, where nothing stops them."""
    pipeline = HEAD + stage("one", *row.keys) + stage("two", *row.keys)
    flow.repo({"stagelock.yaml": pipeline + "locks: {floor: {}, spare: {}}\n"})
    pushed = [flow.push({"apps/web/index.html": text}) for text in row.contents]
    flow.world.set_role(REPO, "frank", "write")
    flow.world.user("robot[bot]").kind = "Bot"
    flow.world.set_role(REPO, "robot[bot]", "admin")
    flow.world.user("erin")
    other = pushed[0] if "FREIGHT" in row.words else pushed[-1]
    target = Target("one", "floor", pushed[-1], pushed[-1])
    twin = Target("two", "spare", other, other)
    for one in (target, twin):
        row.before(flow, one)
        assert not row.took_effect(flow, one)
    return Place(flow, row, target, twin, a_forks_pull(flow))


def by_whom_it_is_not_for(at: Place) -> None:
    before = facts(at.flow)
    _, [reply] = at.say(by=at.row.may_not)
    assert reply.startswith(REFUSED)
    assert at.row.lack in reply
    assert f"can comment `{at.target.of(at.row.words)}`." in reply
    assert facts(at.flow) == before


def by_a_forks_author(at: Place) -> None:
    before = facts(at.flow)
    _, [reply] = at.say(by="dora", on=at.pull)
    assert reply.startswith(REFUSED if at.row.took else at.target.of(at.row.done))
    assert "you have *read*" in reply or not at.row.took
    assert facts(at.flow) == before


def by_a_bot(at: Place) -> None:
    before = facts(at.flow)
    made, told = at.say(by="robot[bot]")
    assert (told, eyes(made), facts(at.flow)) == ([], 0, before)


def quoted(at: Place) -> None:
    before = facts(at.flow)
    made, told = at.say(HIDDEN)
    assert (told, eyes(made), facts(at.flow)) == ([], 0, before)


def edited(at: Place) -> None:
    """Of an edit on a pull request a delivery tells, of one on a commit nothing does."""
    before = facts(at.flow)
    places = (at.pull, at.target.on)
    talk = [at.say("nothing to see", on=on)[0] for on in places]
    at.flow.clock.ahead += timedelta(seconds=5)
    told = [len(replies(at.flow, on)) for on in places]
    for one in talk:
        at.flow.world.edit_comment(REPO, one, at.target.of(at.row.words), by=at.row.may)
    at.flow.passes(minutes=6)
    assert [eyes(one) for one in talk] == [0, 0]
    assert [len(replies(at.flow, on)) for on in places] == told
    assert facts(at.flow) == before


def accepted(at: Place) -> None:
    """Both copies of its delivery arrive."""
    at.flow.world.weather.doubled = lambda _: True
    _, [reply] = at.say()
    at.flow.world.weather.doubled = None
    assert reply.startswith(at.target.of(at.row.done))
    assert at.row.took_effect(at.flow, at.target) is (at.row.took is not None)
    assert not at.row.took_effect(at.flow, at.twin)


def repeated(at: Place) -> None:
    """It is delivered again, later, and somebody edits it: it has had its effect."""
    before, told = facts(at.flow), replies(at.flow, at.target.on)
    *_, made = [c for c in at.flow.world.comments(REPO, at.target.on) if c.user.login == at.row.may]
    delivered_again(at.flow, made)
    at.flow.world.edit_comment(REPO, made, f"{made.body}\n{made.body}", by=at.row.may)
    delivered_again(at.flow, made)
    assert replies(at.flow, at.target.on) == told
    assert facts(at.flow) == before


def said_anew(at: Place) -> None:
    """What it was for is so already."""
    before = facts(at.flow)
    _, [reply] = at.say()
    assert reply.startswith(at.target.of(at.row.again))
    assert at.row.took_effect(at.flow, at.target) is (at.row.took is not None)
    assert at.row.again != REFUSED or facts(at.flow) == before


def not_delivered(at: Place) -> None:
    """It is found by listing, and acts once, though its delivery arrives in the end."""
    world, row, on = at.flow.world, at.row, at.twin.on
    before, told = facts(at.flow), len(replies(at.flow, on))
    world.weather.lost = lambda d: d.event.endswith("_comment")
    made, none = say(at.flow, on, at.twin.of(row.words), row.may)
    assert (none, facts(at.flow)) == ([], before)
    at.flow.passes(minutes=6)
    [reply] = replies(at.flow, on)[told:]
    assert reply.startswith(at.twin.of(row.done))
    assert row.took_effect(at.flow, at.twin) is (row.took is not None)
    world.weather.lost = None
    before = facts(at.flow)
    delivered_again(at.flow, made)
    assert (facts(at.flow), len(replies(at.flow, on))) == (before, told + 1)


TRIED: Mapping[Way, Callable[[Place], None]] = {
    "refused for lack of permission": by_whom_it_is_not_for,
    "by a fork's author": by_a_forks_author,
    "by a bot": by_a_bot,
    "quoted": quoted,
    "edited": edited,
    "accepted": accepted,
    "repeated": repeated,
    "refused by state": said_anew,
    "delivery lost": not_delivered,
}
"""In this order; those after the head of a pull request moved are below."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.words)
def test_a_command_acts_once_where_it_may_and_otherwise_nothing_happens(flow: Flow, row: Row):
    at = begun(flow, row)
    for way in TRIED.values():
        way(at)


FREE = stage("two") + stage("three", "approve: {count: 2}")
"""Stages beside the one whose pull request it is, for what is not about that one."""


def moved(flow: Flow, more: str = "") -> tuple[int, str]:
    """Our pull request, whose head has just moved, and the freight that it brings now."""
    whole = (
        HEAD
        + stage("one", "via: pull-request", "approve: {count: 1}")
        + more
        + "locks: {floor: {}}\n"
    )
    flow.repo({"stagelock.yaml": whole})
    flow.push({"apps/web/index.html": "old"})
    newer = flow.push({"apps/web/index.html": "new"})
    return ours(flow).number, newer


def test_what_takes_its_freight_from_a_head_that_has_just_moved_has_to_name_it(flow: Flow):
    with flow.clock.still():
        pull, newer = moved(flow)
        before = facts(flow)
        for row in (row for row in ROWS if row.bound):
            _, [reply] = say(flow, pull, row.words.replace("STAGE", "one"), row.may)
            assert reply.startswith(f"{REFUSED}this pull request moved to ")
            assert f"`{row.words.replace('STAGE', f'one {newer[:12]}')}`" in reply
            assert facts(flow) == before


def test_whatever_else_is_said_there_acts_as_it_does_anywhere(flow: Flow):
    """What stands before a row in the table is what it needs to be there."""
    free = [row for row in ROWS if not row.bound]
    with flow.clock.still():
        pull, newer = moved(flow, FREE)
        say(flow, newer, "/approve three", "bob")
        for _, rows in groupby(free, lambda row: (row.may, "GROUP" in row.words and row.words)):
            together(flow, pull, newer, list(rows))


def together(flow: Flow, on: int, freight: str, rows: list[Row]) -> None:
    """One comment with the words of several rows, and its one reply."""
    at = [Target("three" if row.keys else "two", "floor", freight, freight) for row in rows]
    if "--force" in rows[0].words:
        rows[0].before(flow, at[0])
    words = [one.of(row.words) for row, one in zip(rows, at, strict=True)]
    _, [reply] = say(flow, on, "\n".join(words), rows[0].may)
    for row, one, part in zip(rows, at, reply.split("\n---\n"), strict=True):
        assert one.of(row.done) in part
        assert REFUSED not in part


def test_every_command_is_in_the_table_and_every_way_is_tried_or_makes_no_sense():
    """A new command needs a row, a new way a function."""
    assert {row.verb for row in ROWS} == {spec.verb for spec in TABLE}
    assert len({row.words for row in ROWS}) == len(ROWS)
    assert {*TRIED, "after the head moved"} == set(get_args(Way))
    for row in ROWS:
        assert (row.again == REFUSED) is ("refused by state" not in row.senseless), row.words

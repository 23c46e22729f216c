"""
`/cancel`, `/block` and `/rollback` in every state of a promotion, on the little world.

In `prod` two freights were verified, `0` and then `1`; a third, `2`, is in the state. Then a word is
said, everything else takes its course for a week, and what is there is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import get_args

import pytest

from app.core.model.names import Sha
from app.core.model.records import ENDED, Intent, Promotion, PromotionState
from tests.core.world import World, a_pipeline

TEXT = (
    "version: 1\nwarehouses: {web: {paths: [apps/web/]}}\nstages:\n"
    "  other: {path: stages/other, lock: floor, verify: {checks: [other]}}\n"
    "  prod: {path: stages/prod, lock: floor, verify: {checks: [prod]}}\n"
    "locks: {floor: {}}\n"
)
CLOSED = TEXT.replace("[prod]}", "[prod]}, windows: {allow: ['Sat 09:00-10:00 UTC']}")
REVIEWED = TEXT.replace("[prod]}", "[prod]}, via: pull-request")


@dataclass
class Place:
    """A world, and the commits of its freights, oldest first."""

    world: World
    shas: list[Sha]

    @property
    def row(self) -> Promotion | None:
        """The promotion of `2` to prod, once it has begun."""
        return next(reversed(self.world.at("prod", self.shas[2])), None)

    @property
    def state(self) -> PromotionState:
        return self.row.state if self.row else "waiting"

    @property
    def there(self) -> str:
        """What prod holds."""
        return self.world.files("stages/prod")["x"]

    def pushes(self, text: str) -> None:
        self.shas.append(self.world.push({"apps/web/x": text}))
        self.world.settle()

    def ends(self, stage: str, conclusion: str = "success") -> None:
        """The check ends of what landed there last."""
        self.world.check(self.world.last(stage).landed or "", stage, conclusion)
        self.world.settle()

    def goes_on(self) -> None:
        """Each job that nobody has heard of ends well, each window opens, each timeout is over."""
        for pause in (2, 5 * 24 * 60, 24 * 60):
            for stage in ("other", "prod") * 2:
                for row in self.world.of(stage):
                    if row.landed and not self.world.runs.get(row.landed):
                        self.world.check(row.landed, stage)
                self.world.settle()
            self.world.wait(minutes=pause)


def history(text: str = TEXT) -> Place:
    """`0` and `1` are verified in both stages, and *text* is in force."""
    at = Place(a_pipeline(TEXT), [])
    for content in ("0", "1"):
        at.pushes(content)
        at.ends("other")
        at.ends("prod")
    at.world.configure(text)
    return at


def waiting() -> Place:
    """Somebody has asked for it, and the window is closed."""
    at = history(CLOSED)
    at.pushes("2")
    at.ends("other")
    at.world.say("promote", "prod", at.shas[2])
    at.world.settle()
    return at


def locking() -> Place:
    """Another stage has the lock."""
    at = history()
    at.pushes("2")
    return at


def verifying() -> Place:
    at = locking()
    at.ends("other")
    return at


def writing() -> Place:
    """It was pushed, and neither the push nor its answer arrived."""
    at = verifying()
    row = at.row
    assert row is not None
    assert row.landed is not None
    [parent] = at.world.git.nodes[row.landed].parents
    intent = Intent("main", parent, row.landed, at.world.now, made_at=at.world.now)
    lost = replace(row, state="writing", reason="", landed=None, landed_at=None, intent=intent)
    at.world.rows[row.id] = lost
    at.world.reset("main", parent)
    return at


def in_review() -> Place:
    at = history(REVIEWED)
    at.pushes("2")
    at.ends("other")
    return at


def ended(conclusion: str) -> Callable[[], Place]:
    def made() -> Place:
        at = verifying()
        at.ends("prod", conclusion)
        return at

    return made


def superseded() -> Place:
    """A newer one came while it waited for the lock."""
    at = locking()
    at.pushes("3")
    at.ends("other")
    at.ends("other")
    return at


def cancelled() -> Place:
    at = verifying()
    at.world.say("cancel", "prod", at.shas[2])
    at.world.settle()
    return at


STATES: Mapping[PromotionState, Callable[[], Place]] = {
    "waiting": waiting,
    "locking": locking,
    "writing": writing,
    "in-review": in_review,
    "verifying": verifying,
    "verified": ended("success"),
    "failed": ended("failure"),
    "superseded": superseded,
    "cancelled": cancelled,
}
NOT_WRITTEN = ("waiting", "locking", "writing", "in-review")


def in_state(state: PromotionState) -> Place:
    at = STATES[state]()
    assert at.state == state
    return at


def test_the_table_has_every_state():
    assert set(STATES) == set(get_args(PromotionState))


@pytest.mark.parametrize("state", STATES)
def test_cancel_ends_what_has_not_ended_and_leaves_there_what_is_there(state: PromotionState):
    at = in_state(state)
    written = {"superseded": "3"}.get(state, "1" if state in NOT_WRITTEN else "2")

    at.world.say("cancel", "prod", at.shas[2])
    at.world.settle()
    assert state in {*ENDED, "writing"} or at.state == "cancelled", (
        "but for a push in doubt, at once"
    )
    if state == "in-review":
        assert at.world.pull("prod").state == "closed"
    at.goes_on()

    assert at.state == (state if state in ENDED else "cancelled")
    assert at.there == written
    assert at.world.live() == {}


@pytest.mark.parametrize("state", STATES)
def test_block_keeps_out_what_is_not_there_yet_and_changes_nothing_else(state: PromotionState):
    at, other = in_state(state), in_state(state)

    at.world.block(at.shas[2])
    at.goes_on()
    other.goes_on()

    if state not in NOT_WRITTEN:
        assert (at.state, at.there) == (other.state, other.there)
        return
    assert at.there == "1"
    assert at.world.live() == {}
    at.world.allow(at.shas[2])
    at.world.wait(minutes=2)
    if state == "in-review":
        at.world.merge("prod")
    at.goes_on()
    at.goes_on()
    assert (at.there, at.state) == ("2", "verified")


@pytest.mark.parametrize("state", STATES)
def test_rollback_brings_earlier_freight_back_and_only_newer_enters_after_resume(
    state: PromotionState,
):
    at = in_state(state)

    at.world.roll_back("prod", at.shas[0])
    at.goes_on()
    if state == "in-review":
        at.world.merge("prod")
        at.goes_on()

    assert at.there == "0"
    assert at.world.last("prod").state == "verified"
    assert at.state == (state if state in {*ENDED, "waiting"} else "cancelled")
    assert at.world.live() == {}
    at.world.resume("prod")
    at.goes_on()
    assert at.there == ("2" if state == "waiting" else "0"), "it had not begun, and is newer"
    at.pushes("4")
    at.goes_on()
    if state == "in-review":
        at.world.merge("prod")
    assert at.there == "4"


@pytest.mark.parametrize(
    ("word", "state", "there"),
    [("cancel", "cancelled", "2"), ("block", "verified", "2"), ("rollback", "cancelled", "0")],
)
def test_of_a_push_in_doubt_that_arrived_it_is_there_whatever_was_said(
    word: str, state: PromotionState, there: str
):
    at = writing()
    assert at.row is not None
    assert at.row.intent is not None
    at.world.reset("main", at.row.intent.commit)

    if word == "block":
        at.world.block(at.shas[2])
    elif word == "cancel":
        at.world.say("cancel", "prod", at.shas[2])
    else:
        at.world.roll_back("prod", at.shas[0])
    at.goes_on()

    assert (at.state, at.there) == (state, there)
    assert at.world.live() == {}

"""A hold with an end: the reply that set it says what goes on, once, when it is over (rule C54)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.holding import quiet
from tests.flows.mortal import Killed, Mortal
from tests.flows.pipelines import WEB, filled, pipeline
from tests.flows.words import link, replies, say

HOLD = "/hold live until 2h the fair is on"
OVER = "Over: the hold on `live` by `@bob` ended at "


def held(flow: Flow, more: str = "") -> tuple[str, str]:
    """`live` is on hold for two hours, and newer freight waits for it."""
    first = flow.repo({"stagelock.yaml": pipeline(filled("live", more)), **WEB})
    say(flow, first, HOLD)
    [told] = replies(flow, first)
    assert told.startswith("Done: `live` has been on hold since ")
    return first, flow.push({"apps/web/a": "2"})


def test_the_reply_says_at_the_end_what_is_promoted_now(flow: Flow):
    first, second = held(flow)

    flow.passes(hours=2)

    [told] = replies(flow, first)
    assert told.startswith(OVER)
    assert "(the fair is on)" in told
    assert f"`live` now promotes {link(flow, second)}." in told
    assert "Nothing is promoted there automatically" not in told
    assert flow.state(second, "live") == "success"


def test_it_says_so_also_where_nothing_waited_for_the_hold(flow: Flow):
    first = flow.repo({"stagelock.yaml": pipeline(filled("live")), **WEB})
    say(flow, first, HOLD)

    flow.passes(hours=2)

    [told] = replies(flow, first)
    assert told.startswith(OVER)
    assert "Nothing is promoted by that alone; `/why live` shows what" in told


@pytest.mark.parametrize(
    ("more", "then"),
    [
        ("    auto: false\n", "Nothing is promoted by that alone; `/why live` shows what"),
        ("    verify: {checks: [e2e]}\n", "`live` goes on with [`web "),
    ],
)
def test_it_promises_no_more_than_resume_does(flow: Flow, more: str, then: str):
    first, second = held(flow, more)

    flow.passes(hours=2)

    [told] = replies(flow, first)
    assert then in told
    assert second[:7] not in told


def test_it_is_said_once_and_nothing_is_written_before_or_after(flow: Flow):
    first = flow.repo({"stagelock.yaml": pipeline(filled("live")), **WEB})
    say(flow, first, HOLD)
    before = flow.writes()

    flow.passes(hours=1)
    flow.look()
    assert flow.writes() == before
    flow.passes(hours=1)
    edits = flow.writes()[len(before) :]
    assert [method for method, _ in edits] == ["PATCH"]
    flow.passes(hours=1)
    flow.reboot()
    flow.passes(hours=1)

    assert flow.writes() == [*before, *edits]


@pytest.mark.parametrize("word", ["/resume live", "/hold live until 5h the fair goes on"])
def test_a_hold_that_was_ended_or_replaced_before_says_nothing_more(flow: Flow, word: str):
    first, _ = held(flow)
    say(flow, first, word)
    before = replies(flow, first)

    flow.passes(hours=3)

    assert replies(flow, first) == before
    assert not before[0].startswith("Over: ")


def test_a_hold_that_replaces_another_says_its_own_end(flow: Flow):
    first, second = held(flow)
    say(flow, first, "/hold live until 5h the fair goes on")

    flow.passes(hours=6)

    told = replies(flow, first)
    assert "(the fair goes on)" in told[1]
    assert f"`live` now promotes {link(flow, second)}." in told[1]


def test_the_other_answers_of_the_comment_stay(flow: Flow):
    first = flow.repo({"stagelock.yaml": pipeline(filled("live")), **WEB})
    say(flow, first, f"{HOLD}\n/why live")
    before = replies(flow, first)[0]

    flow.passes(hours=2)

    [told] = replies(flow, first)
    assert "`live`: **verified" in before
    assert OVER in told
    assert told.partition("`live`: **verified")[2] == before.partition("`live`: **verified")[2]


def test_a_stage_that_is_gone_is_not_said_to_wait(flow: Flow):
    first, _ = held(flow)
    flow.push({"stagelock.yaml": pipeline(filled("other"))})

    flow.passes(hours=2)

    [told] = replies(flow, first)
    assert told.startswith(OVER)
    assert "is no stage of `stagelock.yaml` any more" in told
    assert "/why live" not in told


def test_a_stage_with_a_lock_says_that_its_turn_comes_first(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/hold one until 2h the fair is on")
    second = flow.push({"apps/web/a": "2"})

    flow.passes(hours=2)

    [told] = replies(flow, first)
    assert f"`one` now promotes {link(flow, second)} as soon as its lock is granted." in told


class Dying(Mortal):
    """It dies once at each of the calls that bring the end to the reply."""

    def __init__(self, flow: Flow) -> None:
        self.deaths: list[tuple[str, str]] = []
        self.over = False
        super().__init__(flow, ("history",))

    def beside(self, when: str, name: str) -> None:
        at = (when, name)
        told = {"save_command", "update_comment", "save_promotions"}
        if self.over and name in told and at not in self.deaths:
            self.deaths.append(at)
            raise Killed

    def lately(self) -> Sequence[object]:
        return self.deaths


def test_a_death_at_any_step_neither_loses_nor_repeats_it(flow: Flow):
    first, second = held(flow)
    app = Dying(flow)

    app.over = True
    flow.clock.ahead += timedelta(hours=2)
    flow.app.store.work.touch(f"repo-{flow.world.repo(REPO).id}")
    app.settle()

    assert ("after", "save_command") in app.deaths
    assert ("after", "update_comment") in app.deaths
    [told] = replies(flow, first)
    assert f"`live` now promotes {link(flow, second)}." in told
    assert flow.state(second, "live") == "success"

"""
The buttons of a suspect lock, pressed twice, late, by two people at once, and by people who lost their role.

From the words of R22, R35, L9, L10 and L37: a click means the grant that its run spoke of, acts once,
and never brings back what has ended.
"""

from __future__ import annotations

import pytest

from app.core.model.names import GroupName
from app.sandbox.demo.launch import SLUG
from app.sandbox.github.model import Delivery, Run
from tests.flows.harness import REPO, Flow
from tests.flows.locking import LOCK, STUCK, live, press, stuck
from tests.flows.words import say

KEPT = [("one", "held"), ("two", "queued")]
NEXT = [("two", "held")]


def clicks(flow: Flow) -> list[Delivery]:
    return [d for d in flow.world.deliveries if d.payload.get("action") == "requested_action"]


def late(flow: Flow, run: Run, button: str, by: str) -> None:
    """*by* clicks what their page still shows, and the delivery comes after what follows."""
    flow.world.hold_deliveries()
    flow.world.press(REPO, run, button, by=by)


def arrives(flow: Flow) -> None:
    flow.world.release_deliveries()
    flow.settle()


def freed(flow: Flow, landed: str) -> None:
    flow.world.finish_check(REPO, landed, "one", "success", app="jenkins")


def test_kept_twice_at_once_it_is_kept_once_and_both_are_answered(flow: Flow):
    _, landed = stuck(flow)
    run = flow.shown(landed, LOCK)
    for _ in range(2):
        flow.world.press(REPO, run, "keep", by="alice")
    flow.settle()
    assert live(flow) == KEPT
    entries = [one.entry for one in flow.app.store.audit.newest()]
    assert [e["effective"] for e in entries if e["kind"] == "click"].count(True) == 1


def test_a_keep_that_is_delivered_again_when_it_is_suspect_again_keeps_nothing(flow: Flow):
    _, landed = stuck(flow)
    press(flow, landed, "keep", "alice")
    flow.passes(minutes=31)
    assert live(flow) == STUCK
    flow.world.courier.redeliver(flow.world.hub.app(SLUG), clicks(flow)[0].id)
    flow.settle()
    flow.look()
    assert live(flow) == STUCK


@pytest.mark.parametrize("button", ["keep", "probe", "release"])
def test_a_click_that_arrives_after_the_grant_was_freed_brings_nothing_back(
    flow: Flow, button: str
):
    _, landed = stuck(flow)
    run = flow.shown(landed, LOCK)
    late(flow, run, button, "alice")
    freed(flow, landed)
    flow.look()
    flow.sweep()
    arrives(flow)
    flow.look()
    assert live(flow) == NEXT


def test_keep_after_release_frees_and_release_after_keep_frees(flow: Flow):
    """Whoever says that nothing runs any more is believed; a grant that has ended is never kept."""
    _, landed = stuck(flow)
    run = flow.shown(landed, LOCK)
    flow.world.press(REPO, run, "release", by="alice")
    flow.world.press(REPO, run, "keep", by="alice")
    flow.settle()
    assert live(flow) == NEXT


def test_a_click_on_the_run_of_a_grant_that_was_kept_does_not_release_it(flow: Flow):
    """Its run is not the newest of its name any more: it does nothing, and says so."""
    _, landed = stuck(flow)
    old = flow.shown(landed, LOCK)
    press(flow, landed, "keep", "alice")
    flow.world.press(REPO, old, "release", by="alice")
    flow.settle()
    assert live(flow) == KEPT


def test_who_lost_the_role_before_the_click_was_read_may_not(flow: Flow):
    _, landed = stuck(flow)
    late(flow, flow.shown(landed, LOCK), "keep", "alice")
    flow.world.set_role(REPO, "alice", "write")
    arrives(flow)
    assert live(flow) == STUCK
    assert "`@alice` pressed Keep, which needs *maintain*" in (
        flow.shown(landed, LOCK).summary or ""
    )


def test_where_the_role_cannot_be_asked_nothing_is_done_and_it_is_done_once_it_can(flow: Flow):
    _, landed = stuck(flow)
    fault = flow.world.faults.add("GET", "/permission$", "error", times=1000)
    press(flow, landed, "keep", "alice")
    assert fault.hits > 0
    assert live(flow) == STUCK
    flow.world.faults.clear()
    for _ in range(3):
        flow.passes(minutes=5)
    assert live(flow) == KEPT


def test_probed_again_twice_it_still_blocks_and_its_end_still_frees(flow: Flow):
    _, landed = stuck(flow)
    for _ in range(2):
        press(flow, landed, "probe", "bob")
    assert live(flow) == STUCK
    freed(flow, landed)
    flow.settle()
    assert live(flow) == NEXT


def test_probed_again_while_github_gives_no_answer_it_blocks_on(flow: Flow):
    _, landed = stuck(flow)
    flow.world.faults.add("GET", "check-", "error", times=1000)
    press(flow, landed, "probe", "bob")
    assert live(flow) == STUCK
    flow.world.faults.clear()
    flow.passes(minutes=6)
    assert live(flow) == STUCK


def test_kept_it_may_be_kept_again_each_time(flow: Flow):
    _, landed = stuck(flow)
    for _ in range(3):
        press(flow, landed, "keep", "alice")
        assert live(flow) == KEPT
        flow.passes(minutes=31)
        assert live(flow) == STUCK
    tokens = {r.tokens[GroupName("floor")] for r in flow.requests() if r.stage == "one"}
    assert len(tokens) == 1


def test_a_restart_between_the_click_and_its_effect_loses_neither(flow: Flow):
    _, landed = stuck(flow)
    flow.world.press(REPO, flow.shown(landed, LOCK), "keep", by="alice")
    flow.world.flush()
    flow.reboot()
    flow.settle()
    assert live(flow) == KEPT


def test_a_forced_grant_is_not_kept_by_a_click_that_was_under_way(flow: Flow):
    first, landed = stuck(flow)
    run = flow.shown(landed, LOCK)
    late(flow, run, "keep", "alice")
    flow.world.comment(REPO, first, "/unlock floor --force it hangs", by="alice")
    flow.sweep()
    arrives(flow)
    flow.sweep()
    assert live(flow) == NEXT
    say(flow, first, "/stagelock status")

"""Who frees something is told what goes on by it: `/resume`, `/unlock` (rule C53)."""

from __future__ import annotations

from tests.flows.harness import Flow
from tests.flows.holding import ONE, quiet
from tests.flows.pipelines import WEB, filled, pipeline
from tests.flows.words import link, replies, say


def held(flow: Flow, more: str = "") -> str:
    """`live` was put on hold, and newer freight waits for it."""
    first = flow.repo({"stagelock.yaml": pipeline(filled("live", more)), **WEB})
    say(flow, first, "/hold live the fair is on")
    return flow.push({"apps/web/a": "2"})


def last(flow: Flow, on: str) -> str:
    return replies(flow, on)[-1]


def test_resume_names_the_freight_that_is_promoted_now(flow: Flow):
    second = held(flow)

    say(flow, second, "/resume live")

    assert f"`live` now promotes [`web {second[:7]}`]" in last(flow, second)
    assert flow.state(second, "live") == "success"


def test_resume_where_something_else_is_missing_promises_nothing(flow: Flow):
    second = held(flow, "    auto: false\n")

    say(flow, second, "/resume live")

    assert "now promotes" not in last(flow, second)
    assert "Nothing is promoted by that alone; `/why live` shows what" in last(flow, second)


def test_resume_beside_a_promotion_under_way_names_that_one(flow: Flow):
    second = held(flow, "    verify: {checks: [e2e]}\n")

    say(flow, second, "/resume live")

    assert "`live` goes on with [`web " in last(flow, second)
    assert second[:7] not in last(flow, second)


def test_resume_of_a_stage_with_a_lock_says_that_its_turn_comes_first(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/hold one the fair is on")
    second = flow.push({"apps/web/a": "2"})

    say(flow, second, "/resume one")

    assert f"`one` now promotes {link(flow, second)} as soon as its lock is granted." in last(
        flow, second
    )


def test_unlock_names_the_stage_that_gets_it(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor looking around")
    second = flow.push({"apps/web/a": "2"})

    say(flow, first, "/unlock floor")

    assert f"`one` gets it now, for [`web {second[:7]}`]" in last(flow, first)


def test_unlock_by_force_names_it_too(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor looking around")
    second = flow.push({"apps/web/a": "2"})

    say(flow, first, "/unlock floor --force they are on the beach", by="alice")

    assert f"`one` gets it now, for [`web {second[:7]}`]" in last(flow, first)


def test_unlock_where_nobody_waits_says_so(flow: Flow):
    first = quiet(flow)
    say(flow, first, "/lock floor looking around")

    say(flow, first, "/unlock floor")

    assert "Nobody is waiting for it." in last(flow, first)


def test_unlock_where_the_next_one_needs_more_does_not_say_that_it_gets_it(flow: Flow):
    text = ONE["stagelock.yaml"].replace("lock: floor", "lock: [floor, spare]")
    first = flow.repo({**ONE, "stagelock.yaml": text})
    flow.finish(flow.landed("one", first), "one")
    say(flow, first, "/lock floor looking around")
    say(flow, first, "/lock spare looking around, too")
    flow.push({"apps/web/a": "2"})

    say(flow, first, "/unlock floor")

    assert "`one` is next, and waits for more than this" in last(flow, first)

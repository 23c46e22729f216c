"""A pull request that lost its grant: what is said of that, and of its merge afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flows.harness import REPO, Flow
from tests.flows.holding import people
from tests.flows.locking import live
from tests.flows.reviewed import LOCKED
from tests.flows.words import ours, say

UNVERIFIED = {
    **LOCKED,
    "stagelock.yaml": LOCKED["stagelock.yaml"].replace("    verify: {checks: [smoke]}\n", ""),
}


def where(flow: Flow) -> str:
    """The commit as which it landed."""
    return next(p.landed for p in flow.promotions() if p.stage == "prod" and p.landed)


def forced(flow: Flow, first: str) -> None:
    say(flow, first, "/lock door for 2h mine", by="alice")
    say(flow, first, "/unlock door --force making room", by="alice")


def forced_away_twice(flow: Flow, first: str) -> None:
    say(flow, first, "/unlock door --force making room", by="alice")
    forced(flow, first)


def not_merged_in_time(flow: Flow, first: str) -> None:
    say(flow, first, "/lock door for 2h mine", by="alice")
    flow.passes(minutes=16)


def closed_by_a_gate(flow: Flow, first: str) -> None:
    say(flow, first, "/lock door for 2h mine", by="alice")
    say(flow, first, "/hold prod wait", by="alice")
    say(flow, first, "/resume prod", by="alice")


def named_no_more_for_a_while(flow: Flow, first: str) -> None:
    """Forced away, and the request that took its place ended with the edit."""
    forced(flow, first)
    file = LOCKED["stagelock.yaml"]
    flow.push({"stagelock.yaml": file.replace("    lock: door\n", "")})
    flow.push({"stagelock.yaml": file})


LOSSES = [
    forced,
    forced_away_twice,
    not_merged_in_time,
    closed_by_a_gate,
    named_no_more_for_a_while,
]


@pytest.mark.parametrize("lose", LOSSES)
def test_merged_after_it_lost_its_grant_it_landed_out_of_turn(
    flow: Flow, lose: Callable[[Flow, str], None]
):
    """rule P27: what it had before it landed is over; others wait for its verification."""
    first = flow.repo(LOCKED)
    pull = ours(flow)
    assert flow.state(pull.head_sha, "plan") == "success"
    lose(flow, first)
    assert live(flow) == [("prod", "queued")]
    assert people(flow) == [("@alice", "held")]
    assert flow.state(pull.head_sha, "plan") == "queued"

    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()

    [out] = [r for r in flow.requests() if r.out_of_turn]
    assert live(flow) == [("prod", "held")]
    assert flow.title(first, "lock / door").startswith("held for prod out of turn since ")
    assert "**out of turn**" in flow.summary(first, "prod")
    say(flow, first, "/unlock door", by="alice")
    say(flow, first, "/lock door next", by="bob")
    assert people(flow) == [("@bob", "queued")]

    flow.finish(where(flow), "smoke")
    assert flow.state(first, "prod") == "success"
    assert out.id in [r.id for r in flow.requests() if r.state == "released"]
    assert people(flow) == [("@bob", "held")]


def test_a_grant_that_is_forced_away_while_its_verification_runs_stays_away(flow: Flow):
    """Invariant 1: whoever forced it answers for what runs there; so of what is out of turn."""
    first = flow.repo(LOCKED)
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    flow.world.start_check(REPO, where(flow), "smoke")
    flow.settle()
    say(flow, first, "/unlock door --force it hangs", by="alice")
    flow.passes(minutes=2)
    assert live(flow) == []


def test_what_landed_out_of_turn_can_be_forced_away_too(flow: Flow):
    first = flow.repo(LOCKED)
    pull = ours(flow)
    forced(flow, first)
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    say(flow, first, "/unlock door", by="alice")
    say(flow, first, "/unlock door --force it hangs", by="alice")
    flow.passes(minutes=2)
    assert live(flow) == []
    assert flow.title(first, "lock / door") == "forced by @alice: it hangs"


def test_a_check_that_runs_again_after_a_merge_out_of_turn_is_a_visitor(flow: Flow):
    """rule L11, also where its grant had been forced away before it landed."""
    first = flow.repo(LOCKED)
    pull = ours(flow)
    forced(flow, first)
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()
    landed = where(flow)
    flow.finish(landed, "smoke")
    say(flow, first, "/unlock door", by="alice")
    assert live(flow) == []

    flow.world.start_check(REPO, landed, "smoke")
    flow.settle()
    assert live(flow) == [("prod", "held")]


def test_the_run_of_a_grant_that_was_forced_away_says_by_whom_and_is_never_suspect(flow: Flow):
    """rule R23: `cancelled`, "forced by @x: reason"; of an open pull request, too."""
    first = flow.repo(LOCKED)
    seen: set[str] = set()

    def watch() -> None:
        seen.add(flow.title(first, "lock / door"))

    with flow.after_each_write(watch):
        say(flow, first, "/unlock door --force making room", by="alice")
        flow.passes(minutes=2)

    runs = [r for r in flow.world.checks(REPO, first) if r.name == "stagelock / lock / door"]
    said = [(run.conclusion or run.status, run.title) for run in sorted(runs, key=lambda r: r.id)]
    assert said[0] == ("cancelled", "forced by @alice: making room")
    assert [state for state, _ in said] == ["cancelled", "in_progress"]
    assert not any("suspect" in title for title in seen)


def test_out_of_turn_where_nothing_verifies_takes_nothing_and_its_run_says_so(flow: Flow):
    """rule P27: every run concerned says so; it has ended as it landed."""
    first = flow.repo(UNVERIFIED)
    pull = ours(flow)
    forced(flow, first)
    flow.world.merge(REPO, pull.number, by="bob")
    flow.settle()

    assert live(flow) == []
    assert flow.state(first, "prod") == "success"
    assert "out of turn: it was merged without its grant" in flow.summary(first, "prod")
    assert flow.state(first, "lock / door") == "cancelled"
    assert flow.title(first, "lock / door") == "cancelled: merged out of turn, without the lock"
    assert "`prod` landed out of turn" in flow.summary(first, "lock / door")
    flow.passes(minutes=2)
    assert "out of turn: it was merged without its grant" in flow.summary(first, "prod")


def test_merged_under_its_grant_nothing_says_out_of_turn(flow: Flow):
    first = flow.repo(UNVERIFIED)
    flow.world.merge(REPO, ours(flow).number, by="bob")
    flow.settle()
    assert flow.state(first, "prod") == "success"
    assert "out of turn" not in flow.summary(first, "prod")

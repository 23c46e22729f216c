"""Pushes in doubt: pushed again only by leave of every gate, given up, and landing late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.gates.clearance import Cleared, Stopped, clear
from app.core.model.names import StageName
from app.core.model.service_claims import ServiceClaim
from app.core.model.verdicts import Reason
from app.core.planning.actions import PushAgain
from app.core.planning.doubtful_pushes import PUSH_ENDS
from app.core.state.ledger import Ledger
from app.gitplumbing.remote import PUSH_SECONDS
from tests.core.doubting import doubtful


def again(world):
    return [a for a in world.done if isinstance(a, PushAgain)]


def test_what_never_arrived_is_pushed_again_as_it_is():
    world = doubtful()
    world.settle()
    assert len(again(world)) == 1
    assert world.last("e2e").landed == world.commit


def closed_by_a_hold(world):
    world.hold("e2e")


def closed_by_a_failure(world):
    world.check(world.before, "unit", "failure")


CLOSED = pytest.mark.parametrize("close", [closed_by_a_hold, closed_by_a_failure])


@CLOSED
def test_a_gate_that_closed_stops_the_repeated_push_and_the_grant_stays_for_60_s(close):
    world = doubtful()
    close(world)
    plan = world.settle()
    assert plan.wake_at == world.now + timedelta(seconds=60)
    assert world.live() == {"e2e": "held"}
    world.wait(seconds=59)
    assert world.live() == {"e2e": "held"}
    world.wait(seconds=1)
    assert world.live() == {}
    assert again(world) == []
    assert world.git.heads["main"] == world.before


@CLOSED
def test_what_lands_after_that_landed_out_of_turn_and_takes_its_permits(close):
    world = doubtful()
    close(world)
    world.wait(seconds=60)
    assert world.live() == {}
    world.reset("main", world.commit)
    world.settle()
    assert world.last("e2e").landed == world.commit
    out = world.request("e2e")
    assert out.out_of_turn
    assert world.live()["e2e"] in ("held", "suspect")
    world.check(world.commit, "e2e")
    world.settle()
    assert world.live() == {}


def test_what_lands_late_after_the_end_says_so():
    world = doubtful()
    closed_by_a_failure(world)
    world.wait(seconds=60)
    assert world.states("e2e") == ["cancelled upstream-revoked"]
    world.reset("main", world.commit)
    world.settle()
    assert "landed out of turn" in world.of("e2e")[0].detail


def test_the_tip_is_asked_once_more_after_the_60_s():
    """What was fetched before they were over says nothing of the push's last moment."""
    world = doubtful()
    world.hold("e2e")
    world.now += timedelta(seconds=61)
    world.asked_at = world.now - timedelta(seconds=2)
    assert world.settle().wake_at == world.now + timedelta(seconds=1)
    assert world.live() == {"e2e": "held"}
    world.asked_at = None
    world.settle()
    assert world.live() == {}


def test_an_end_by_errors_gives_nothing_back_while_the_last_push_may_land():
    world = doubtful()
    row = world.last("e2e")
    world.rows[row.id] = replace(row, errors_since=world.now - timedelta(hours=1))
    world.settle()
    assert world.states("e2e") == ["failed errored"]
    assert world.live() == {"e2e": "held"}
    world.wait(seconds=60)
    assert world.live() == {}


def test_after_5_minutes_no_further_attempt_begins_and_the_last_one_is_waited_for():
    world = doubtful()
    row, request = world.last("e2e"), world.request("e2e")
    world.requests[request.id] = replace(request, granted_at=world.now - timedelta(minutes=5))
    world.settle()
    assert again(world) == []
    assert world.request("e2e").granted_at == world.now - timedelta(minutes=5)
    world.wait(seconds=60)
    assert "Requeue" in world.kinds()
    assert world.last("e2e").id == row.id


def test_a_tip_that_moved_refuses_the_push_so_nothing_is_waited_for():
    world = doubtful()
    world.push({"README.md": "more"})
    world.settle()
    assert again(world) == []
    landed = world.last("e2e").landed
    assert landed is not None
    assert landed != world.commit


def test_reachable_is_landed_whatever_lies_on_top():
    world = doubtful(lost=False)
    world.push({"README.md": "on top"})
    world.hold("e2e")
    world.settle()
    assert world.last("e2e").landed == world.commit
    assert again(world) == []


def test_a_push_is_killed_when_we_count_it_as_over():
    assert timedelta(seconds=PUSH_SECONDS) == PUSH_ENDS


class TestLeave:
    def given(self):
        world = doubtful()
        snapshot, _ = world.look()
        ledger = Ledger(snapshot, snapshot.config.pipeline)
        return ledger, ledger.views[StageName("e2e")], world.last("e2e")

    def test_it_is_given_for_the_instant_at_which_the_gates_were_asked(self):
        ledger, view, row = self.given()
        leave = clear(ledger, view, row)
        assert isinstance(leave, Cleared)
        assert (leave.promotion, leave.at) == (row, ledger.snapshot.now)

    def test_nobody_else_makes_one(self):
        ledger, view, row = self.given()
        with pytest.raises(TypeError, match="gates alone"):
            Cleared(row, ledger.snapshot.now, object())
        given = clear(ledger, view, row)
        assert isinstance(given, Cleared)
        with pytest.raises(TypeError, match="gates alone"):
            replace(given, promotion=row, seal=object())

    def test_without_the_grant_there_is_none(self):
        ledger, view, row = self.given()
        stopped = clear(ledger, view._replace(request=None), row)
        assert isinstance(stopped, Stopped)
        assert stopped.reason == Reason.LOCKING

    def test_no_write_under_a_grant_that_its_service_does_not_vouch_for(self):
        """rule L41: what an external lock service took away is not in hand."""
        ledger, view, row = self.given()
        mine = view.request
        lost = ServiceClaim(
            1, 1, mine.id, mine.requested_at, "mutex", "e2e", "us", "t", "lost", None
        )
        for claim, leave in ((replace(lost, state="held"), Cleared), (lost, Stopped)):
            records = replace(ledger.snapshot.records, claims=(claim,))
            found = Ledger(replace(ledger.snapshot, records=records), ledger.pipeline)
            assert isinstance(clear(found, view, row), leave)

    def test_over_newer_freight_there_is_none(self):
        ledger, view, row = self.given()
        tip = row.freight._replace(sha=ledger.snapshot.lines["web"].tip)
        newer = view._replace(current=replace(row, freight=tip))
        stopped = clear(ledger, newer, row)
        assert isinstance(stopped, Stopped)
        assert stopped.reason == Reason.SUPERSEDED

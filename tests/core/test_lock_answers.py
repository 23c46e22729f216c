"""What the lock requests of a tick come to, whole: actions, wakes, and what the stage's verdict says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.gates.entry import entry_gates
from app.core.model.lock_reasons import LockReason
from app.core.model.names import Sha, StageName
from app.core.model.questions import PullQuestion
from app.core.model.records import Intent
from app.core.model.verdicts import Reason
from app.core.planning.actions import EndRequest, Grant, RequestLock, Suspect
from app.core.planning.lock_holding import max_hold
from app.core.planning.lock_queue import queued
from app.core.planning.locking import release_unused, settle_requests
from app.core.state.ledger import Ledger
from tests.core.locking import TWO, two
from tests.core.world import START

MINUTES = timedelta(minutes=1)


def ledger_of(world, **facts):
    snapshot, _ = world.look()
    return Ledger(replace(snapshot, **facts), snapshot.config.pipeline)


def settled(world):
    return settle_requests(ledger_of(world))


def changed(world, stage="web", **changes):
    """The stage's newest promotion, *changed*."""
    row = replace(world.last(stage), **changes)
    world.rows[row.id] = row
    return row


def requested(world, stage="web", **changes):
    request = replace(world.request(stage), **changes)
    world.requests[request.id] = request
    return request


class TestVerdict:
    def test_who_waits_is_told_its_place_for_what_and_behind_whom(self):
        world = two(api="one, at-most-every: 1m")
        sha = world.last("api").freight.sha
        found = world.verdict("api", sha)
        ledger = ledger_of(world)
        gates = entry_gates(ledger, ledger.views["api"], found.freight)
        assert (found.reason, found.names, found.gates) == (Reason.LOCK_QUEUED, ("one",), gates)
        assert [gate.gate for gate in gates] == ["at-most-every"]
        assert (found.request, found.position) == (world.request("api"), (1, 1))
        assert found.holders == (world.request("web"),)

    def test_it_is_told_from_the_tick_on_in_which_it_asks(self):
        world = two()
        world.rows.pop(world.last("api").id)
        world.requests.pop(world.request("api").id)
        told = {}
        for _ in range(3):
            for action in (found := world.step()).actions:
                told[type(action)] = [v.names for v in found.verdicts if v.stage == "api"]
        assert told[RequestLock] == [("one",)]

    def test_it_is_told_in_the_tick_in_which_it_is_granted(self):
        world = two()
        requested(world, "web", state="released")
        changed(world, "web", state="cancelled", ended_at=world.now)
        _, found = world.look()
        assert any(isinstance(action, Grant) for action in found.actions)
        assert [v.names for v in found.verdicts if v.stage == "api"] == [("one",)]

    def test_who_waits_for_the_stage_s_own_earlier_grant_is_told_for_what(self):
        world = two("many", "many")
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=30)
        newer = world.push({"apps/web/x": "2"})
        world.settle()
        found = world.verdict("web", newer)
        assert (found.phase, found.names) == ("locking", ("many",))
        assert (found.reason, found.request) == (Reason.LOCK_QUEUED, world.request("web"))

    def told(self, world, request, **verdict):
        ledger = ledger_of(world)
        sha = world.last("api").freight.sha
        return queued(ledger, world.verdict("api", sha)._replace(**verdict), request)

    def test_a_place_that_is_not_taken_any_more_is_none(self):
        world = two()
        assert self.told(world, replace(world.request("api"), id=99)).position is None

    def test_a_group_that_is_gone_counts_as_one_permit(self):
        world = two()
        requested(world, "web", groups=("gone",), state="suspect")
        request = requested(world, "api", groups=("gone",))
        snapshot, _ = world.look()
        ledger = Ledger(replace(snapshot, records=world.records), snapshot.config.pipeline)
        verdict = world.verdict("api", world.last("api").freight.sha)
        found = queued(ledger, verdict._replace(reason=Reason.LOCK_QUEUED), request)
        assert (found.reason, found.names) == (Reason.LOCK_SUSPECT, ("gone",))

    @pytest.mark.parametrize(
        ("state", "whose", "reason", "said"),
        [
            ("suspect", "earlier", Reason.LOCK_QUEUED, Reason.LOCK_SUSPECT),
            ("suspect", "earlier", Reason.LOCKING, Reason.LOCK_SUSPECT),
            ("suspect", "earlier", Reason.VERIFYING, Reason.VERIFYING),
            ("suspect", "own", Reason.LOCK_QUEUED, Reason.LOCK_QUEUED),
            ("suspect", "nobody", Reason.LOCK_QUEUED, Reason.LOCK_QUEUED),
            ("held", "earlier", Reason.LOCK_QUEUED, Reason.LOCK_QUEUED),
        ],
    )
    def test_only_who_waits_for_an_earlier_lost_grant_is_told_so(self, state, whose, reason, said):
        world = two("many", "many")
        row = world.last("api")
        request = replace(world.request("api"), state=state)
        if whose == "earlier":
            request = replace(request, promotion="another")
        promotion = None if whose == "nobody" else row
        found = self.told(world, request, reason=reason, promotion=promotion, names=("x",))
        assert found.reason == said
        assert found.names == (("many",) if said == Reason.LOCK_SUSPECT else ("x",))
        assert found.request == request


@pytest.mark.parametrize(("state", "end"), [("queued", "cancelled"), ("held", "released")])
def test_who_steps_back_leaves_the_queue_or_gives_its_grant_back(state, end):
    world = two("many", "many")
    request = requested(world, state=state)
    view = ledger_of(world, records=world.records).views["web"]
    actions = release_unused(view, world.last("web"), LockReason.GATE_CLOSED)
    assert actions == (EndRequest(request.id, end, LockReason.GATE_CLOSED),)


class TestRemovedStage:
    """Its push was never answered, and its branch is not looked at any more."""

    def world(self, **changes):
        world = two("many", "many")
        row = world.last("web")
        text = TWO % ("many", "", "many")
        line = next(line for line in text.splitlines() if line.startswith("  web: {freight"))
        world.configure(text.replace(line + "\n", ""))
        intent = Intent("main", world.git.nodes[row.landed].parents[0], Sha("f" * 40), START)
        world.now += 10 * MINUTES
        ended = {"state": "cancelled", "reason": Reason.WITHDRAWN, "ended_at": world.now}
        gone = {"landed": None, "landed_at": None, "intent": intent, "updated_at": START}
        changed(world, **{**ended, **gone, **changes})
        self.suspect = Suspect(world.request("web").id, LockReason.MAY_STILL_RUN)
        return world

    def test_its_job_may_begin_until_it_would_have_timed_out(self):
        world = self.world()
        assert settled(world).actions == (self.suspect,)
        world.now += 30 * MINUTES - timedelta(microseconds=1)
        assert settled(world).actions == (self.suspect,)
        world.now += timedelta(microseconds=1)
        end = EndRequest(self.suspect.request, "released", LockReason.ENDED)
        assert settled(world).actions == (end,)

    def test_where_nobody_knows_what_it_ran_under_its_job_may_run_for_ever(self):
        world = self.world(config="e" * 40)
        world.now += 60 * MINUTES
        assert settled(world).actions == (self.suspect,)


class TestSuspect:
    @pytest.mark.parametrize("state", ["waiting", "locking"])
    def test_of_what_has_written_nothing_goes_back(self, state):
        world = two("many", "many")
        changed(world, state=state, landed=None, landed_at=None, intent=None)
        request = requested(world, state="suspect", reason=LockReason.UNPROBED)
        ledger = ledger_of(world, records=world.records)
        end = EndRequest(request.id, "released", LockReason.UNWRITTEN)
        assert end in settle_requests(ledger).actions

    def reviewed(self):
        world = two("many", "many", ", via: pull-request, merge-within: 10m")
        return world, requested(world, state="suspect", reason=LockReason.UNPROBED)

    def test_of_a_pull_request_that_is_open_goes_back(self):
        world, request = self.reviewed()
        assert world.last("web").pull is not None
        end = EndRequest(request.id, "released", LockReason.UNWRITTEN)
        assert end in settled(world).actions

    def test_of_one_that_nobody_has_looked_at_stays_and_it_is_asked_for(self):
        world, _ = self.reviewed()
        ledger = ledger_of(world, pulls={})
        assert settle_requests(ledger).actions == ()
        assert PullQuestion(StageName("web"), world.last("web").pull) in ledger.questions

    def test_of_a_pull_request_that_is_not_opened_yet_stays(self):
        world, _ = self.reviewed()
        snapshot, _ = world.look()
        changed(world, pull=None)
        ledger = Ledger(replace(snapshot, records=world.records), snapshot.config.pipeline)
        assert settle_requests(ledger).actions == ()
        assert not any(isinstance(q, PullQuestion) for q in ledger.questions)

    def test_that_was_held_too_long_is_not_revived_by_an_edit_of_max_hold(self):
        world = two()
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=20)
        assert world.live()["web"] == "suspect"
        world.configure((TWO % ("one", "", "one")).replace("max-hold: 20m", "max-hold: 2h"))
        world.settle()
        assert world.live()["web"] == "suspect"


class TestWakes:
    def test_a_grant_is_looked_at_when_it_is_held_too_long(self):
        assert settled(two()).wakes == (START + 20 * MINUTES,)

    def test_a_suspect_one_is_not(self):
        world = two()
        requested(world, state="suspect", reason=LockReason.HELD_TOO_LONG)
        assert settled(world).wakes == ()

    def test_that_of_an_ended_promotion_is_looked_at_when_what_it_cancelled_is_over(self):
        world = two("many", "many")
        world.check(world.last("web").landed, "web", None)
        world.wait(minutes=30)
        assert world.states("web") == ["failed check-unfinished"]
        assert set(settled(world).wakes) == {
            START + timedelta(hours=2),
            START + 30 * MINUTES,
            START + 35 * MINUTES,
        }

    def test_all_that_ends_in_a_tick_ends_in_it(self):
        world = two("many", "many")
        for stage in ("web", "api"):
            changed(world, stage, state="verified", ended_at=world.now)
            world.check(world.last(stage).landed, stage)
        assert {action.request for action in settled(world).actions} == set(world.requests)


def test_groups_that_are_gone_are_held_for_two_hours_at_most():
    world = two()
    gone = replace(world.request("web"), groups=("gone",))
    assert max_hold(ledger_of(world), gone) == timedelta(hours=2)


def test_what_can_never_be_granted_names_its_groups():
    world = two()
    locks = {name: replace(group, permits=0) for name, group in world.pipeline.locks.items()}
    world.pipeline = replace(world.pipeline, locks=locks)
    world.settle()
    assert world.last("api").detail == "no permit of one will ever be free"

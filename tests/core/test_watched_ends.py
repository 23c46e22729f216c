"""After the end: whose checks are watched, what a change of them stores, which orders are spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.hand_edits import HandEdit
from app.core.model.names import StageName
from app.core.model.past_questions import PastQuestion
from app.core.model.questions import PlaceQuestion, Unanswered
from app.core.model.verdicts import Reason
from app.core.planning.actions import Record, SpendOrders
from app.core.planning.revocation import retry, stale_orders, watch, watched
from app.core.state.ledger import Ledger
from tests.core.checking import begun, say
from tests.core.world import a_pipeline

DAYS = timedelta(days=14)
MOMENT = timedelta(microseconds=1)


def looked(world, stage="dev", **records):
    """(ledger, the stage's view) of the world's records, some of them as *records* say."""
    snapshot, _ = world.look()
    snapshot = replace(snapshot, records=replace(world.records, **records))
    ledger = Ledger(snapshot, snapshot.config.pipeline)
    view = ledger.views[stage]
    ledger.questions.clear()
    return ledger, view


def failed(**changes):
    """A world in which dev failed by its check, and that row."""
    world = begun()
    say(world, "failure")
    row = replace(world.last("dev"), **changes)
    return world, row


class TestWatched:
    def seen(self, world, row):
        ledger, view = looked(world, promotions=(row,))
        return watched(ledger, view) == (row,)

    def test_what_failed_by_its_checks_is_watched_for_fourteen_days(self):
        world, row = failed()
        world.now = row.ended_at + DAYS - MOMENT
        assert self.seen(world, row)
        world.now += MOMENT
        assert not self.seen(world, row)

    def test_they_count_from_its_end_and_not_from_what_was_stored_later(self):
        world, row = failed()
        world.now = row.ended_at + DAYS
        assert not self.seen(world, replace(row, updated_at=world.now))

    @pytest.mark.parametrize(
        "changes", [{"reason": Reason.RULE_REFUSED}, {"state": "verifying", "ended_at": None}]
    )
    def test_what_its_checks_did_not_end_is_not_watched(self, changes):
        world, row = failed(**changes)
        assert not self.seen(world, row)

    def test_what_was_verified_is_watched_only_while_a_stage_below_wants_it(self):
        world = begun()
        say(world, "success")
        ledger, view = looked(world)
        assert watched(ledger, view) == (world.last("dev"),)
        world.wait(hours=1)
        ledger, view = looked(world)
        assert watched(ledger, view) == ()

    def test_where_no_stage_is_below_nothing_that_was_verified_is_watched(self):
        world = a_pipeline("""
version: 1
warehouses: {web: {paths: [apps/web/]}}
stages: {dev: {path: stages/dev, verify: {checks: [test]}}}
""")
        world.push({"apps/web/x": "1"})
        world.settle()
        say(world, "success")
        ledger, view = looked(world)
        assert (world.states("dev"), watched(ledger, view)) == (["verified verified"], ())


class TestLeftOut:
    """Where a look begins with the newest promotions, what is watched may be older."""

    def asked(self, world):
        ledger, view = looked(world, cut={"dev": 0})
        watched(ledger, view)
        return ledger.questions

    def test_what_ended_in_the_last_fourteen_days_is_asked_for(self):
        world = begun()
        say(world, "success")
        assert self.asked(world) == {PastQuestion(StageName("dev"), since=world.now - DAYS)}

    def test_nothing_is_asked_where_every_stage_below_has_taken_the_oldest_that_is_known(self):
        world = begun()
        say(world, "success")
        world.wait(hours=1)
        assert self.asked(world) == set()


def test_what_is_revoked_says_by_which_check_and_a_pass_takes_it_back():
    world = begun()
    say(world, "success")
    say(world, "failure")
    row = world.last("dev")
    assert (row.state, [one.name for one in row.about], row.revoked_at) == (
        "failed",
        ["test"],
        world.now,
    )
    say(world, "success")
    row = world.last("dev")
    assert (row.state, row.verified_at, row.revoked_at) == ("verified", world.now, None)


def test_while_nobody_knows_what_is_in_its_place_an_end_stays():
    """rule Z8: evidence stays what it was last known to be."""
    world, row = failed()
    world.check(row.landed, "test", "success")
    ledger, view = looked(world)
    assert watch(ledger, view) is not None
    none = Unanswered("cannot", "GitHub cannot be asked", world.now, world.now + MOMENT)
    unanswered = {PlaceQuestion(StageName("dev"), row.id): none}
    ledger = Ledger(replace(ledger.snapshot, unanswered=unanswered), ledger.pipeline)
    assert watch(ledger, ledger.views[StageName("dev")]) is None


class TestRetry:
    def test_the_new_attempt_is_of_the_same_commit_and_knows_all_of_it(self):
        edit = HandEdit("stages/dev/y", ("eve",), "kept")
        world, row = failed(edits=(edit,), in_sync=True)
        world.say("promote", "dev", "f" * 40)
        world.say("retry", "dev", "f" * 40)
        world.say("retry", "dev", row.freight.sha)
        ledger, view = looked(world, promotions=(row,))
        found = retry(ledger, view)
        assert found is not None
        [action] = found.actions
        assert isinstance(action, Record)
        [again] = action.promotions
        assert (again.state, again.attempt) == ("locking", row.attempt + 1)
        for name in ("landed", "landed_at", "written", "pure", "edits", "in_sync", "freight"):
            assert getattr(again, name) == getattr(row, name), name
        assert action.spend == (world.orders[-1].id,)

    def test_an_attempt_that_is_left_out_is_asked_for(self):
        world, row = failed()
        world.say("retry", "dev", row.freight.sha)
        ledger, view = looked(world, promotions=(), cut={"dev": 9})
        assert retry(ledger, view) is None
        assert ledger.questions == {PastQuestion(StageName("dev"), freight=row.freight)}

    def test_an_order_that_names_no_freight_is_for_none_of_the_past(self):
        world, row = failed()
        world.say("promote", "dev")
        ledger, view = looked(world, promotions=(row,), cut={"dev": 9})
        assert retry(ledger, view) is None
        assert ledger.questions == set()


class TestSpent:
    """Which orders can no longer take effect."""

    def spent(self, world, *rows):
        ledger, view = looked(world, promotions=rows, orders=tuple(world.orders))
        return stale_orders(ledger, view) == SpendOrders((world.orders[-1].id,))

    @pytest.mark.parametrize(
        ("verb", "changes", "spent"),
        [
            ("retry", None, True),
            ("retry", {}, False),
            ("retry", {"state": "cancelled", "reason": Reason.WITHDRAWN}, False),
            ("retry", {"state": "superseded"}, True),
            ("retry", {"state": "verified"}, True),
            ("retry", {"state": "verifying", "ended_at": None}, True),
            ("retry", {"state": "verifying", "ended_at": None, "in_sync": True}, False),
            ("promote", None, False),
            ("promote", {}, True),
            ("promote", {"state": "cancelled"}, False),
            ("promote", {"state": "verified"}, True),
            ("promote", {"state": "verifying", "ended_at": None}, False),
        ],
    )
    def test_it_goes_by_what_became_of_the_freight(self, verb, changes, spent):
        world, row = failed()
        world.say(verb, "dev", row.freight.sha)
        rows = () if changes is None else (replace(row, **changes),)
        assert self.spent(world, *rows) is spent

    def test_an_order_for_whatever_is_newest_is_not(self):
        world, row = failed()
        world.say("promote", "dev")
        assert not self.spent(world, row)

    def test_one_for_withdrawn_freight_is(self):
        world, row = failed()
        world.say("promote", "dev", "f" * 40)
        assert self.spent(world, row)

    def test_one_for_older_freight_than_is_there_is(self):
        world, row = failed()
        world.push({"apps/web/x": "2"})
        world.settle()
        world.say("retry", "dev", row.freight.sha)
        assert self.spent(world, row, world.last("dev"))

    def test_one_that_puts_back_what_was_edited_by_hand_is_not(self):
        world = begun(", on-drift: block")
        say(world, "success")
        row = world.last("dev")
        world.push({"stages/dev/x": "by hand"})
        world.settle()
        world.command("promote", "dev", row.freight.sha)
        assert world.orders[-1].over
        assert not self.spent(world, row)

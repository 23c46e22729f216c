"""A repository's history keeps its promises on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.comments import CommandRecord
from app.core.model.names import StageName
from app.core.model.people import Block
from app.core.model.records import Freight, Hold, Order, Records
from app.errors import Conflict
from tests.contracts.facts import AT, LEASE, claimed, freight, promotion, sha
from tests.contracts.histories import COMMAND, LATER, ORDER, RUN, claim

__all__ = ["claim"]


def test_an_unknown_repository_has_no_records(store):
    assert store.history.load(7) == Records()


def test_freights_come_by_warehouse_newest_minted_last(store, claim):
    minted = [
        Freight(freight(2, "web"), AT),
        Freight(freight(1, "api"), AT),
        Freight(freight(1, "web"), AT),
    ]
    for each in minted:
        store.history.mint(claim, 7, each)
    store.history.mint(claim, 8, Freight(freight(9), AT))

    assert store.history.load(7).freights == (minted[1], minted[0], minted[2])


def test_the_freights_minted_last_are_loaded_and_others_found_by_their_names(store, claim):
    for number in range(1, 31):
        store.history.mint(claim, 7, Freight(freight(number), AT))
    rare = Freight(freight(0x1234567 << 132), AT)
    store.history.mint(claim, 8, rare)

    records = store.history.load(7)

    assert [one.id for one in records.freights] == [freight(n) for n in range(11, 31)]
    assert records.freights_cut
    assert [one.id for one in store.history.named(7, "web", sha(1))] == [freight(1)]
    assert len(store.history.named(7, "web", "0")) == 30
    assert store.history.named(7, "api", sha(1)) == store.history.named(7, "web", "1234567") == ()
    assert store.history.named(8, "web", "1234567") == (rare,)


def test_a_freight_minted_twice_is_one_freight(store, claim):
    """A crash between minting and telling mints again."""
    store.history.mint(claim, 7, Freight(freight(), AT))
    store.history.mint(claim, 7, Freight(freight(), LATER))

    assert store.history.load(7).freights == (Freight(freight(), AT),)


def test_orders_get_their_ids_here_and_one_key_is_stored_once(store, claim):
    for key in ("issue-5:1", "issue-5:2", "issue-5:1"):
        store.history.add_order(claim, 7, ORDER, key)
    store.history.add_order(
        claim, 7, replace(ORDER, freight=freight(), stage=StageName("e2e")), "issue-6:1"
    )

    orders = store.history.load(7).orders

    assert [order.stage for order in orders] == ["dev", "dev", "e2e"]
    assert sorted({order.id for order in orders}) == [order.id for order in orders]
    assert orders[2].freight == freight()


def test_an_order_is_found_by_what_asked_for_it_done_or_not(store, claim):
    store.history.add_order(claim, 7, ORDER, "issue-5:1")
    first = store.history.order(7, "issue-5:1")
    assert replace(first, id=ORDER.id) == ORDER
    store.history.spend_orders(claim, 7, [first.id], LATER)

    assert store.history.order(7, "issue-5:1").done_at == LATER
    assert store.history.order(7, "issue-5:2") is None
    assert store.history.order(8, "issue-5:1") is None


def test_spent_orders_are_gone(store, claim):
    store.history.add_order(claim, 7, ORDER, "a")
    store.history.add_order(claim, 7, ORDER, "b")
    first, second = store.history.load(7).orders

    store.history.spend_orders(claim, 7, [first.id], LATER)
    store.history.spend_orders(claim, 7, [], LATER)
    store.history.spend_orders(claim, 8, [second.id], LATER)

    assert store.history.load(7).orders == (second,)


def test_the_configuration_in_force_is_remembered(store, claim):
    for number in (1, 2):
        store.history.set_in_force(claim, 7, sha(number), b"%d\0\xff" % number)

    assert store.history.load(7).in_force == sha(2)
    assert store.history.load(8).in_force is None


def test_the_text_of_each_configuration_that_was_in_force_is_kept(store, claim):
    """A machine with a fresh mirror may not have the commit any more."""
    for number in (1, 2, 1):
        store.history.set_in_force(claim, 7, sha(number), b"%d\0\xff" % number)

    assert store.history.config_text(7, sha(1)) == b"1\0\xff"
    assert store.history.config_text(7, sha(2)) == b"2\0\xff"
    assert store.history.config_text(7, sha(3)) is None
    assert store.history.config_text(8, sha(1)) is None


def test_commands_are_stored_once_and_come_in_the_order_in_which_they_take_effect(store):
    late = replace(COMMAND, key="issue-9", order=9)
    click = CommandRecord("click-a", 7, "click", "", "bob", AT, sha=sha(1), verb="retry", run_id=3)

    assert [store.history.add_command(7, one) for one in (late, COMMAND, click)] == [True] * 3
    assert store.history.add_command(7, replace(COMMAND, body="/hold dev")) is False

    assert list(store.history.open_commands(7)) == [COMMAND, click, late]
    assert list(store.history.open_commands(8)) == []


def test_an_answered_command_is_no_longer_open_and_stays_known(store, claim):
    store.history.add_command(7, COMMAND)
    store.history.save_command(claim, 7, replace(COMMAND, eyes=True, outcome="done"))
    assert store.history.open_commands(7)[0].outcome == "done"

    store.history.save_command(claim, 7, replace(COMMAND, outcome="done", answered_at=LATER))

    assert list(store.history.open_commands(7)) == []
    assert store.history.add_command(7, COMMAND) is False


def test_an_audit_entry_is_stored_once(store, claim):
    store.history.audit(None, 7, "e1", AT, {"what": "hold"})
    store.history.audit(claim, 7, "e1", LATER, {"what": "other"})

    with store.database.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT event, entry FROM audit").all()
    assert [tuple(row) for row in rows] == [("e1", '{"what": "hold"}')]


WRITES = {
    "mint": lambda h, claim: h.mint(claim, 7, Freight(freight(), AT)),
    "save_promotions": lambda h, claim: h.save_promotions(claim, 7, [promotion("p")]),
    "add_order": lambda h, claim: h.add_order(claim, 7, ORDER, "k"),
    "spend_orders": lambda h, claim: h.spend_orders(claim, 7, [1], AT),
    "set_block": lambda h, claim: h.set_block(claim, 7, Block(freight(), "no", "ada", AT), COMMAND),
    "end_block": lambda h, claim: h.end_block(claim, 7, freight(), COMMAND),
    "set_hold": lambda h, claim: h.set_hold(
        claim, 7, Hold(StageName("prod"), "no", "ada", AT), COMMAND
    ),
    "end_hold": lambda h, claim: h.end_hold(claim, 7, "prod", COMMAND),
    "save_run": lambda h, claim: h.save_run(claim, 7, RUN),
    "set_in_force": lambda h, claim: h.set_in_force(claim, 7, sha(1), b""),
    "save_command": lambda h, claim: h.save_command(claim, 7, COMMAND),
    "audit": lambda h, claim: h.audit(claim, 7, "e", AT, {}),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_outdated_claim_writes_nothing(store, claim, write):
    """A worker that was stopped for a minute must not overwrite what its heir decided."""
    store.work.finish(claim, timedelta())
    heir = store.work.claim("worker", LEASE)

    with pytest.raises(Conflict):
        write(store.history, claim)

    assert store.history.load(7) == Records()
    write(store.history, heir)


def test_a_lapsed_claim_that_nobody_took_still_writes(store):
    claim = claimed(store, lease=timedelta())

    store.history.mint(claim, 7, Freight(freight(), AT))

    assert store.history.load(7).freights


def test_a_hold_is_kept_by_stage_until_it_is_ended(store, claim):
    first = Hold(StageName("prod"), "it burns", "ada", AT)
    again = Hold(StageName("prod"), "still, \x1b[1m✓", "", LATER, LATER)
    other = Hold(StageName("dev"), "why not", "ada", AT, LATER)
    store.history.set_hold(claim, 7, first, COMMAND)
    store.history.set_hold(claim, 8, first, COMMAND)
    assert store.history.load(7).holds == (first,)
    store.history.set_hold(claim, 7, again, COMMAND)
    store.history.set_hold(claim, 7, other, COMMAND)
    assert store.history.load(7).holds == (other, again)
    noted = replace(COMMAND, parts=("it has ended",))
    store.history.end_hold(claim, 7, "prod", noted)
    store.history.end_hold(claim, 7, "prod", noted)
    assert store.history.open_commands(7) == (noted,)
    assert store.history.load(7).holds == (other,)
    assert store.history.load(8).holds == (first,)


def test_a_rollback_and_its_hold_are_stored_together_once(store, claim):
    order = Order(0, "rollback", StageName("dev"), freight(), "ada", AT, over="1f")
    hold = Hold(StageName("dev"), "rolled back", "ada", AT)
    for _ in range(2):
        store.history.roll_back(claim, 7, order, "issue-5:0", hold, COMMAND)

    records = store.history.load(7)
    assert [(o.verb, o.freight) for o in records.orders] == [("rollback", freight())]
    assert records.holds == (hold,)


def test_promotions_that_were_found_again_are_stored_with_their_hold_together(store, claim):
    hold = Hold(StageName("dev"), "rolled back", "", AT)
    for _ in range(2):
        store.history.save_promotions(claim, 7, [promotion("p")], hold)

    records = store.history.load(7)
    assert [one.id for one in records.promotions] == [promotion("p").id]
    assert records.holds == (hold,)


def test_of_promotions_and_a_hold_an_outdated_claim_stores_neither(store, claim):
    store.work.finish(claim, timedelta())
    store.work.claim("worker", LEASE)

    with pytest.raises(Conflict):
        store.history.save_promotions(
            claim, 7, [promotion("p")], Hold(StageName("dev"), "no", "", AT)
        )

    assert store.history.load(7) == Records()

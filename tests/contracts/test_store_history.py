"""A repository's history keeps its promises on every database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.model.comments import CommandRecord
from app.core.model.hand_edits import HandEdit
from app.core.model.questions import PastQuestion
from app.core.model.records import Block, Freight, Hold, Intent, Order, Records, RunRecord
from app.errors import Conflict
from tests.contracts.facts import AT, LEASE, claimed, freight, promotion, sha

LATER = AT + timedelta(minutes=1)
RUN = RunRecord(
    "stagelock / dev", sha(1), 1, "p1", 5, "queued", "d", AT, AT, False, "bob", "read", "retry"
)
COMMAND = CommandRecord("issue-5", 5, "issue", "/promote dev", "ada", AT, pull=2)
ORDER = Order(0, "promote", "dev", None, "ada", AT, over="1f")


@pytest.fixture
def claim(store):
    return claimed(store)


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


def test_a_promotion_comes_back_as_it_was_saved(store, claim):
    full = promotion(
        "p1",
        reason="soaking",
        detail="until noon, \x1b[1mnot before ✓",
        intent=Intent("main", None, sha(3), AT),
        landed=sha(3),
        landed_at=AT,
        in_sync=True,
        adopted=True,
        pure=(("stages/dev", f"040000:{sha(4)}"),),
        written=(("stages/dev", f"040000:{sha(5)}"), ("f.yaml#a\udcff", "")),
        pull=12,
        head=sha(6),
        verified_at=AT,
        revoked_at=AT,
        ended_at=AT,
        errors_since=AT,
        retry_at=LATER,
        erred=timedelta(minutes=5),
        rerun_at=AT,
        problem="x",
        edits=(HandEdit("stages/dev/x", ("Bob", "Ann ✓"), "kept"),),
        over="1f",
    )
    store.history.save_promotions(claim, 7, [full, promotion("p2")])

    assert store.history.promotion(7, "p1") == full
    assert store.history.load(7).promotions == (full, promotion("p2"))
    assert store.history.promotion(8, "p1") is None


def test_saving_promotions_replaces_by_id_and_keeps_the_order(store, claim):
    first, second = promotion("p1"), promotion("p2")
    store.history.save_promotions(claim, 7, [first, second])
    changed = replace(first, state="verified", intent=Intent("main", sha(1), sha(2), AT))
    store.history.save_promotions(claim, 7, [changed])
    store.history.save_promotions(claim, 7, [])

    assert store.history.load(7).promotions == (changed, second)


def many(count):
    return [
        promotion(f"{stage}-{number}", stage=stage, state="verified", at=AT + number * LEASE)
        for number in range(1, count + 1)
        for stage in ("dev", "e2e")
    ]


def test_the_unfinished_and_the_newest_promotions_of_each_stage_are_loaded(store, claim):
    old = [promotion("waiting", state="waiting"), *many(202)]
    store.history.save_promotions(claim, 7, old)

    records = store.history.load(7)

    assert [one.id for one in records.promotions[:3]] == ["waiting", "dev-193", "e2e-193"]
    assert len(records.promotions) == 21
    assert set(records.cut) == {"dev", "e2e"}
    assert store.history.promotion(7, "dev-1") is not None


def test_what_was_left_out_is_found_page_by_page_to_the_first(store, claim):
    store.history.save_promotions(claim, 7, many(450))
    before, found, more = store.history.load(7).cut["dev"], [], True

    while more:
        page = store.history.past(7, PastQuestion("dev", before=before))
        found = [*page.promotions, *found]
        before, more = page.promotions[0].number, page.more

    assert [one.id for one in found] == [f"dev-{number}" for number in range(1, 441)]


def test_what_was_left_out_is_found_by_its_freight_and_by_what_it_wrote(store, claim):
    rare = replace(
        promotion("rare", state="failed"), freight=freight(77), written=(("dev", "mark"),)
    )
    store.history.save_promotions(claim, 7, [rare, *many(40)])

    assert rare not in store.history.load(7).promotions
    assert store.history.past(7, PastQuestion("dev", freight=rare.freight)).promotions == (rare,)
    assert store.history.past(7, PastQuestion("dev", content=rare.written)).promotions == (rare,)
    assert store.history.past(7, PastQuestion("e2e", freight=rare.freight)).promotions == ()


def test_promotions_are_in_the_order_of_their_numbers_whatever_the_clocks_said(store, claim):
    first, second = promotion("p1", at=LATER), promotion("p2", at=AT)
    store.history.save_promotions(claim, 7, [first])
    store.history.save_promotions(claim, 7, [second])

    loaded = store.history.load(7).promotions

    assert [one.id for one in loaded] == ["p1", "p2"]
    assert loaded[0].number < loaded[1].number


def test_orders_get_their_ids_here_and_one_key_is_stored_once(store, claim):
    for key in ("issue-5:1", "issue-5:2", "issue-5:1"):
        store.history.add_order(claim, 7, ORDER, key)
    store.history.add_order(claim, 7, replace(ORDER, freight=freight(), stage="e2e"), "issue-6:1")

    orders = store.history.load(7).orders

    assert [one.stage for one in orders] == ["dev", "dev", "e2e"]
    assert sorted({one.id for one in orders}) == [one.id for one in orders]
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


def test_runs_are_replaced_by_name_commit_and_serial(store, claim):
    second = replace(RUN, serial=2, run_id=None, digest="")
    done = replace(RUN, status="in_progress", written_at=LATER)
    for run in (second, RUN, done):
        store.history.save_run(claim, 7, run)

    assert store.history.runs_on(7, [sha(1)]) == (done, second)


def test_the_newest_run_of_each_commit_is_loaded_where_it_is_not_at_rest(store, claim):
    old = AT - timedelta(days=9999)
    kinds = {
        "queued": replace(RUN, status="queued"),
        "ready": replace(RUN, status="completed", ready=True, written_at=old),
        "in doubt": replace(RUN, status="completed", digest="", written_at=old),
        "over": replace(RUN, status="completed"),
    }
    for name, run in kinds.items():
        store.history.save_run(claim, 7, replace(run, name=name))
    replaced = replace(RUN, name="replaced", status="in_progress")
    store.history.save_run(claim, 7, replaced)
    store.history.save_run(claim, 7, replace(replaced, serial=2, status="completed"))

    assert [run.name for run in store.history.load(7).runs] == ["in doubt", "queued", "ready"]


def test_what_was_said_on_the_head_of_a_kept_promotion_is_loaded_though_it_is_over(store, claim):
    plan = replace(RUN, name="stagelock / plan", status="completed")
    store.history.save_promotions(claim, 7, [promotion("p1", head=sha(5)), promotion("p2")])
    for run in (replace(plan, sha=sha(5)), replace(plan, sha=sha(6)), replace(plan, name="x")):
        store.history.save_run(claim, 7, run)

    assert store.history.load(7).runs == (replace(plan, sha=sha(5)),)


def test_check_runs_are_found_by_their_commits_however_many(store, claim):
    runs = [replace(RUN, sha=sha(number), status="completed") for number in range(300)]
    for run in runs:
        store.history.save_run(claim, 7, run)

    assert store.history.runs_on(7, [run.sha for run in runs]) == tuple(runs)
    assert store.history.runs_on(7, []) == store.history.runs_on(8, [sha(1)]) == ()


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
    "set_hold": lambda h, claim: h.set_hold(claim, 7, Hold("prod", "no", "ada", AT), COMMAND),
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
    first = Hold("prod", "it burns", "ada", AT)
    again = Hold("prod", "still, \x1b[1m✓", "", LATER, LATER)
    other = Hold("dev", "why not", "ada", AT, LATER)
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


def test_old_promotions_are_found_by_pull_request_by_commit_and_by_head(store, claim):
    rare = promotion("rare", state="verified", pull=77, landed=sha(77), head=sha(78))
    store.history.save_promotions(claim, 7, [rare, *many(40)])

    assert rare not in store.history.load(7).promotions
    assert store.history.of_pull(7, 77) == (rare,)
    assert store.history.of_pull(7, 78) == ()
    assert store.history.landed_as(7, [sha(9), sha(77)]) == (rare,)
    assert store.history.past(7, PastQuestion("dev", head=sha(78))).promotions == (rare,)
    assert store.history.past(7, PastQuestion("e2e", head=sha(78))).promotions == ()


def test_check_runs_are_found_by_name_and_commit_however_old(store, claim):
    ended = replace(RUN, status="completed", written_at=AT - timedelta(days=4000))
    store.history.save_run(claim, 7, replace(ended, serial=2))
    store.history.save_run(claim, 7, ended)

    assert [run.serial for run in store.history.runs_of(7, RUN.name, sha(1))] == [1, 2]
    assert store.history.runs_of(7, RUN.name, sha(2)) == ()


def test_a_rollback_long_ago_is_among_the_records_until_another_one_lands(store, claim):
    """What it turned away is decided from it, however many promotions came since."""
    old = promotion(
        "p-old", state="verified", landed=sha(1), leaves=freight(2), restores=(("a", "1"),)
    )
    store.history.save_promotions(claim, 7, [old])
    for number in range(30):
        later = promotion(f"p-{number}", state="superseded", at=LATER)
        store.history.save_promotions(claim, 7, [later])
    waits = promotion("p-waits", state="cancelled", leaves=freight(3), at=LATER)
    store.history.save_promotions(claim, 7, [waits])

    found = {row.id: row for row in store.history.load(7).promotions}
    assert (found["p-old"].leaves, found["p-old"].restores) == (freight(2), (("a", "1"),))
    store.history.save_promotions(claim, 7, [replace(waits, landed=sha(2), state="verifying")])
    store.history.save_promotions(claim, 7, [old])  # stored again, it is still the older one
    kept = [row.id for row in store.history.load(7).promotions]
    assert "p-old" not in kept
    assert "p-waits" in kept


def test_a_rollback_and_its_hold_are_stored_together_once(store, claim):
    order = Order(0, "rollback", "dev", freight(), "ada", AT, over="1f")
    hold = Hold("dev", "rolled back", "ada", AT)
    for _ in range(2):
        store.history.roll_back(claim, 7, order, "issue-5:0", hold, COMMAND)

    records = store.history.load(7)
    assert [(o.verb, o.freight) for o in records.orders] == [("rollback", freight())]
    assert records.holds == (hold,)

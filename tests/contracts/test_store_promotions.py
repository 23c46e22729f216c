"""Promotions, those that were left out among them, keep their order and their values on every database."""

from dataclasses import replace
from datetime import timedelta

from app.core.model.hand_edits import HandEdit
from app.core.model.names import StageName
from app.core.model.past_questions import PastQuestion
from app.core.model.records import Intent, Promotion
from tests.contracts.facts import AT, freight, promotion, sha
from tests.contracts.histories import LATER, claim, many

__all__ = ["claim"]


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
    before, more = store.history.load(7).cut["dev"], True
    found: list[Promotion] = []

    while more:
        page = store.history.past(7, PastQuestion(StageName("dev"), before=before))
        found = [*page.promotions, *found]
        before, more = page.promotions[0].number, page.more

    assert [one.id for one in found] == [f"dev-{number}" for number in range(1, 441)]


def test_what_was_left_out_is_found_by_its_freight_and_by_what_it_wrote(store, claim):
    rare = replace(
        promotion("rare", state="failed"), freight=freight(77), written=(("dev", "mark"),)
    )
    store.history.save_promotions(claim, 7, [rare, *many(40)])

    assert rare not in store.history.load(7).promotions
    assert store.history.past(
        7, PastQuestion(StageName("dev"), freight=rare.freight)
    ).promotions == (rare,)
    assert store.history.past(
        7, PastQuestion(StageName("dev"), content=rare.written)
    ).promotions == (rare,)
    assert (
        store.history.past(7, PastQuestion(StageName("e2e"), freight=rare.freight)).promotions == ()
    )


def test_promotions_are_in_the_order_of_their_numbers_whatever_the_clocks_said(store, claim):
    first, second = promotion("p1", at=LATER), promotion("p2", at=AT)
    store.history.save_promotions(claim, 7, [first])
    store.history.save_promotions(claim, 7, [second])

    loaded = store.history.load(7).promotions

    assert [one.id for one in loaded] == ["p1", "p2"]
    assert loaded[0].number < loaded[1].number


def test_old_promotions_are_found_by_pull_request_by_commit_and_by_head(store, claim):
    rare = promotion("rare", state="verified", pull=77, landed=sha(77), head=sha(78))
    store.history.save_promotions(claim, 7, [rare, *many(40)])

    assert rare not in store.history.load(7).promotions
    assert store.history.of_pull(7, 77) == (rare,)
    assert store.history.of_pull(7, 78) == ()
    assert store.history.landed_as(7, [sha(9), sha(77)]) == (rare,)
    assert store.history.past(7, PastQuestion(StageName("dev"), head=sha(78))).promotions == (rare,)
    assert store.history.past(7, PastQuestion(StageName("e2e"), head=sha(78))).promotions == ()


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


def test_the_heads_that_were_pushed_are_kept_in_their_order(store, claim):
    row = promotion("p", state="in-review", pushed=(sha(5), sha(4)))
    store.history.save_promotions(claim, 7, [row])
    assert store.history.promotion(7, "p").pushed == (sha(5), sha(4))

    store.history.save_promotions(claim, 7, [replace(row, pushed=(*row.pushed, sha(6)))])

    [again] = store.history.load(7).promotions
    assert again.pushed == (sha(5), sha(4), sha(6))

"""The locks keep their promises on every database."""

from datetime import timedelta

import pytest

from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import ALL
from app.errors import Conflict
from tests.contracts.desk import LATER
from tests.contracts.facts import AT, freight, promotion


def test_a_request_queues_behind_those_before_it(desk):
    first, second = desk.ask("a", "e2e", "db"), desk.ask("b")

    assert first.state == second.state == "queued"
    assert first.seq < second.seq
    assert first.groups == ("e2e", "db")
    assert list(desk.live().values()) == [first, second]


def test_asking_again_returns_the_same_request(desk):
    first = desk.ask("a")

    assert desk.ask("a", at=LATER) == first


def test_another_promotion_of_a_queued_stage_takes_over_its_place(desk):
    first, second = desk.ask("a"), desk.ask("b")

    newer = desk.ask("a", promotion="p-newer", at=LATER)

    assert (newer.id, newer.seq, newer.promotion) == (first.id, first.seq, "p-newer")
    assert desk.live() == {first.id: newer, second.id: second}


def test_asking_for_one_more_group_goes_to_the_end_of_the_queue(desk):
    """Those who wait for that group asked earlier."""
    desk.ask("a")
    waiting = desk.ask("b", "db")

    wider = desk.ask("a", "e2e", "db", promotion="p-newer")

    assert wider.seq > waiting.seq
    assert wider.groups == ("e2e", "db")
    assert desk.ask("a", "db", promotion="p-third").seq == wider.seq


@pytest.mark.parametrize("groups", [("db",), ("db", "e2e")])
@pytest.mark.parametrize("promotion", ["p-a", "p-newer"])
def test_a_stage_has_one_place_whatever_groups_it_names_by_now(desk, promotion, groups):
    first, waiting = desk.ask("a"), desk.ask("b", "db")

    again = desk.ask("a", *groups, promotion=promotion)

    assert (again.id, again.promotion, again.groups) == (first.id, promotion, groups)
    assert list(desk.live().values()) == [waiting, again]


def test_another_promotion_of_a_stage_that_holds_sees_the_grant(desk):
    held = desk.grant(desk.ask("a"))

    assert desk.ask("a", promotion="p-newer") == held


def test_a_grant_gives_all_groups_with_a_token_each(desk):
    granted = desk.grant(desk.ask("a", "e2e", "db"))

    assert (granted.state, granted.granted_at) == ("held", LATER)
    assert granted.tokens == {"e2e": 1, "db": 1}
    assert list(desk.live().values()) == [granted]


def test_asking_for_a_grant_again_gives_the_same_tokens(desk):
    granted = desk.grant(desk.ask("a"))

    assert desk.grant(granted) == granted


def test_a_full_group_is_not_granted_and_says_who_holds_it(desk):
    desk.grant(desk.ask("a"))
    second = desk.ask("b", "db", "e2e")

    with pytest.raises(Conflict, match="e2e is held by 1"):
        desk.grant(second)

    assert desk.live()[second.id] == second, "all or nothing: `db` was not taken either"


def test_nobody_is_granted_before_an_earlier_one(desk):
    desk.grant(desk.ask("a"))
    wide, late = desk.ask("b", "e2e", "db"), desk.ask("c", "db")

    with pytest.raises(Conflict, match="1 request is before us in the queue of db"):
        desk.grant(late)
    desk.end(wide, "cancelled")
    assert desk.grant(late).state == "held"


def test_as_many_hold_as_there_are_permits(desk):
    for stage in ("a", "b"):
        assert desk.grant(desk.ask(stage), {"e2e": 2}).state == "held"

    with pytest.raises(Conflict):
        desk.grant(desk.ask("c"), {"e2e": 2})


def test_a_group_without_permits_is_never_granted(desk):
    with pytest.raises(Conflict, match="has no permits"):
        desk.grant(desk.ask("a"), {})


@pytest.mark.parametrize(
    ("state", "had"),
    [
        ("released", {"e2e": 1}),
        ("forced", {"e2e": 1}),
        ("cancelled", {}),
        ("superseded", {}),
        ("timed-out", {}),
        ("rejected", {}),
    ],
)
def test_an_ended_request_frees_its_place_and_is_kept_with_its_promotion(desk, state, had):
    asked = desk.ask("a")
    if had:
        desk.grant(asked)
    desk.store.history.save_promotions(desk.claim, 7, [promotion("p-a", stage="a")])

    desk.end(asked, state, by="ada")

    ended = desk.live()[asked.id]
    assert (ended.state, ended.reason, ended.ended_at, ended.ended_by) == (
        state,
        "why",
        LATER,
        "ada",
    )
    assert ended.tokens == had
    assert desk.grant(desk.ask("b")).state == "held"


def test_what_no_person_ended_names_nobody(desk):
    held = desk.grant(desk.ask("a"))
    desk.store.history.save_promotions(desk.claim, 7, [promotion("p-a", stage="a")])

    desk.locks.end(desk.claim, held.id, "released", "why", LATER)

    assert desk.live()[held.id].ended_by == ""


def test_what_has_ended_cannot_end_again_nor_come_back(desk):
    held = desk.grant(desk.ask("a"))
    desk.end(held)
    desk.end(held, "forced")
    desk.end(held)

    with pytest.raises(Conflict):
        desk.grant(held)
    with pytest.raises(Conflict):
        desk.locks.requeue(desk.claim, held.id, "why", AT)
    with pytest.raises(Conflict):
        desk.locks.suspect(desk.claim, held.id, "why", AT)
    with pytest.raises(Conflict):
        desk.locks.revive(desk.claim, held.id, AT)
    assert desk.ask("a").id != held.id


def test_a_state_that_is_no_end_is_refused(desk):
    with pytest.raises(ValueError, match="held"):
        desk.end(desk.ask("a"), "held")


def test_a_forced_end_outdates_the_token(desk):
    desk.end(desk.grant(desk.ask("a")), "forced")

    assert desk.store.history.load(7).groups["e2e"].token == 2
    assert desk.grant(desk.ask("b")).tokens == {"e2e": 3}


def test_a_suspect_grant_still_blocks_and_can_be_revived(desk):
    held, waiting = desk.grant(desk.ask("a")), desk.ask("b")
    desk.locks.suspect(desk.claim, held.id, "too long", LATER)
    suspect = desk.live()[held.id]
    assert (suspect.state, suspect.suspect_at, suspect.reason) == ("suspect", LATER, "too long")
    with pytest.raises(Conflict):
        desk.grant(waiting)

    desk.locks.revive(desk.claim, held.id, LATER)

    assert desk.live()[held.id] == held


def test_a_queued_request_cannot_turn_suspect(desk):
    with pytest.raises(Conflict, match="holds nothing"):
        desk.locks.suspect(desk.claim, desk.ask("a").id, "why", AT)


def test_a_grant_given_back_queues_at_the_end_and_gets_a_new_token(desk):
    held, waiting = desk.grant(desk.ask("a")), desk.ask("b")

    again = desk.locks.requeue(desk.claim, held.id, "nobody merged", LATER)

    assert (again.state, again.tokens, again.granted_at) == ("queued", {}, None)
    assert again.seq > waiting.seq
    assert desk.locks.requeue(desk.claim, held.id, "nobody merged", LATER) == again
    with pytest.raises(Conflict):
        desk.grant(again)
    desk.end(desk.grant(waiting))
    granted = desk.grant(again)
    assert (granted.tokens, granted.reason) == ({"e2e": 3}, "")


def test_what_landed_out_of_turn_takes_a_permit_even_of_a_full_group(desk):
    desk.grant(desk.ask("a"))

    occupied = desk.ask("b", how="occupy")

    assert (occupied.state, occupied.out_of_turn, occupied.tokens) == ("held", True, {"e2e": 2})
    assert desk.ask("b", how="occupy") == occupied
    with pytest.raises(Conflict):
        desk.grant(desk.ask("c"), {"e2e": 2})


def test_a_queued_request_whose_promotion_landed_out_of_turn_is_the_one_that_holds(desk):
    queued = desk.ask("a")

    occupied = desk.ask("a", how="occupy")

    assert occupied.id == queued.id
    assert [one.state for one in desk.live().values()] == ["held"]


@pytest.mark.parametrize("groups", [("e2e",), ("db",), ("db", "e2e")])
def test_what_landed_out_of_turn_while_queued_holds_what_its_stage_names_by_then(desk, groups):
    queued = desk.ask("a")

    occupied = desk.ask("a", *groups, how="occupy", at=LATER)

    assert (occupied.id, occupied.groups) == (queued.id, groups)
    assert (occupied.state, occupied.granted_at) == ("held", LATER)
    assert occupied.tokens == dict.fromkeys(groups, 1)
    assert desk.live() == {queued.id: occupied}


def test_a_stage_that_holds_can_be_occupied_by_a_second_promotion(desk):
    """The first one's checks still run: both count."""
    held = desk.grant(desk.ask("a"))

    occupied = desk.ask("a", promotion="p-merged", how="occupy")

    assert occupied.id != held.id
    assert len(desk.live()) == 2
    assert desk.ask("a").id == held.id
    assert desk.ask("a", promotion="p-merged").id == occupied.id


def test_newer_freight_takes_over_the_place_beside_a_promotion_that_landed_out_of_turn(desk):
    desk.grant(desk.ask("other"))
    queued = desk.ask("a")
    occupied = desk.ask("a", promotion="p-merged", how="occupy")
    assert occupied.id != queued.id

    newer = desk.ask("a", promotion="p-newer")

    assert (newer.id, newer.seq, newer.promotion) == (queued.id, queued.seq, "p-newer")


def weighed(desk, stage, weight, promotion=None):
    return desk.locks.request(
        desk.claim,
        repo_id=7,
        repo_name="acme/shop",
        stage=stage,
        promotion=promotion or f"p-{stage}",
        freight=freight(),
        groups=("e2e",),
        at=AT,
        weights={"e2e": weight},
    )


def test_a_weight_is_kept_and_counted_at_the_grant(desk):
    small, everything, late = weighed(desk, "a", 1), weighed(desk, "b", ALL), weighed(desk, "c", 2)
    assert [one.weights for one in desk.live().values()] == [{}, {"e2e": ALL}, {"e2e": 2}]

    desk.grant(small, {"e2e": 3})
    with pytest.raises(Conflict):
        desk.grant(everything, {"e2e": 3})
    with pytest.raises(Conflict):
        desk.grant(late, {"e2e": 3})
    desk.end(small)
    assert desk.grant(everything, {"e2e": 3}).weights == {"e2e": 3}
    with pytest.raises(Conflict):
        desk.grant(late, {"e2e": 4})
    assert desk.grant(late, {"e2e": 5}).weights == {"e2e": 2}


@pytest.mark.parametrize(("before", "now"), [(ALL, 2), (ALL, 1), (2, 1)])
def test_a_queued_request_that_takes_less_by_now_keeps_its_place(desk, before, now):
    first, second = weighed(desk, "a", before), weighed(desk, "b", 1)

    again = weighed(desk, "a", now)

    assert (again.id, again.seq, again.weights.get("e2e", 1)) == (first.id, first.seq, now)
    assert desk.live() == {first.id: again, second.id: second}


@pytest.mark.parametrize(("before", "now"), [(1, ALL), (1, 2), (2, ALL)])
def test_a_queued_request_that_takes_more_by_now_goes_to_the_end(desk, before, now):
    """Those who wait for what it takes in addition asked earlier."""
    first, second = weighed(desk, "a", before), weighed(desk, "b", 1)

    again = weighed(desk, "a", now)

    assert (again.id, again.weights) == (first.id, {"e2e": now})
    assert again.seq > second.seq
    assert weighed(desk, "a", now) == again


def test_a_named_permit_is_granted_kept_and_free_again(desk):
    names, two = {"e2e": ("e2e-1", "e2e-2")}, {"e2e": 2}
    first, second = weighed(desk, "a", 1), weighed(desk, "b", 1)

    held = desk.locks.grant(desk.claim, first.id, two, LATER, names)
    assert held.permits == {"e2e": ("e2e-1",)}
    assert desk.locks.grant(desk.claim, first.id, two, LATER, names) == held
    other = desk.locks.grant(desk.claim, second.id, two, LATER, names)
    assert other.permits == {"e2e": ("e2e-2",)}
    assert desk.live() == {held.id: held, other.id: other}

    back = desk.locks.requeue(desk.claim, held.id, "nobody merged", LATER)
    assert back.permits == {}
    third = weighed(desk, "c", 1)
    with pytest.raises(Conflict):
        desk.locks.grant(desk.claim, third.id, two, LATER, names)
    assert desk.locks.grant(desk.claim, back.id, two, LATER, names).permits == held.permits


def test_a_group_remembers_how_long_its_last_grants_lasted(desk):
    for number in range(7):
        held = desk.grant(desk.ask(f"s{number}"))
        desk.end(held, at=LATER + timedelta(minutes=number), why=LockReason.ENDED)

    assert desk.lasted("e2e") == tuple(timedelta(minutes=number) for number in range(2, 7))


def test_a_grant_that_nobody_used_or_that_was_taken_away_says_nothing_of_how_long_others_last(desk):
    desk.end(desk.grant(desk.ask("a")), "forced", by="mia")
    desk.end(desk.ask("b"), "cancelled")
    desk.end(desk.grant(desk.ask("c")), why=LockReason.UNWRITTEN)

    assert desk.lasted("e2e") == ()

"""External lock services in the plan, and what an answer changes: pure, from the contract's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.services import (
    LATE,
    acquired,
    answered,
    given_back,
    nothing_there,
    question,
    trying,
    vouched,
)
from app.core.model.lock_services import (
    Ambiguous,
    Busy,
    Gone,
    Granted,
    Refused,
    ServiceAnswer,
    ServicesKnown,
    ServiceTerms,
    ServiceUse,
)
from app.core.model.names import GroupName
from app.core.model.pipeline import LockGroup
from app.core.model.records import Records
from app.core.model.service_claims import ClaimState, Outside, ServiceClaim
from app.core.planning.actions import AskService, GiveBack
from app.core.planning.outside import before_grant, settle_services
from app.core.state.ledger import Ledger
from tests.core.saying import NOW, pipeline, request, snapshot

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
GROUPS = {
    "a": LockGroup(GroupName("a"), service=ServiceUse("zulu", "a")),
    "b": LockGroup(GroupName("b"), service=ServiceUse("mike", "b")),
    "c": LockGroup(GroupName("c"), service=ServiceUse("mike", "a")),
    "d": LockGroup(GroupName("d")),
}
KNOWN = ServicesKnown(
    {name: ServiceTerms(name, "http", resources=("?",)) for name in ("zulu", "mike")}
)


def claim(use: ServiceUse, state: ClaimState = "held", number: int = 1, **more) -> ServiceClaim:
    given = {"next_at": NOW + MINUTE, **more}
    row = ServiceClaim(
        number, 42, 1, NOW, use.name, use.resource, "stagelock-1-a", "t", "held", NOW
    )
    return replace(row, state=state, **given)


def ledger(*claims: ServiceClaim, state: str = "queued", groups=("a", "b", "c", "d"), known=KNOWN):
    asking = request(1, state=state, groups=groups, requested_at=NOW)
    records = Records(requests=(asking,), claims=claims)
    made = replace(pipeline(), locks=GROUPS)
    found = snapshot(records=records, services=known)
    return Ledger(replace(found, repo=replace(found.repo, id=asking.repo_id)), made), asking


def test_services_are_asked_in_one_order_and_given_back_in_reverse():
    """By service, then by resource, whatever the order in the file; the next once the one before has granted."""
    order = [ServiceUse("mike", "a"), ServiceUse("mike", "b"), ServiceUse("zulu", "a")]
    claims: list[ServiceClaim] = []
    for number, use in enumerate(order, start=1):
        asking = before_grant(*ledger(*claims))
        assert asking == AskService(1, NOW, use)
        claims.append(claim(use, number=number))
    assert before_grant(*ledger(*claims)) is None

    over, _ = ledger(*claims, state="released")
    assert settle_services(over).actions == (GiveBack(3), GiveBack(2), GiveBack(1))


def test_while_one_has_not_granted_the_next_is_not_asked():
    waiting = claim(ServiceUse("mike", "a"), "asking", holder="nightly")
    assert before_grant(*ledger(waiting)) == Outside(ServiceUse("mike", "a"), waiting)


def test_what_was_held_before_the_request_queued_again_is_given_back_and_asked_for_anew():
    before = replace(claim(ServiceUse("mike", "a")), since=NOW - MINUTE)
    look, asking = ledger(before)
    assert GiveBack(1) in settle_services(look).actions
    assert before_grant(look, asking) == AskService(1, NOW, ServiceUse("mike", "a"))


def test_a_service_that_may_not_be_used_is_never_asked_nor_any_other():
    look, asking = ledger(known=ServicesKnown({"mike": KNOWN.terms["mike"]}))
    assert before_grant(look, asking) == Outside(ServiceUse("zulu", "a"), refusal="unknown")


def test_what_holds_without_having_been_let_in_asks_late():
    look, _ = ledger(state="held", groups=("b",))
    assert settle_services(look).actions == (AskService(1, NOW, ServiceUse("mike", "b")),)


@pytest.mark.parametrize("state", ["held", "suspect"])
def test_a_grant_is_renewed_in_time_while_it_is_held_or_suspect(state):
    due = claim(ServiceUse("mike", "b"), next_at=NOW, until=NOW + MINUTE)
    look, _ = ledger(due, state=state, groups=("b",))
    assert settle_services(look).actions == (AskService(1, NOW, ServiceUse("mike", "b")),)
    look, _ = ledger(replace(due, next_at=NOW + MINUTE), state=state, groups=("b",))
    assert settle_services(look).actions == ()
    assert settle_services(look).wakes == (NOW + MINUTE,)


def test_a_grant_is_vouched_for_while_all_of_it_is_held_for_sure():
    fine = claim(ServiceUse("mike", "b"), until=NOW + MINUTE)
    assert vouched((fine,), NOW)
    assert vouched((replace(fine, until=None),), NOW)
    assert vouched((), NOW)
    assert not vouched((fine,), NOW + MINUTE)
    assert not vouched((replace(fine, state="lost"),), NOW)
    assert vouched((fine, replace(fine, state="asking")), NOW)


ANSWERS: dict[str, tuple[ServiceAnswer, str, str, timedelta | None]] = {
    "granted": (Granted("", 3 * MINUTE), "held", "renew", MINUTE),
    "granted for ever": (Granted(), "held", "renew", None),
    "busy": (Busy("x"), "asking", "acquire", timedelta(seconds=2)),
    "a place in a queue": (Busy("x", "place-1"), "asking", "inspect", timedelta(seconds=2)),
    "refused": (Refused("401"), "asking", "inspect", timedelta(seconds=10)),
    "unclear": (Ambiguous("502"), "asking", "inspect", timedelta(seconds=10)),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_an_answer_to_the_first_question_leads_to(case):
    answer, state, then, pause = ANSWERS[case]
    tried = claim(ServiceUse("mike", "b"), "asking", doubt=True, tried_at=NOW)
    row = answered(tried, "acquire", answer, NOW)
    assert (row.state, question(row)) == (state, then)
    assert row.next_at == (None if pause is None else NOW + pause)


def test_pauses_grow_to_half_a_minute_where_somebody_has_it_and_to_five_where_nobody_knows():
    busy = unclear = claim(ServiceUse("mike", "b"), "asking")
    busy_for, unclear_for = [], []
    for _ in range(8):
        busy = answered(busy, "acquire", Busy(), NOW)
        unclear = answered(unclear, "acquire", Ambiguous(""), NOW)
        assert busy.next_at is not None
        assert unclear.next_at is not None
        busy_for.append((busy.next_at - NOW).total_seconds())
        unclear_for.append((unclear.next_at - NOW).total_seconds())
    assert busy_for == [2, 4, 8, 16, 30, 30, 30, 30]
    assert unclear_for == [10, 20, 40, 80, 160, 300, 300, 300]


def test_a_refused_first_attempt_leaves_nothing_in_doubt_and_is_asked_again():
    row = acquired(claim(ServiceUse("mike", "b"), "asking"), Refused("it answered 401"), NOW)
    assert row.refused
    assert (row.doubt, row.tried_at, question(row)) == (False, None, "acquire")
    assert row.next_at == NOW + timedelta(seconds=10)


def test_a_refusal_says_nothing_of_an_earlier_attempt_without_an_answer():
    """rule L27: that one may have taken the lock."""
    lost = claim(ServiceUse("mike", "b"), "asking", doubt=True, tried_at=NOW)
    row = acquired(lost, Refused("it answered 401"), NOW + MINUTE)
    assert not row.refused
    assert (row.doubt, row.tried_at, question(row)) == (True, NOW, "inspect")


@pytest.mark.parametrize("asked", ["inspect", "renew"])
def test_what_may_be_asked_no_more_stays_held_until_its_time_is_over(asked):
    row = answered(claim(ServiceUse("mike", "b"), until=NOW + MINUTE), asked, Refused("403"), NOW)
    assert (row.state, row.until) == ("held", NOW + MINUTE)


def test_an_inspected_grant_is_renewed_before_it_counts():
    """Nobody says since when it is ours: it may be over in a second."""
    tried = claim(ServiceUse("mike", "b"), "asking", doubt=True)
    row = answered(tried, "inspect", Granted("", MINUTE), NOW)
    assert (row.state, question(row), row.next_at) == ("held", "renew", NOW)
    assert not vouched((row,), NOW)


@pytest.mark.parametrize("answer", [Gone(), Busy("them")])
def test_what_was_taken_away_is_lost_and_asked_for_again(answer):
    row = answered(claim(ServiceUse("mike", "b"), until=NOW), "renew", answer, NOW)
    assert (row.state, question(row)) == ("lost", "acquire")


def test_a_renewal_without_an_answer_leaves_it_held_until_its_time_is_over():
    row = answered(claim(ServiceUse("mike", "b"), until=NOW + MINUTE), "renew", Ambiguous(""), NOW)
    assert (row.state, row.until, row.next_at) == (
        "held",
        NOW + MINUTE,
        NOW + timedelta(seconds=10),
    )


@pytest.mark.parametrize("answer", [Granted(), Busy("x")])
def test_what_an_attempt_without_an_answer_may_still_do_outlasts_the_answers_to_later_ones(answer):
    """rule L27: for 60 s it may take effect, whatever was found and answered since."""
    lost = trying(claim(ServiceUse("mike", "b"), "asking"), NOW)
    seen = answered(lost, "inspect", Gone(), NOW + 10 * SECOND)
    row = acquired(seen, answer, NOW + 10 * SECOND)
    soon = NOW + 12 * SECOND
    assert not nothing_there(row)
    left = given_back(row, Gone(), soon)
    assert left is not None
    assert (left.state, left.doubt, left.next_at) == ("ending", True, NOW + LATE)
    assert given_back(left, Gone(), NOW + LATE) is None


@pytest.mark.parametrize("answer", [Granted(), Busy("x")])
def test_what_every_attempt_was_answered_to_is_forgotten_at_once(answer):
    row = acquired(claim(ServiceUse("mike", "b"), "asking"), answer, NOW)
    assert given_back(row, Gone(), NOW + SECOND) is None
    assert nothing_there(row) == isinstance(answer, Busy)

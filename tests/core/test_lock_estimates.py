"""When a turn in a lock group is to be expected, by how long the last grants lasted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.estimates import expected, lasted, usual
from app.core.locks.queue import Board
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import ALL, DirectRequest
from app.core.model.names import GroupName
from app.core.text.lock_estimates import told
from tests.core.lock_requests import AT, request

E2E = GroupName("e2e-env")
TEN = timedelta(minutes=10)
LAST = (timedelta(minutes=9), TEN, timedelta(hours=3))


def held(number, minutes, **more):
    return request(number, E2E, state="held", granted_at=AT + timedelta(minutes=minutes), **more)


def person(number, state, **more):
    return DirectRequest(
        number,
        7,
        "acme/shop",
        "person",
        "mia",
        (E2E,),
        number,
        state,
        AT,
        timedelta(hours=1),
        **more,
    )


def due(mine, live, permits=1, spans=LAST):
    at = expected(mine, E2E, Board([*live, mine]), permits, spans)
    return None if at is None else (at - AT) // timedelta(minutes=1)


@pytest.mark.parametrize(
    ("live", "permits", "minutes"),
    [
        ([held(1, 5)], 1, 15),
        ([held(1, 5), request(2, E2E)], 1, 25),
        ([held(1, 5), held(2, 7)], 2, 15),
        ([held(1, 5), held(2, 7), request(3, E2E)], 2, 17),
        ([held(1, 5), held(2, 7), request(3, E2E, weights={E2E: ALL})], 2, 27),
        ([held(1, 5, weights={E2E: 2}), request(2, E2E)], 2, 15),
        ([person(1, "held", granted_at=AT, expires_at=AT + timedelta(minutes=40))], 1, 40),
        ([held(1, 5), person(2, "queued")], 1, 75),
    ],
)
def test_a_turn_is_expected_when_those_before_it_end_as_usual(live, permits, minutes):
    assert due(request(9, E2E), live, permits) == minutes


@pytest.mark.parametrize(
    "live",
    [
        [],
        [request(1, E2E, state="suspect", granted_at=AT)],
        [person(1, "suspect", granted_at=AT, expires_at=AT)],
        [request(1, E2E)],
    ],
)
def test_where_nobody_can_tell_nothing_is_expected(live):
    assert due(request(9, E2E), live) is None


def test_before_any_grant_has_ended_nothing_is_expected():
    assert due(request(9, E2E), [held(1, 5)], spans=()) is None


def test_one_long_grant_does_not_move_what_is_usual():
    assert usual(LAST) == TEN


ENDED = {"granted_at": AT, "ended_at": AT + TEN}


@pytest.mark.parametrize(
    ("kind", "was", "state", "reason", "length"),
    [
        ("client", "held", "released", LockReason.GIVEN_BACK, TEN),
        ("client", "suspect", "released", LockReason.RUN_ENDED, TEN),
        ("client", "held", "released", LockReason.UNREAD, None),
        ("client", "held", "forced", "the runner died", None),
        ("client", "released", "released", LockReason.GIVEN_BACK, None),
        ("client", "held", "suspect", LockReason.LAPSED, None),
        ("job", "held", "released", LockReason.JOBS_ENDED, TEN),
        ("person", "held", "released", LockReason.GIVEN_BACK, None),
    ],
)
def test_only_what_ended_with_its_use_says_how_long_others_last(kind, was, state, reason, length):
    """A person chose how long; a part of a grant that goes on is not its end."""
    before = replace(person(1, was, **ENDED), kind=kind, owner="7/1")

    assert lasted(before, replace(before, state=state, reason=reason)) == length


def test_the_run_says_when_and_by_what():
    mine = request(9, E2E)
    board = Board([held(1, 5), mine])

    assert told(mine, E2E, board, 1, LAST) == (
        "Its turn is expected at 2026-01-01 00:15 UTC: the last 3 grants of `e2e-env` lasted "
        "about 10 min each."
    )
    assert told(mine, E2E, board, 1, LAST[:1]) == (
        "Its turn is expected at 2026-01-01 00:14 UTC: the last grant of `e2e-env` lasted 9 min."
    )
    assert told(held(1, 5), E2E, board, 1, LAST) == ""

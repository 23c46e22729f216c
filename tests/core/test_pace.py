"""How many comments on one place are answered within an hour (rule C51)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core.state.budget_shares import full_until, turn

AT = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def turns(minutes):
    """The turns of comments that were written so many minutes after each other."""
    found: list[tuple[datetime, datetime]] = []
    now = AT
    for pause in minutes:
        now += timedelta(minutes=pause)
        found.append((now, turn([due for _, due in found], now)))
    return found


def test_sixty_are_answered_at_once_and_the_next_ones_an_hour_after_the_first_ones():
    found = turns([0] * 130)

    assert [due - AT for _, due in found[:60]] == [timedelta()] * 60
    assert [due - AT for _, due in found[60:120]] == [HOUR] * 60
    assert [due - AT for _, due in found[120:]] == [2 * HOUR] * 10


@given(st.lists(st.integers(0, 3), max_size=300))
def test_no_hour_has_more_than_sixty_and_each_one_has_its_turn_in_order(minutes):
    found = turns(minutes)
    dues = [due for _, due in found]

    assert all(due >= written for written, due in found)
    assert dues == sorted(dues)
    assert all(later - due >= HOUR for due, later in zip(dues, dues[60:], strict=False))


@given(st.lists(st.integers(1, 90), max_size=200))
def test_who_writes_once_a_minute_never_waits(minutes):
    assert all(due == written for written, due in turns(minutes))


def test_the_one_that_leaves_no_room_says_when_there_is_some_and_the_later_ones_do_not():
    dues = [due for _, due in turns([0] * 70 + [240] + [0] * 59)]

    said = {number: full_until(dues[: number + 1]) for number in range(len(dues))}

    assert {number: at for number, at in said.items() if at is not None} == {
        59: AT + HOUR,
        129: AT + timedelta(hours=5),
    }

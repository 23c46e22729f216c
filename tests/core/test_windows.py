"""
When a stage is open: by zones, on the days on which clocks change, and exactly at the edges.

Each table was worked out by hand from the published changes of clocks; the property holds the same
against a clock on a wall that is read minute by minute (`windowing`).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given, settings

from app.core.config import parse
from app.core.model.windows import ALWAYS, opening
from tests.core.windowing import DAY, TICK, Slow, cases, file, utc, windows

SPANS = {
    # A plain week; Monday is 2026-03-02.
    "Mon-Fri 09:00-16:00 UTC": ("2026-03-02T09:00", "2026-03-02T16:00"),
    "Mon-Fri 09:00-16:00 Europe/Berlin": ("2026-03-02T08:00", "2026-03-02T15:00"),
    "Tue 09:00-16:00 America/New_York": ("2026-03-03T14:00", "2026-03-03T21:00"),
    "Tue 09:00-16:00 Asia/Kathmandu": ("2026-03-03T03:15", "2026-03-03T10:15"),
    "Tue 09:00-16:00 Pacific/Kiritimati": ("2026-03-02T19:00", "2026-03-03T02:00"),
    "Tue 09:00-16:00 Pacific/Pago_Pago": ("2026-03-03T20:00", "2026-03-04T03:00"),
    # Over midnight it belongs to the first day.
    "Sat 22:00-06:00 UTC": ("2026-03-07T22:00", "2026-03-08T06:00"),
    "Fri 18:00-24:00 UTC": ("2026-03-06T18:00", "2026-03-07T00:00"),
    "Fri 18:00-00:00 UTC": ("2026-03-06T18:00", "2026-03-07T00:00"),
    "Wed 00:00-24:00 UTC": ("2026-03-04T00:00", "2026-03-05T00:00"),
    "Sun-Mon 23:59-00:01 UTC": ("2026-03-02T23:59", "2026-03-03T00:01"),
    # Days run together where one ends as the next begins, over the week's end, too.
    "Fri-Mon 00:00-24:00 Asia/Tokyo": ("2026-03-05T15:00", "2026-03-09T15:00"),
    "Wed-Thu 00:00-24:00 Europe/Berlin": ("2026-03-03T23:00", "2026-03-05T23:00"),
    # Dated: whole days, the last included; and to the minute, the end excluded.
    "2026-12-24..2027-01-02 Europe/Berlin": ("2026-12-23T23:00", "2027-01-02T23:00"),
    "2026-12-24..2026-12-24 UTC": ("2026-12-24T00:00", "2026-12-25T00:00"),
    "2026-12-24 18:00..2027-01-02 08:00 Europe/Berlin": ("2026-12-24T17:00", "2027-01-02T07:00"),
    "2026-07-01 18:00..2026-07-01 18:01 UTC": ("2026-07-01T18:00", "2026-07-01T18:01"),
    "2026-03-28..2026-03-29 Europe/Berlin": ("2026-03-27T23:00", "2026-03-29T22:00"),
    "2026-03-29 02:30..2026-03-29 04:00 Europe/Berlin": ("2026-03-29T01:00", "2026-03-29T02:00"),
    "2026-10-25 02:30..2026-10-25 04:00 Europe/Berlin": ("2026-10-25T00:30", "2026-10-25T03:00"),
    "2026-10-24 12:00..2026-10-25 02:30 Europe/Berlin": ("2026-10-24T10:00", "2026-10-25T01:30"),
    # 2024 has a 29th of February.
    "2028-02-29..2028-02-29 UTC": ("2028-02-29T00:00", "2028-03-01T00:00"),
}
"""An entry -> the first span in which it is open from 2026-03-02 on, in UTC."""

CHANGES = {
    # Berlin: 02:00 becomes 03:00 at 01:00 UTC of 29 March.
    ("2026-03-28T12:00", "Sun 01:00-05:00 Europe/Berlin"): ("2026-03-29T00:00", "2026-03-29T03:00"),
    ("2026-03-28T12:00", "Sun 02:30-05:00 Europe/Berlin"): ("2026-03-29T01:00", "2026-03-29T03:00"),
    ("2026-03-28T12:00", "Sun 01:00-02:30 Europe/Berlin"): ("2026-03-29T00:00", "2026-03-29T01:00"),
    ("2026-03-28T12:00", "Sun 02:00-03:30 Europe/Berlin"): ("2026-03-29T01:00", "2026-03-29T01:30"),
    ("2026-03-28T12:00", "Sun 01:00-02:00 Europe/Berlin"): ("2026-03-29T00:00", "2026-03-29T01:00"),
    ("2026-03-28T12:00", "Sun 02:59-03:01 Europe/Berlin"): ("2026-03-29T01:00", "2026-03-29T01:01"),
    ("2026-03-28T12:00", "Sat 22:00-06:00 Europe/Berlin"): ("2026-03-28T21:00", "2026-03-29T04:00"),
    ("2026-03-28T12:00", "Sat 22:00-02:30 Europe/Berlin"): ("2026-03-28T21:00", "2026-03-29T01:00"),
    # Both in the gap: nothing of it is there that day, and a week later it is.
    ("2026-03-28T12:00", "Sun 02:10-02:50 Europe/Berlin"): ("2026-04-05T00:10", "2026-04-05T00:50"),
    # Berlin: 03:00 becomes 02:00 at 01:00 UTC of 25 October.
    ("2026-10-24T12:00", "Sun 01:00-05:00 Europe/Berlin"): ("2026-10-24T23:00", "2026-10-25T04:00"),
    ("2026-10-24T12:00", "Sun 02:30-04:00 Europe/Berlin"): ("2026-10-25T00:30", "2026-10-25T03:00"),
    ("2026-10-24T12:00", "Sun 01:00-02:30 Europe/Berlin"): ("2026-10-24T23:00", "2026-10-25T01:30"),
    ("2026-10-24T12:00", "Sun 02:15-02:45 Europe/Berlin"): ("2026-10-25T00:15", "2026-10-25T01:45"),
    ("2026-10-24T12:00", "Sun 01:00-02:00 Europe/Berlin"): ("2026-10-24T23:00", "2026-10-25T01:00"),
    ("2026-10-24T12:00", "Sun 02:00-03:00 Europe/Berlin"): ("2026-10-25T00:00", "2026-10-25T02:00"),
    ("2026-10-24T12:00", "Sun 03:00-04:00 Europe/Berlin"): ("2026-10-25T02:00", "2026-10-25T03:00"),
    ("2026-10-24T12:00", "Sat 22:00-02:30 Europe/Berlin"): ("2026-10-24T20:00", "2026-10-25T01:30"),
    # Saturday's ends at the second 02:00, after Sunday's has begun at the first 02:30.
    ("2026-10-24T00:00", "Sat-Sun 02:30-02:00 Europe/Berlin"): (
        "2026-10-24T00:30",
        "2026-10-26T01:00",
    ),
    # New York: 8 March at 07:00 UTC, 1 November at 06:00 UTC.
    ("2026-03-07T12:00", "Sun 02:30-03:30 America/New_York"): (
        "2026-03-08T07:00",
        "2026-03-08T07:30",
    ),
    ("2026-10-31T12:00", "Sun 01:30-01:45 America/New_York"): (
        "2026-11-01T05:30",
        "2026-11-01T06:45",
    ),
    # Half an hour on Lord Howe Island: 4 October and 5 April.
    ("2026-10-03T12:00", "Sun 02:15-03:00 Australia/Lord_Howe"): (
        "2026-10-03T15:30",
        "2026-10-03T16:00",
    ),
    ("2026-04-04T12:00", "Sun 01:45-02:15 Australia/Lord_Howe"): (
        "2026-04-04T14:45",
        "2026-04-04T15:45",
    ),
    # Midnight itself is missing in Beirut on 29 March, and in Cairo 23:00 to 24:00 comes twice.
    ("2026-03-28T12:00", "Sat 20:00-24:00 Asia/Beirut"): ("2026-03-28T18:00", "2026-03-28T22:00"),
    ("2026-03-28T12:00", "Sun 00:00-02:00 Asia/Beirut"): ("2026-03-28T22:00", "2026-03-28T23:00"),
    ("2026-10-29T12:00", "Thu 20:00-23:30 Africa/Cairo"): ("2026-10-29T17:00", "2026-10-29T21:30"),
    ("2026-10-29T12:00", "Thu 20:00-24:00 Africa/Cairo"): ("2026-10-29T17:00", "2026-10-29T22:00"),
    ("2026-10-29T12:00", "Fri 00:00-01:00 Africa/Cairo"): ("2026-10-29T22:00", "2026-10-29T23:00"),
    # Samoa had no 30 December 2011, a Friday.
    ("2011-12-29T12:00", "Fri 09:00-17:00 Pacific/Apia"): ("2012-01-05T19:00", "2012-01-06T03:00"),
}
"""From when, and the entry -> the first span in which it is open from then on, in UTC."""


def holds(allow, since, span):
    """Open in *span* and at no moment between *since* and it, exactly at the edges."""
    found = windows([allow])
    begins, ends = (utc(text) for text in span)
    assert opening(found, since).at == begins
    if begins > since:
        before = opening(found, begins - TICK)
        assert (before.at, str(before.by)) == (begins, allow)
    for inside in (begins, begins + (ends - begins) / 2, ends - TICK):
        assert opening(found, inside).at == inside
        assert opening(found, inside).by is None
    after = opening(found, ends).at
    assert after is None or after > ends
    held = windows(deny=[allow])
    assert opening(held, begins).at == ends, "denied, it is the other way round"
    assert opening(held, ends).at == ends
    assert opening(held, ends - TICK).at == ends


@pytest.mark.parametrize(("entry", "span"), SPANS.items(), ids=SPANS)
def test_a_window_is_open_from_its_beginning_to_before_its_end(entry, span):
    holds(entry, utc("2026-03-02T15:00") if "Tokyo" in entry else utc("2026-03-02T00:01"), span)


@pytest.mark.parametrize(
    ("case", "span"), CHANGES.items(), ids=[" ".join(case) for case in CHANGES]
)
def test_clocks_that_change_move_an_edge_to_what_the_clock_shows(case, span):
    """What does not exist is the first that does; of what comes twice the first, and for an end the second."""
    since, entry = case
    holds(entry, utc(since), span)


def test_without_windows_it_is_always_open():
    now = utc("2026-03-02T03:00")
    assert (opening(ALWAYS, now).at, opening(ALWAYS, now).by) == (now, None)
    assert not ALWAYS
    assert windows(["Mon 09:00-10:00 UTC"])


def test_deny_wins_over_allow():
    found = windows(
        ["Mon-Fri 09:00-16:00 UTC"], ["Mon 12:00-13:00 UTC", "2026-03-03..2026-03-03 UTC"]
    )
    for at, opens in {
        "2026-03-02T11:59": "2026-03-02T11:59",
        "2026-03-02T12:00": "2026-03-02T13:00",
        "2026-03-02T13:00": "2026-03-02T13:00",
        "2026-03-02T16:00": "2026-03-04T09:00",
        "2026-03-03T10:00": "2026-03-04T09:00",
    }.items():
        assert opening(found, utc(at)).at == utc(opens), at


def test_it_names_the_window_that_opens_or_the_denied_one_that_ends():
    found = windows(["Mon-Fri 09:00-16:00 UTC"], ["Mon 12:00-13:00 UTC", "Tue 00:00-10:00 UTC"])
    by = {at: str(opening(found, utc(at)).by) for at in ("2026-03-02T12:30", "2026-03-02T16:00")}
    assert by == {
        "2026-03-02T12:30": "Mon 12:00-13:00 UTC",
        "2026-03-02T16:00": "Tue 00:00-10:00 UTC",
    }
    assert str(opening(found, utc("2026-03-03T16:00")).by) == "Mon-Fri 09:00-16:00 UTC"


def test_denied_windows_that_meet_are_one():
    found = windows(deny=["Mon 12:00-13:00 UTC", "Mon 13:00-14:00 UTC", "Mon 13:30-15:00 UTC"])
    assert opening(found, utc("2026-03-02T12:00")).at == utc("2026-03-02T15:00")


def test_what_opens_as_a_denial_ends_opens_exactly_then():
    found = windows(["Mon-Fri 09:00-16:00 Europe/Berlin"], ["2026-12-24..2027-01-02 Europe/Berlin"])
    assert opening(found, utc("2026-12-23T14:59")).at == utc("2026-12-23T14:59")
    assert opening(found, utc("2026-12-23T15:00")).at == utc("2027-01-04T08:00")
    assert opening(found, utc("2026-12-30T10:00")).at == utc("2027-01-04T08:00")


@pytest.mark.parametrize("years", [1, 5, 30, 150])
def test_a_long_denial_has_its_next_opening(years):
    last = 2026 + years
    found = windows(["Mon-Sun 09:00-10:00 UTC"], [f"2026-03-01..{last}-12-31 UTC"])
    assert opening(found, utc("2026-03-02T12:00")).at == utc(f"{last + 1}-01-01T09:00")


def test_many_short_denials_have_their_next_opening():
    """A day of each of 50 weeks is denied: no number of steps decides what the answer is."""
    mondays = [utc("2026-03-02T00:00") + n * 7 * DAY for n in range(50)]
    found = windows(["Mon 09:00-10:00 UTC"], [f"{m:%Y-%m-%d}..{m:%Y-%m-%d} UTC" for m in mondays])
    assert opening(found, mondays[0]).at == mondays[-1] + 7 * DAY + timedelta(hours=9)


def test_a_day_far_away_is_found_however_often_another_window_is_denied_before():
    """Every day's hour is denied, by a clock elsewhere; the one day in five years is not."""
    found = windows(
        ["Mon-Sun 09:00-10:00 UTC", "2031-05-05 20:00..2031-05-05 21:00 UTC"],
        ["Mon-Sun 08:00-11:00 Europe/London"],
    )
    looks, at = 0, utc("2026-03-02T00:00")
    while (found_at := opening(found, at)).at != at:
        assert found_at.at is not None
        if found_at.at != utc("2031-05-05T20:00"):
            assert str(found_at.by) == "Mon-Sun 08:00-11:00 Europe/London", (
                "closed at least until then"
            )
        at, looks = found_at.at, looks + 1
    assert at == utc("2031-05-05T20:00")
    assert looks < 20


def test_an_hour_that_is_free_only_when_clocks_differ_is_found():
    """London's clock leaves this hour of UTC free in summer only."""
    found = windows(["Mon-Sun 10:00-11:00 UTC"], ["Mon-Sun 10:00-11:00 Europe/London"])
    assert opening(found, utc("2026-10-25T12:00")).at == utc("2027-03-28T10:00")
    assert opening(found, utc("2026-06-01T10:30")).at == utc("2026-06-01T10:30")


def test_what_is_over_has_no_next_opening():
    found = windows(["2026-01-01..2026-01-31 UTC"])
    assert opening(found, utc("2026-01-31T23:59")).at == utc("2026-01-31T23:59")
    assert (
        opening(found, utc("2026-02-01T00:00")).at,
        opening(found, utc("2026-02-01T00:00")).by,
    ) == (
        None,
        None,
    )


def test_whole_days_that_are_denied_without_end_in_sight_leave_what_is_after_them():
    found = windows(deny=["2026-01-01..2199-12-30 UTC"])
    assert opening(found, utc("2026-03-02T00:00")).at == utc("2199-12-31T00:00")


def nth(found, entries):
    """The entry at whose place in the fifth line *found* was told."""
    line = file(*entries).decode().splitlines()[4]
    return line[found.mark.column :].split('"')[0]


@given(cases())
@example((["Sun 02:10-02:50 Europe/Berlin"], [], utc("2026-03-28T12:00")))
@example((["Sat-Sun 02:30-02:00 Europe/Berlin"], [], utc("2026-10-25T00:30")))
@settings(max_examples=60, deadline=None)
def test_it_is_open_as_a_clock_on_the_wall_says_minute_by_minute(case):
    allow, deny, now = case
    read = parse(file(allow or None, deny or None))
    slow = Slow(allow, deny, now, 9)
    if read.problems:  # what the linter says never opens, does not open in these days
        assert {p.code for p in read.problems} == {"never-opens"}
        for problem in read.problems:
            entry = nth(problem, (allow or None, deny or None))
            alone = Slow([entry] if entry in allow else allow, deny, now, 9)
            assert alone.next() is None, entry
        return
    found = opening(windows(allow or None, deny or None), now)
    expected = slow.next()
    if expected is None:
        assert found.at is None or found.at >= slow.end
    else:
        assert found.at == expected
        assert (found.by is None) == (expected == now)

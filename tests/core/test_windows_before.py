"""Since when a stage is open or closed by its windows: the last edge, and nothing that time moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings

from app.core.config import parse
from app.core.model.windows import opening
from app.core.model.windows_before import unchanged_since
from tests.core.windowing import MINUTE, TICK, cases, file, utc, windows

OFFICE = ["Mon-Fri 09:00-16:00 Europe/Berlin"]
TABLE = {
    # 2026-03-27 is a Friday; clocks are set forward on Sunday, 29 March.
    ("2026-03-27T12:00", (), ()): ("2026-03-27T08:00", True),
    ("2026-03-30T06:59", (), ()): ("2026-03-27T15:00", False),
    ("2026-03-30T07:00", (), ()): ("2026-03-30T07:00", True),
    ("2026-03-30T14:00", (), ()): ("2026-03-30T14:00", False),
    # A day off: closed since the evening before it; its end alone opens nothing at night.
    ("2026-03-26T12:00", (), ("2026-03-26..2026-03-26 Europe/Berlin",)): (
        "2026-03-25T15:00",
        False,
    ),
    ("2026-03-27T05:00", (), ("2026-03-26..2026-03-26 Europe/Berlin",)): (
        "2026-03-25T15:00",
        False,
    ),
    # A denied hour within the day, and after it.
    ("2026-03-26T11:30", (), ("Thu 12:00-13:00 Europe/Berlin",)): ("2026-03-26T11:00", False),
    ("2026-03-26T12:30", (), ("Thu 12:00-13:00 Europe/Berlin",)): ("2026-03-26T12:00", True),
    # Two that follow each other are one time.
    ("2026-03-26T16:30", ("Thu 16:00-20:00 Europe/Berlin",), ()): ("2026-03-26T08:00", True),
    # Over midnight.
    ("2026-03-27T01:00", ("Thu 22:00-06:00 Europe/Berlin",), ()): ("2026-03-26T21:00", True),
}


@pytest.mark.parametrize(("now", "more", "deny"), TABLE)
def test_it_is_since_the_last_edge(now, more, deny):
    since, is_open = TABLE[now, more, deny]
    asked = windows([*OFFICE, *more], deny or None)

    assert (opening(asked, utc(now)).at == utc(now)) is is_open
    assert unchanged_since(asked, utc(now)) == utc(since)


def test_what_was_never_otherwise_has_no_beginning():
    assert unchanged_since(windows(None, ["2027-01-01..2027-01-02 UTC"]), utc("2026-03-26")) is None
    assert unchanged_since(windows(["2027-01-01..2027-01-02 UTC"]), utc("2026-03-26")) is None


def test_after_the_last_one_it_is_closed_since_its_end():
    asked = windows(["2026-01-01..2026-01-31 UTC"])

    assert unchanged_since(asked, utc("2026-03-26")) == utc("2026-02-01")


@given(cases())
@settings(max_examples=60, deadline=None)
def test_it_differs_just_before_and_not_since(case):
    allow, deny, now = case
    if parse(file(allow or None, deny or None)).problems:
        return
    asked = windows(allow or None, deny or None)

    def is_open(at):
        return opening(asked, at).at == at

    since = unchanged_since(asked, now)
    at, before = now, now - timedelta(days=2)
    while at > max(since or before, before):
        assert is_open(at) is is_open(now)
        at -= 7 * MINUTE
    if since is not None:
        assert is_open(since) is is_open(now)
        assert is_open(since - TICK) is not is_open(now)

"""How long freights are in a state, from plan to plan."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.model.names import FreightId, Sha, StageName, WarehouseName
from app.core.model.verdicts import Reason, Verdict
from app.core.planning.dwell_times import Stays

T = datetime(2026, 3, 2, 14, 2, tzinfo=UTC)
FREIGHT = FreightId(WarehouseName("web"), Sha("1" * 40))
MINUTE = timedelta(minutes=1)


def verdict(phase, reason=Reason.PASSED, stage="dev"):
    return Verdict(StageName(stage), FREIGHT, phase, reason)


def test_a_stay_ends_when_phase_or_reason_change_and_the_next_begins():
    stays = Stays({})
    assert list(stays.saw([verdict("waiting", Reason.SOAKING)], T)) == []
    assert list(stays.saw([verdict("waiting", Reason.SOAKING)], T + MINUTE)) == []

    (move,) = stays.saw([verdict("waiting", Reason.LOCK_QUEUED)], T + 2 * MINUTE)

    assert (move.stay.phase, move.stay.reason) == ("waiting", "soaking")
    assert move.at - move.stay.since == 2 * MINUTE
    assert not move.verified
    assert [fields[1] for fields in stays.written().values()] == ["lock-queued"]


def test_being_verified_ends_the_last_stay():
    stays = Stays({})
    list(stays.saw([verdict("verifying", Reason.VERIFYING)], T))

    (move,) = stays.saw([verdict("verified", Reason.VERIFIED)], T + MINUTE)

    assert move.verified
    assert stays.written() == {}


def test_what_was_verified_before_we_looked_is_no_news():
    stays = Stays({})
    assert list(stays.saw([verdict("verified", Reason.VERIFIED)], T)) == []
    assert list(stays.saw([verdict("verified", Reason.VERIFIED)], T + MINUTE)) == []


def test_what_is_of_no_interest_any_more_has_left():
    stays = Stays({})
    list(stays.saw([verdict("waiting"), verdict("waiting", stage="prod")], T))

    (move,) = stays.saw([verdict("waiting")], T + MINUTE)

    assert move.verdict is None
    assert len(stays.written()) == 1


def test_they_are_kept_between_ticks():
    stays = Stays({})
    list(stays.saw([verdict("in-review", Reason.REVIEW)], T))

    (move,) = Stays(stays.written()).saw([verdict("verifying")], T + MINUTE)

    assert move.at - move.stay.since == MINUTE


def test_what_was_never_written_by_us_is_refused():
    with pytest.raises(ValueError):
        Stays({"dev x": ("waiting",)})

"""What time does to a grant whose repository nobody looks at."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.locks.foreign import alert_key, foreign
from app.core.locks.left_alone import held_time, timed
from app.core.locks.pressing import has_run
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName
from tests.core.lock_requests import AT, request

HOUR = timedelta(hours=1)


def held(one, **values):
    return replace(one, state="held", granted_at=AT, **values)


def stage(**values):
    return held(request(1, "a"), **values)


def own(kind, **values):
    asked = DirectRequest(
        1,
        7,
        "acme/shop",
        kind,
        "mia",
        (GroupName("a"),),
        1,
        "queued",
        AT,
        HOUR,
        owner="5/1",
    )
    return held(asked, **{"read_at": AT, **values})


def test_it_turns_suspect_at_max_hold_and_not_before():
    one = stage()
    assert timed(one, HOUR, AT + HOUR - timedelta(seconds=1)) is one
    after = timed(one, HOUR, AT + HOUR)
    assert (after.state, after.reason, after.suspect_at) == ("suspect", "held-too-long", AT + HOUR)
    assert timed(after, HOUR, AT + 5 * HOUR) is after


def test_it_counts_from_when_a_person_kept_it():
    kept = stage(kept_at=AT + HOUR)
    assert timed(kept, HOUR, AT + HOUR) is kept
    assert timed(kept, HOUR, AT + 2 * HOUR).state == "suspect"


@pytest.mark.parametrize("state", ["queued", "suspect", "releasing", "released"])
def test_what_is_not_held_stays_as_it_is(state):
    one = replace(stage(), state=state)
    assert timed(one, HOUR, AT + 9 * HOUR) is one


@pytest.mark.parametrize(
    ("kind", "until", "reason"),
    [
        ("person", 3, "overdue"),
        ("client", 3, "held-too-long"),
        ("client", 1, "lapsed"),
        ("job", 3, "held-too-long"),
        ("job", 1, "held-too-long"),
    ],
)
def test_what_is_no_stages_is_over_by_its_own_time_too_and_a_persons_by_that_alone(
    kind, until, reason
):
    one = own(kind, expires_at=AT + until * HOUR)
    over = until if kind == "person" else min(until, 2)
    assert held_time(one).over(2 * HOUR) == AT + over * HOUR
    assert timed(one, 2 * HOUR, AT + over * HOUR - timedelta(seconds=1)) is one
    after = timed(one, 2 * HOUR, AT + over * HOUR)
    assert (after.state, after.reason) == ("suspect", reason)


def test_a_grant_that_its_client_never_read_is_given_back_as_its_own_repository_would():
    one = own("client", read_at=None, expires_at=AT + HOUR)
    assert timed(one, 2 * HOUR, AT + HOUR).state == "released"


def test_a_stages_is_told_elsewhere_only_where_its_own_run_can_not():
    suspect = replace(stage(), state="suspect")
    assert (alert_key(suspect, alone=False), alert_key(stage(), alone=True)) == ("", "")
    assert alert_key(suspect, alone=True) == f"suspect-1-since-{AT.isoformat()}"
    told = foreign(suspect, "")
    assert has_run(told)
    assert not has_run(replace(told, alone=held_time(suspect)))

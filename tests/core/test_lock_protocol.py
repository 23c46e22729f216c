"""The protocol of lock requests, pair by pair: what each event makes of a request in each state."""

from datetime import timedelta
from typing import get_args

import pytest

from app.core.locks.protocol import ENDS, TABLE, Event, Outdated, after, ending, late, moved
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import (
    HOLDING,
    LIVE,
    REQUEST_ENDS,
    DirectRequest,
    HolderKind,
    RequestState,
)
from app.core.model.names import GroupName
from app.core.text.lock_reasons import said
from tests.core.lock_requests import AT, request

STATES = (None, *get_args(RequestState))
LATE, NEVER = ".", "-"
WRITTEN = """
                                              none      queued    held      suspect   releasing released  forced    cancelled superseded timed-out rejected
asked for                                     queued    queued    .         .         .         -         -         -         -         -         -
found by a rebuild                            suspect   -         -         -         -         -         -         -         -         -         -
granted in its turn                           -         held      .         .         .         -         -         -         -         -         -
seen running without a grant                  -         held      .         .         .         -         -         -         -         -         -
given more groups by an edit                  -         -         held      suspect   releasing -         -         -         -         -         -
renewed by its holder                         -         -         held      held      -         -         -         -         -         -         -
past its time                                 -         cancelled suspect   .         .         .         .         .         .         .         .
past its time, its grant unread               -         -         released  -         -         -         -         -         -         -         -
not seen to end                               -         -         suspect   .         .         -         -         -         -         -         -
its run cannot be followed                    -         -         suspect   suspect   -         -         -         -         -         -         -
its job seen running                          -         -         .         held      .         -         -         -         -         -         -
kept by a maintainer                          -         .         .         held      .         .         .         .         .         .         .
not used, to ask again                        -         .         queued    queued    .         -         -         -         -         -         -
given back with its token                     -         -         released  released  -         .         -         -         -         -         -
given back, while others have a part in it    -         -         held      suspect   -         -         -         -         -         -         -
left without a token                          -         cancelled -         -         -         -         -         .         -         -         -
unlocked                                      -         cancelled released  released  -         .         .         .         .         .         .
over                                          -         cancelled released  released  released  .         .         .         .         .         .
superseded                                    -         superseded .         .         .         .         .         .         .         .         .
waited too long                               -         timed-out .         .         .         .         .         .         .         .         .
larger than the group                         -         rejected  .         .         .         .         .         .         .         .         .
taken away by a person, to be ended by a look -         .         releasing releasing releasing .         .         .         .         .         .
forced by a person                            -         .         forced    forced    forced    .         .         .         .         .         .
given a part in a stage's grant               -         released  .         .         .         .         .         .         .         .         .
its part over                                 -         -         -         -         -         released  -         -         -         -         -
its part taken away                           -         -         -         -         -         forced    -         -         -         -         -
"""
"""A line an event, a column a state: the state after it, "." for late, "-" for not possible."""


def written():
    heading, *lines = WRITTEN.strip("\n").splitlines()
    assert heading.split() == [str(state or "none") for state in STATES]
    for line in lines:
        event, *cells = line.rsplit(maxsplit=len(STATES))
        yield from (
            ((state, Event(event)), cell) for state, cell in zip(STATES, cells, strict=True)
        )


def outcome(state, event):
    if state is not None and late(state, event):
        assert after(state, event) == state
        return LATE
    try:
        return after(state, event)
    except Outdated:
        return NEVER


def test_every_pair_of_state_and_event_is_answered_as_written():
    expected = dict(written())
    pairs = {(state, event) for state in STATES for event in Event}
    assert set(expected) == pairs, "a pair is not written down"
    assert {pair: outcome(*pair) for pair in pairs} == expected


def test_no_pair_is_both_a_step_and_late():
    assert not [event for event, row in TABLE.items() if set(row.steps) & row.late]


def test_what_has_ended_comes_back_by_nothing():
    """Of a job's own request, which ends as it joins, only the part can still be taken away."""
    for (state, event), cell in written():
        if state in REQUEST_ENDS and cell not in (LATE, NEVER):
            assert cell in REQUEST_ENDS
            assert event in (Event.PART_OVER, Event.PART_TAKEN)


def test_a_grant_ends_only_by_its_holder_its_jobs_end_or_a_person_and_one_that_nobody_read():
    ends = {
        event for (state, event), cell in written() if state in HOLDING and cell in REQUEST_ENDS
    }
    assert ends == {
        Event.RETURNED, Event.UNLOCKED, Event.OVER, Event.FORCED, Event.UNREAD,
    }  # fmt: skip


def test_time_frees_no_grant_that_was_read():
    for (state, event), cell in written():
        if state in HOLDING and event in (Event.LAPSED, Event.DOUBTED, Event.LOST):
            assert cell in ("suspect", LATE, NEVER)


def test_each_end_is_reached_by_the_event_that_means_it():
    assert set(ENDS) == REQUEST_ENDS
    for state, event in ENDS.items():
        assert state in {step.to for step in TABLE[event].steps.values()}


def test_a_live_request_is_ended_in_every_state():
    """Whatever happens, nobody blocks a group for ever without a way out."""
    for state in LIVE:
        assert any(outcome(state, event) in REQUEST_ENDS for event in Event)


def test_leaving_needs_a_token_only_where_there_is_one():
    """rule L106"""
    for state in set(STATES) - {None, "queued", "cancelled"}:
        needs = "leaving it needs its token" if state in HOLDING else "it holds nothing"
        with pytest.raises(Outdated, match=f"the request is {state}: {needs}"):
            after(state, Event.LEFT)


class TestReasons:
    def test_every_code_is_the_reason_of_a_step_or_of_waiting(self):
        waiting = {LockReason.PART_UNKNOWN, LockReason.PART_CLOSED}
        given = {why for row in TABLE.values() for step in row.steps.values() for why in step.why}
        assert given | waiting == set(LockReason)
        assert given & waiting == set()

    def test_every_code_has_its_sentence(self):
        assert all(said(why) != why for why in LockReason)

    def test_a_step_to_suspect_or_to_an_end_says_why(self):
        silent = {
            event
            for event, row in TABLE.items()
            for state, step in row.steps.items()
            if step.to not in ("queued", "held", state) and not step.why
        }
        assert silent == set()

    def test_a_code_that_is_no_reason_of_the_step_is_a_mistake(self):
        with pytest.raises(ValueError, match="ENDED is no reason for TIMED_OUT of what is queued"):
            ending(request(1, "a"), Event.TIMED_OUT, LockReason.ENDED)

    def test_a_person_gives_a_reason_in_words(self):
        one = request(1, "a", state="held")
        assert ending(one, Event.FORCED, "we need it") == ("forced", "we need it")


class TestMoving:
    def test_what_cannot_happen_says_how_the_request_stands(self):
        with pytest.raises(Outdated, match="the request is released: it holds nothing"):
            moved(client_in("released"), Event.RENEWED, AT)
        with pytest.raises(Outdated, match="the request is held: leaving it needs its token"):
            moved(client_in("held"), Event.LEFT, AT)
        with pytest.raises(Outdated, match="the request is forced: it has ended"):
            moved(client_in("forced"), Event.GRANTED, AT)

    def test_what_comes_late_changes_nothing(self):
        one = client_in("cancelled")
        assert moved(one, Event.LEFT, AT) is one

    def test_an_event_of_another_kind_of_request_is_a_mistake(self):
        with pytest.raises(ValueError, match="REQUEUED is no event for a client's request"):
            moved(client_in("held"), Event.REQUEUED, AT)
        with pytest.raises(ValueError, match="RENEWED is no event for a stage's request"):
            moved(request(1, "a", state="held"), Event.RENEWED, AT)

    def test_each_kind_of_request_can_end(self):
        kinds = {kind for row in TABLE.values() for kind in row.of}
        assert kinds == set(get_args(HolderKind))

    def test_an_unknown_holder_is_found_by_a_rebuild_and_ended_by_a_person_alone(self):
        events = {event for event, row in TABLE.items() if "unknown" in row.of}
        assert events == {Event.REBUILT, Event.FORCED}

    def test_times_and_words_go_with_the_state(self):
        later = AT + timedelta(hours=1)
        held = moved(request(1, "a"), Event.GRANTED, AT)
        assert (held.state, held.granted_at, held.reason) == ("held", AT, "")
        doubted = moved(held, Event.DOUBTED, later, LockReason.HELD_TOO_LONG)
        assert (doubted.suspect_at, doubted.reason) == (later, "held-too-long")
        seen = moved(doubted, Event.SEEN, later)
        assert (seen.granted_at, seen.suspect_at, seen.reason) == (AT, None, "")
        again = moved(doubted, Event.REQUEUED, later, LockReason.SERVICE_LOST)
        assert (again.granted_at, again.suspect_at, again.reason) == (None, None, "service-lost")
        taken = moved(doubted, Event.TAKEN_AWAY, later, "gone", "bob")
        assert (taken.ended_at, taken.ended_by, taken.reason) == (None, "bob", "gone")
        forced = moved(taken, Event.FORCED, later, "stuck", "mia")
        assert (forced.ended_at, forced.ended_by, forced.reason) == (later, "mia", "stuck")


def client_in(state):
    groups = (GroupName("e2e"),)
    return DirectRequest(1, 7, "acme/shop", "client", "ci", groups, 1, state, AT, timedelta(60))

"""What is heard of a work process, and when it must be ended."""

from __future__ import annotations

import os

import pytest

from app.cli.vitals import Limits, Vitals
from app.observe.pulse import Pulse

LIMITS = Limits(look=600, silence=15, long=10)


@pytest.fixture
def pair():
    heard, told = os.pipe()
    vitals = Vitals(heard)
    yield vitals, lambda text: os.write(told, text)
    vitals.close()
    os.close(told)


def test_a_look_that_takes_too_long_is_ended_and_one_that_ended_is_not(pair):
    vitals, tell = pair
    tell(b"+repo-7\n")
    vitals.hear(0)
    for second in range(1, 600):
        tell(b".\n")
        vitals.hear(second)
    assert vitals.key == "repo-7"
    assert vitals.why_ended(600, LIMITS) == ""
    assert vitals.why_ended(601, LIMITS) == "not done after 10 min"

    tell(b"-\n")
    vitals.hear(601)
    assert (vitals.key, vitals.why_ended(610, LIMITS)) == ("", "")


def test_silence_ends_it_also_where_nothing_is_worked_on_but_not_before_its_first_sign(pair):
    vitals, tell = pair
    vitals.hear(0)
    assert vitals.why_ended(1000, LIMITS) == ""
    tell(b".\n")
    vitals.hear(1000)
    assert vitals.why_ended(1015, LIMITS) == ""
    assert vitals.why_ended(1016, LIMITS) == "no sign of life for 15 s"


def test_what_has_a_limit_of_its_own_may_take_that_long(pair):
    vitals, tell = pair
    tell(b"+repo-7\n~1800\n")
    vitals.hear(0)
    for second in range(1, 2401):
        tell(b".\n")
        vitals.hear(second)
    assert vitals.why_ended(2400, LIMITS) == ""
    assert vitals.why_ended(2401, LIMITS) == "not done after 40 min"
    tell(b"-\n+repo-8\n")
    vitals.hear(2401)
    assert vitals.is_long(2412, LIMITS)
    assert vitals.why_ended(2410, LIMITS) == ""


def test_of_work_with_many_parts_each_has_the_time_of_a_look(pair):
    """A sweep of thousands of repositories is no look that is stuck; others do not wait for it."""
    vitals, tell = pair
    tell(b"+sweep\n")
    vitals.hear(0)
    for second in range(1, 3600):
        tell(b"=\n" if second % 500 == 0 else b".\n")
        vitals.hear(second)
        assert vitals.why_ended(second, LIMITS) == ""
    assert vitals.is_long(3600, LIMITS)
    for second in range(3600, 4102):
        tell(b".\n")
        vitals.hear(second)
    assert vitals.why_ended(4102, LIMITS) == "not done after 10 min"


def test_a_listener_that_slept_blames_nobody(pair):
    vitals, tell = pair
    tell(b"+repo-7\n.\n")
    vitals.hear(0)
    vitals.slept(3600)
    assert vitals.why_ended(3610, LIMITS) == ""
    assert not vitals.is_long(3605, LIMITS)


def test_lines_that_arrive_in_pieces_are_whole_lines(pair):
    vitals, tell = pair
    tell(b"+rep")
    vitals.hear(0)
    tell(b"o-7\n")
    vitals.hear(1)
    assert vitals.key == "repo-7"


def test_a_pulse_never_waits_for_who_does_not_listen():
    heard, told = os.pipe()
    pulse = Pulse(told)
    for _ in range(20_000):
        pulse.begins("repo-7")
    os.close(heard)
    pulse.ends()

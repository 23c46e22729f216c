"""Answers that wait: as soon as there is one, and never more of them than there are places."""

import threading

from app.web.api.waiting import Waits
from tests.processes import PATIENCE


def test_the_first_answer_ends_the_waiting():
    answers = iter([None, "changed"])

    assert Waits().until(30, lambda: next(answers)) == "changed"


def test_nothing_changed_in_time():
    assert Waits().until(0, lambda: "never asked") is None
    assert Waits().until(0.01, lambda: None) is None


def test_who_waits_takes_no_more_places_than_there_are():
    """The next one is told at once what is so now, and a place that is given back is taken again."""
    waits, looked, end = Waits(1), threading.Event(), threading.Event()

    def changed():
        looked.set()
        return "over" if end.wait(PATIENCE) else None

    first = threading.Thread(target=waits.until, args=(PATIENCE, changed))
    first.start()
    assert looked.wait(PATIENCE)
    assert waits.until(30, lambda: "asked") is None
    end.set()
    first.join(PATIENCE)
    assert not first.is_alive()
    assert waits.until(PATIENCE, lambda: "asked") == "asked"


def test_a_question_that_fails_gives_its_place_back():
    waits = Waits(1)

    def broken():
        raise ValueError

    for _ in range(2):
        try:
            waits.until(30, broken)
        except ValueError:
            continue
        raise AssertionError

"""What is read of a line costs what is asked of it, however long the line is."""

from __future__ import annotations

import pytest

from app.core.model.names import Sha
from app.engine.survey.commit_graph import Step, unheld


class Straight:
    """Commits 0, 1, 2 ... of one line, each holding those before it; what was asked of them."""

    def __init__(self):
        self.asked = 0

    def is_ancestor(self, ancestor, tip):
        self.asked += 1
        return int(ancestor) <= int(tip)


def steps(tip):
    for place in range(tip, -1, -1):
        yield Step(Sha(str(place)), Sha(str(place - 1)) if place else None)


@pytest.mark.parametrize("held", [-1, 0, 1, 9_935, 9_936, 9_937, 9_998, 9_999])
def test_what_a_commit_does_not_hold_is_found_by_few_questions(held):
    graph = Straight()

    found = unheld(graph, steps(9_999), Sha(str(held)))

    assert [int(step.sha) for step in found] == list(range(9_999, held, -1))
    assert graph.asked < 30


def test_no_more_is_read_than_twice_what_is_new():
    read = []

    def counted():
        for step in steps(9_999):
            read.append(step)
            yield step

    assert len(unheld(Straight(), counted(), Sha("9799"))) == 200
    assert len(read) == 256

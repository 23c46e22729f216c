"""20,000 hostile inputs, the same each time; `make fuzz` makes a million of them."""

import pytest

from tests.fuzz.running import run
from tests.fuzz.subjects import SUBJECTS

COUNT = 20_000


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_hostile_input_crashes_hangs_or_is_judged_wrongly(name):
    _, part = SUBJECTS[name]

    assert run(name, round(COUNT * part)) == round(COUNT * part)


def test_the_parts_are_the_whole():
    assert sum(part for _, part in SUBJECTS.values()) == pytest.approx(1)

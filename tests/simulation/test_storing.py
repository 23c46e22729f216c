"""What a seed reads once, and again only where somebody wrote, is all that there is."""

from dataclasses import fields

from app.core.model.records import Records
from tests.simulation.storing import PARTS


def test_every_part_of_the_records_is_known_by_the_writes_that_change_it():
    """Where one is not, all of them are read again each time, and a seed costs twice as much."""
    assert {field.name for field in fields(Records)} == set(PARTS)

"""What a seed reads once, and again only where somebody wrote, is all that there is."""

from dataclasses import fields
from datetime import timedelta

from app.core.model.records import Records
from app.core.model.repository_change import RepoChange
from tests.simulation.stories import ONE
from tests.simulation.storing import PARTS, WRITES
from tests.simulation.world import World
from tests.stores import sqlite_store


def test_every_part_of_the_records_is_known_by_the_writes_that_change_it():
    """Where one is not, all of them are read again each time, and a seed costs twice as much."""
    assert {field.name for field in fields(Records)} == set(PARTS)


def test_each_write_is_one_of_its_part_of_the_store(tmp_path):
    """One that has another name by now would outdate nothing, and no fault would be around it."""
    store = sqlite_store(tmp_path)
    unknown = [(p, w) for p in WRITES for w in WRITES[p] if not hasattr(getattr(store, p), w)]
    store.close()
    assert unknown == []


def test_what_is_changed_of_the_repository_is_read_again():
    world = World({"version": 1, "warehouses": ONE, "stages": {"s0": {"freight": "w0"}}}, 1)
    before = world.watched.repos.get(1)
    world.watched.repos.change(1, RepoChange(comments_since=world.now + timedelta(minutes=5)))
    after = world.watched.repos.get(1)
    assert before != after == world.store.repos.get(1)

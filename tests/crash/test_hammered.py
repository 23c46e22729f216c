"""Three seconds of what `make endurance` does for twenty: locks under processes that never pause."""

from __future__ import annotations

from tests.crash.by_hand import hammered_by_hand
from tests.crash.hammer import PERMITS, PROCESSES, Turn, hammered, judged
from tests.stores import sqlite_store

SECONDS = 3.0


def holds(url: str) -> None:
    found = hammered(url, SECONDS)
    assert found.wrong == ()
    assert found.turns >= PROCESSES


def test_eight_processes_never_hold_more_than_the_permits_on_sqlite(tmp_path):
    sqlite_store(tmp_path).close()
    holds(f"sqlite:///{tmp_path / 'stagelock.db'}")


def test_eight_processes_never_hold_more_than_the_permits_on_postgresql(migrated_postgres):
    holds(migrated_postgres())


def test_a_token_that_comes_twice_and_a_place_that_was_passed_are_seen():
    """What judges can fail."""
    group = next(iter(PERMITS))
    assert judged([Turn(1, {group: 1}), Turn(2, {group: 2})]) == []
    assert "given twice" in judged([Turn(1, {group: 4}), Turn(2, {group: 4})])[0]
    assert "passed another" in judged([Turn(1, {group: 5}), Turn(2, {group: 4})])[0]


def test_what_it_is_compared_with_takes_turns_at_the_same_groups_on_sqlite(tmp_path):
    sqlite_store(tmp_path).close()
    assert hammered_by_hand(f"sqlite:///{tmp_path / 'stagelock.db'}", 1.0) >= PROCESSES


def test_what_it_is_compared_with_takes_turns_at_the_same_groups_on_postgresql(migrated_postgres):
    assert hammered_by_hand(migrated_postgres(), 1.0) >= PROCESSES

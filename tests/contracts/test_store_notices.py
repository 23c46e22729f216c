"""What people are told when a lock's time is over is stored with that, and with its audit entry, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.model.comments import CommandRecord, Notice
from app.errors import Conflict, Transient
from tests.contracts.desk import LATER, Desk
from tests.contracts.facts import AT, sha
from tests.contracts.losing_tables import without

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(store):
    return Desk(store)


def told(key: str = "notice-1") -> Notice:
    said = CommandRecord(key, 1, "commit", "", "", AT, sha=sha(1), outcome="it is suspect")
    return Notice(said, f"event of {key}", {"kind": "notice", "group": "e2e"})


def kept(desk: Desk) -> tuple[list[str], list[str]]:
    """The keys of what is to be said, and the events of the audit."""
    store = desk.store
    entries = [one.event for one in store.audit.newest()]
    return [command.key for command in store.history.open_commands(7)], entries


def test_a_grant_that_turns_suspect_keeps_its_notice_and_the_entry(desk):
    held = desk.grant(desk.ask("a"))
    desk.locks.suspect(desk.claim, held.id, "held too long", LATER, told())
    assert kept(desk) == (["notice-1"], ["event of notice-1"])


def test_one_that_is_suspect_already_tells_nobody_again(desk):
    held = desk.grant(desk.ask("a"))
    desk.locks.suspect(desk.claim, held.id, "held too long", LATER)
    desk.locks.suspect(desk.claim, held.id, "held too long", LATER, told())
    assert kept(desk) == ([], [])


def test_one_that_has_ended_meanwhile_tells_nobody(desk):
    held = desk.grant(desk.ask("a"))
    desk.end(held)
    with pytest.raises(Conflict):
        desk.locks.suspect(desk.claim, held.id, "held too long", LATER, told())
    assert kept(desk) == ([], [])


@pytest.mark.parametrize("table", ["audit", "commands"])
def test_where_one_of_them_cannot_be_stored_nothing_is(desk, table):
    held = desk.grant(desk.ask("a"))
    with without(desk.store, table), pytest.raises(Transient):
        desk.locks.suspect(desk.claim, held.id, "held too long", LATER, told())
    assert kept(desk) == ([], [])
    assert desk.live()[held.id].state == "held"

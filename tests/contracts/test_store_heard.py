"""Whoever hears of the audit hears of what is durable, once each, in the order of its making."""

import threading

import pytest

from app.core.model.repository_change import RepoRecord
from app.errors import Conflict, Transient
from app.sql.store.store import SqlStore
from tests.contracts.facts import AT, LEASE, claimed

REPO = RepoRecord(7, "acme", "shop", 3, "main")


class Hearing:
    """What was heard, and the events that another connection could read at that moment."""

    def __init__(self):
        self.entries = []
        self.batches = []

    def __call__(self, entries):
        self.batches.append([entry.event for entry in entries])
        self.entries += entries


@pytest.fixture
def heard():
    return Hearing()


@pytest.fixture
def hearing(url, heard):
    store = SqlStore(url, heard)
    yield store
    store.close()


def test_each_entry_is_heard_once_as_it_is_read_later(hearing, heard):
    hearing.repos.add(REPO)
    hearing.history.audit(None, 7, "aaaaaaaa", AT, {"kind": "run", "title": "so"})
    hearing.history.audit(None, 7, "aaaaaaaa", AT, {"kind": "run", "title": "so"})
    hearing.history.audit(None, 8, "bbbbbbbb", AT, {"kind": "command"})

    assert heard.batches == [["aaaaaaaa"], ["bbbbbbbb"]]
    kept = hearing.audit.newest()[::-1]
    assert heard.entries == kept
    assert [entry.number for entry in heard.entries] == [entry.number for entry in kept]
    assert [entry.repo for entry in heard.entries] == ["acme/shop", ""]


def test_what_was_undone_is_not_heard(hearing, heard):
    claim = claimed(hearing, lease=LEASE * 0)
    assert hearing.work.claim("heir", LEASE) is not None
    with pytest.raises(Conflict):
        hearing.history.audit(claim, 7, "aaaaaaaa", AT, {"kind": "run"})
    with pytest.raises(Transient), hearing.database.write("break it") as connection:
        raise Transient(f"over {connection.info is not None}")
    hearing.repos.add(REPO)

    assert heard.batches == []


def test_of_one_that_nobody_hears_nothing_is_told(store):
    store.history.audit(None, 7, "aaaaaaaa", AT, {"kind": "run"})
    assert [entry.event for entry in store.audit.newest()] == ["aaaaaaaa"]


def test_many_threads_are_heard_of_each_once(hearing, heard):
    def write(thread):
        for n in range(10):
            hearing.history.audit(None, thread, f"event-{thread}-{n}", AT, {"kind": "run"})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(heard.entries) == len({entry.event for entry in heard.entries}) == 40
    for thread in range(1, 5):
        mine = [entry.event for entry in heard.entries if entry.repo_id == thread]
        assert mine == [f"event-{thread}-{n}" for n in range(10)]
    if hearing.database.kind == "sqlite":
        numbers = [entry.number for entry in heard.entries]
        assert numbers == sorted(numbers)

"""A grant that comes while a waiting client is looked at is told at once, wherever in a look it falls."""

from datetime import timedelta

import pytest

from app.core.locks.quota import Quota
from app.core.model.lock_requests import DirectRequest
from app.core.model.names import GroupName
from app.web.api.call import Call
from app.web.api.requests import see
from app.web.keys import Holder
from tests.web.conftest import NOW

TTL = timedelta(minutes=1)
FLOOR = {"floor": 1}


def client(owner):
    return DirectRequest(
        0, 7, "acme/shop", "client", "ci", (GroupName("floor"),), 0, "queued", NOW, TTL, owner=owner
    )


class Meanwhile:
    """The store, in which *happens* once, just before the row is read that is told: between looks."""

    def __init__(self, store, happens):
        self._store, self._happens = store, [happens]

    def __getattr__(self, name):
        return (
            self
            if name == "direct_locks"
            else getattr(self._store, name, None) or getattr(self._store.direct_locks, name)
        )

    def read(self, *asked):
        if self._happens:
            self._happens.pop()()
        return self._store.direct_locks.read(*asked)


class Looks:
    """Waits in no time: it looks at once, and again when *later* has been called; None: never more."""

    def __init__(self, later=lambda: None):
        self._later = later

    def until(self, _seconds, changed):
        self._later()
        found = changed()
        assert found is not None, "it goes on waiting, and nothing will change any more"
        return found


@pytest.fixture
def queue(store):
    """`first` has the group, and `second` waits for it: their ids, and what gives it to `second`."""
    first = store.direct_locks.ask(client("first"), Quota())
    held = store.direct_locks.take(first.id, FLOOR, NOW, {})
    second = store.direct_locks.ask(client("second"), Quota())

    def grants():
        store.direct_locks.release(first.id, held.tokens["floor"], NOW)
        store.direct_locks.take(second.id, FLOOR, NOW, {})

    return second.id, grants


def asked(store, request_id, waits, clock=lambda: NOW):
    path = {"scope": "repo-7", "group": "floor", "request": str(request_id)}
    holder = Holder("ci", frozenset({"lock"}))
    return see(Call(store, clock, holder, Quota(), waits, path, {"wait": "60"})).value


class Never:
    """Nobody is to wait."""

    def until(self, _seconds, _changed):
        raise AssertionError("it waits, and nothing will change any more")


def test_a_grant_between_the_question_and_the_waiting_is_told_at_once(store, queue):
    second, grants = queue
    assert asked(Meanwhile(store, grants), second, Never())["state"] == "held"


def test_a_grant_while_its_place_is_noted_is_told_at_once(store, queue):
    """A client that waits is noted now and then: it may be granted just before."""
    second, grants = queue
    now = [NOW]
    store = Meanwhile(store, lambda: None)

    def later():
        now[0] += TTL / 2
        store._happens.append(grants)

    assert asked(store, second, Looks(later), lambda: now[0])["state"] == "held"


def test_while_nothing_changes_there_is_no_news(store, queue):
    second, _ = queue
    looks = []

    class Once(Looks):
        def until(self, seconds, changed):
            looks.append(changed())

    assert asked(store, second, Once())["state"] == "queued"
    assert looks == [None]

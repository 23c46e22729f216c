"""A repository whose looks fail does not hold a queue of its organisation for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core.locks.queue import Board
from app.core.model.comments import CommandRecord
from app.core.model.group_names import of_organization
from app.core.model.repository_change import RepoChange, RepoRecord
from app.errors import Conflict
from tests.contracts.facts import AT, LEASE, freight

SHARED = of_organization(5, "e2e")
LATER = AT + timedelta(minutes=1)
NOTED = CommandRecord("1", 1, "commit", "/unlock e2e --force stuck", "carol", AT)


class Looks:
    """The looks at some repositories of one organisation; those of *failing* come to nothing."""

    def __init__(self, store: Any) -> None:
        self.store, self.failing = store, set[str]()

    def all(self) -> None:
        while (claim := self.store.work.claim("worker", LEASE)) is not None:
            failed = claim.key in self.failing
            delay = timedelta(hours=1) if failed else None
            self.store.work.finish(claim, delay, failed=failed)

    def at(self, repo_id: int, act: Any) -> Any:
        """What *act* gives, with the claim of a look at that repository."""
        self.all()
        self.store.work.touch(f"repo-{repo_id}")
        claim = self.store.work.claim("worker", LEASE)
        assert claim.key == f"repo-{repo_id}"
        try:
            return act(claim)
        finally:
            self.store.work.finish(claim, None)

    def fail(self, repo_id: int, times: int) -> None:
        """That many looks in a row come to nothing, and every later one."""
        self.all()
        self.failing.add(f"repo-{repo_id}")
        for _ in range(times):
            self.store.work.touch(f"repo-{repo_id}")
            self.all()

    def ask(self, repo_id: int, group: str = SHARED, stage: str = "e2e") -> Any:
        self.store.repos.add(RepoRecord(repo_id, "acme", f"r{repo_id}", 3))
        wanted = {
            "repo_id": repo_id,
            "repo_name": f"acme/r{repo_id}",
            "stage": stage,
            "promotion": f"p-{repo_id}-{stage}",
            "freight": freight(),
            "groups": (group,),
            "at": AT,
        }
        return self.at(repo_id, lambda claim: self.store.locks.request(claim, **wanted))

    def grant(self, one: Any) -> Any:
        free = dict.fromkeys(one.groups, 1)
        return self.at(one.repo_id, lambda c: self.store.locks.grant(c, one.id, free, LATER))

    def end(self, one: Any) -> None:
        self.at(one.repo_id, lambda c: self.store.locks.end(c, one.id, "released", "why", LATER))


@pytest.fixture
def looks(store):
    return Looks(store)


def test_who_waits_where_eight_looks_in_a_row_fail_is_passed_and_keeps_the_place(looks, store):
    held, stuck, behind = looks.ask(7), looks.ask(8), looks.ask(9)
    looks.grant(held)
    looks.end(held)
    looks.fail(8, 6)
    with pytest.raises(Conflict, match="1 request is before us"):
        looks.grant(behind)
    looks.fail(8, 8)
    assert [request.repo_id for request in store.organizations.beside(10, [SHARED]).requests] == [9]
    assert looks.grant(behind).state == "held"

    last = looks.ask(7, stage="again")
    looks.failing.clear()
    looks.at(8, lambda _: None)  # one that succeeds
    looks.end(behind)
    with pytest.raises(Conflict, match="1 request is before us"):
        looks.grant(last)
    assert looks.grant(stuck).state == "held"


def test_who_waits_where_looks_end_their_process_is_passed(looks, store):
    held, _, behind = looks.ask(7), looks.ask(8), looks.ask(9)
    looks.grant(held)
    looks.end(held)
    looks.all()
    for _ in range(2):
        store.work.touch("repo-8")
        assert store.work.claim("dead-1", LEASE).key == "repo-8"
        store.work.bury("dead-", "it was killed")
    assert looks.grant(behind).state == "held"


def test_a_place_is_counted_as_it_is_read_and_without_who_is_passed(looks, store):
    asked = [looks.ask(number) for number in (7, 8, 9, 10)]
    asked += [looks.ask(9, stage="again"), looks.ask(9, group="e2e", stage="own")]
    looks.grant(asked[0])
    for stuck in (False, True):
        if stuck:
            looks.fail(8, 8)
        counted = []
        for one in asked:
            [group] = one.groups
            now = store.direct_locks.find(one.id)
            board = Board(store.direct_locks.live(one.repo_id, group))
            standing = store.direct_locks.standing(now, group)
            counted.append((standing.place, standing.of))
            assert (board.place(now, group) or (None, None)) == counted[-1]
            assert (standing.holder,) == (board.holders(group)[:1] or (None,))
        around = [(1, 4), (1, 3), (2, 3), (3, 3)] if stuck else [(1, 4), (2, 4), (3, 4), (4, 4)]
        assert counted == [(None, None), *around, (1, 1)]


def due(store):
    """The key of the first look that is due, which is then over."""
    claim = store.work.claim("worker", LEASE)
    if claim is None:
        return None
    store.work.finish(claim, None)
    return claim.key


def test_the_eighth_look_that_fails_wakes_who_waits_behind(looks, store):
    held, _, _ = looks.ask(7), looks.ask(8), looks.ask(9)
    looks.ask(6, "own")
    looks.grant(held)
    looks.end(held)
    looks.fail(8, 6)
    for keys in ([None], ["repo-9", None], [None]):
        store.work.touch("repo-8")
        claim = store.work.claim("worker", LEASE)
        store.work.finish(claim, timedelta(hours=1), failed=True)
        assert [due(store) for _ in keys] == keys


def test_the_second_death_in_a_row_wakes_who_waits_behind(looks, store):
    looks.ask(8)
    looks.ask(9)
    looks.all()
    for _ in range(2):
        store.work.touch("repo-8")
        assert store.work.claim("dead-1", LEASE).key == "repo-8"
        store.work.bury("dead-", "it was killed")
    assert [due(store), due(store)] == ["repo-9", None]


def test_what_is_held_where_looks_fail_still_blocks(looks):
    held, behind = looks.ask(7), looks.ask(8)
    looks.grant(held)
    looks.fail(7, 20)
    with pytest.raises(Conflict, match="e2e is held by 1"):
        looks.grant(behind)


def test_a_force_ends_at_once_what_is_held_where_looks_fail(looks, store):
    """Its own plan, which would end it, comes to nothing."""
    held, behind = looks.ask(7), looks.ask(8)
    looks.grant(held)
    looks.fail(7, 8)
    looks.at(8, lambda c: store.locks.force(c, held.id, "stuck", LATER, "carol", NOTED))
    assert looks.grant(behind).state == "held"


def test_in_a_group_of_its_own_a_repository_passes_nobody_by_that(looks):
    first, second = looks.ask(7, "own", "a"), looks.ask(7, "own", "b")
    looks.fail(7, 20)
    with pytest.raises(Conflict, match="1 request is before us"):
        looks.grant(second)
    assert looks.grant(first).state == "held"


def lapse(looks, one, hours, longest=2):
    """A look at another repository finds that its time may be over; how it stands then."""
    at, most = AT + timedelta(hours=hours), timedelta(hours=longest)
    looks.at(8, lambda c: looks.store.locks.lapse_left_alone(c, one.id, most, at))
    found = looks.store.direct_locks.find(one.id)
    return found.state, found.suspect_at


@pytest.mark.parametrize("how", ["failing", "gone"])
def test_only_where_nobody_looks_do_others_see_to_the_time_of_what_is_held(looks, store, how):
    """rule L107: judged by what is so in that transaction, and done once."""
    held, _ = looks.ask(7), looks.ask(8)
    looks.grant(held)
    assert lapse(looks, held, 5) == ("held", None)
    if how == "failing":
        looks.fail(7, 8)
    else:
        store.repos.change(7, RepoChange(unavailable="it is gone"))
    assert lapse(looks, held, 1) == ("held", None)
    suspect = ("suspect", AT + timedelta(hours=5))
    assert lapse(looks, held, 5) == suspect
    assert lapse(looks, held, 9) == suspect
    assert [r.alone.since for r in store.organizations.beside(8, [SHARED]).requests] == [LATER]


def test_who_shares_a_group_is_looked_at_when_its_holders_repository_is_left_alone(looks, store):
    """rule L107: from then on it is theirs to see to its time."""
    held, _ = looks.ask(7), looks.ask(8)
    looks.ask(6, "own")
    looks.grant(held)
    looks.all()
    for why, keys in (("it is gone", ["repo-8", None]), ("it is gone", [None]), ("", [None])):
        store.repos.change(7, RepoChange(unavailable=why))
        assert [due(store) for _ in keys] == keys

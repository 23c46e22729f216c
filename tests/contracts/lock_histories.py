"""What every step of a history of lock requests is held against: the real store beside the ledger."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine, invariant

from app.core.model.group_names import of_organization
from app.core.model.lock_requests import LockRequest
from app.core.model.repository_change import RepoRecord
from app.ports.store import Claim
from app.sql.store.store import SqlStore
from tests.contracts.facts import AT, LEASE
from tests.contracts.ledger import HOLDING, Ledger, Wish
from tests.contracts.mortal import REFUSED, Call, Process

_NUMBERS = itertools.count(1)
CALM = 0
FATES = {6: "before", 7: "after"}
"""Of the process that makes a call: whether it dies, before its commit or after."""
Then = Callable[[Any], None]
"""What the ledger makes of the store's answer: it fails where that may not be."""


def there(*kinds: str) -> Callable[[Any], bool]:
    """Where one of those has asked for something: what comes too late has something to concern."""
    return lambda self: any(w.who[0] in kinds for w in self.ledger.wishes.values())


class History(RuleBasedStateMachine):
    """
    Two repositories of an organisation, each with a group `e2e` of its own, share another `e2e` and
    `db`, whose permits have names.

    A call that is to die before its commit changes nothing, and is then made by the next process.
    One whose answer is lost after it is made again, and answered and done as once.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.process, self.watcher = Process(url), SqlStore(url)
        number = next(_NUMBERS)
        self.repos = (2 * number, 2 * number + 1)
        self.e2e, self.db = (of_organization(number, name) for name in ("e2e", "db"))
        own = {f"{repo}:e2e": 3 for repo in self.repos}
        self.ledger = Ledger({self.e2e: 1, self.db: ("db-1", "db-2"), **own})
        self.now = 0
        self.weather: Iterator[int] = itertools.repeat(CALM)
        self.broken = False
        self._forget_others()
        for repo in self.repos:
            self.process.store.repos.add(RepoRecord(repo, "acme", f"r{repo}", 3))
            self.process.store.work.touch(f"repo-{repo}")

    def teardown(self) -> None:
        try:
            self.weather = itertools.repeat(CALM)
            if not self.broken:
                self.comes_to_rest()
        finally:
            self.process.store.close()
            self.watcher.close()

    def _forget_others(self) -> None:
        """What other histories left behind, in whatever state, is nobody's work any more."""
        work = self.process.store.work
        work.take_over("worker")
        while (claim := work.claim("worker", LEASE)) is not None:
            work.finish(claim, None)

    def looked(self) -> bool:
        """The look that is due longest; whether there was one."""
        raise AssertionError

    def comes_to_rest(self) -> None:
        """By the looks that are due alone, and as holders give back, everybody has a turn."""
        raise AssertionError

    # groups: the ledger tells two of one name in two repositories apart, as nobody else does

    def known(self, repo: int, group: str) -> str:
        """What the ledger calls a group that *repo* names so."""
        return group if "/" in group else f"{repo}:{group}"

    def spoken(self, groups: dict[str, Any]) -> dict[Any, Any]:
        """As the repository itself names them."""
        return {group.rpartition(":")[2]: value for group, value in groups.items()}

    def noted(self, repo: int, groups: Any) -> dict[str, Any]:
        return {self.known(repo, group): value for group, value in groups.items()}

    @property
    def at(self) -> Any:
        return AT + timedelta(seconds=self.now)

    def one(self, which: int, *kinds: str) -> Wish:
        """Of what those ever asked: 0 is the newest."""
        known = [w for w in self.ledger.wishes.values() if w.who[0] in kinds]
        return known[-1 - which % len(known)]

    # one step

    def act(
        self, call: Call, then: Then, repo: int | None = None, claim: Claim | None = None
    ) -> bool:
        """
        Have *call* made by a worker at *repo* (by a client, where that is None; in a look, under
        its *claim*), as a process that may die now.

        :returns: whether the process died on a look, whose claim is gone
        """
        moment = next(self.weather)
        self.broken = True
        died = self._acted(call, then, repo, claim, moment)
        self.broken = False
        if claim is None and moment & 8:
            self.looked()
        return died

    def _acted(
        self, call: Call, then: Then, repo: int | None, claim: Claim | None, moment: int
    ) -> bool:
        fate, looking = FATES.get(moment % 8, "lives"), claim is not None
        if fate == "before":
            self.process.dies_before(call, claim or self._borrowed(repo))
            self.check()
            if looking:
                return True
        able, marks = self.going(), self.marks()
        proof = claim or self._borrowed(repo)
        answer = self.process.answer(call, proof)
        then(answer)
        self.woken(able, marks)
        self.check()
        if fate == "after":
            self.process.begins_anew()
            if looking:
                return True
            proof = self._borrowed(repo)
            assert self.process.answer(call, proof) == answer, "not the same answer"
            self.check()
        if proof is not None and not looking:
            self.process.store.work.give_back(proof)
        return False

    def _borrowed(self, repo: int | None) -> Claim | None:
        return None if repo is None else self.process.claim(repo)

    def going(self) -> set[int]:
        return {w.id for w in self.ledger.going()}

    def marks(self) -> dict[int, tuple[int, bool]]:
        """How often each repository was marked dirty, and whether a look at it is due."""
        template = "SELECT key, generation, run_at <= {now} FROM work WHERE key IN (:a, :b)"
        with self.watcher.database.quick("look") as execute:
            keys = {"a": f"repo-{self.repos[0]}", "b": f"repo-{self.repos[1]}"}
            rows = execute(self.watcher.database.sql(template), keys)
        return {int(key[5:]): (generation, bool(due)) for key, generation, due in rows}

    def woken(self, able: set[int], before: dict[int, tuple[int, bool]]) -> None:
        """Whoever may go by what was just done: their repository was marked with it (rule L5)."""
        after = self.marks()
        for wish in self.ledger.going():
            if wish.id not in able:
                assert after[wish.repo][0] > before[wish.repo][0], f"nobody wakes {wish}"

    # what holds at any time

    @invariant()
    def whoever_may_go_is_looked_at(self) -> None:
        """No lost wake-up: a look at their repository is due."""
        due = {repo for repo, (_, now) in self.marks().items() if now}
        lost = {w.repo for w in self.ledger.going()} - due
        self.broken = self.broken or bool(lost)
        assert not lost

    def check(self) -> None:
        """The store has what the ledger has, in its order, and nothing else."""
        found = [one for repo in self.repos for one in self.watcher.direct_locks.live(repo)]
        found.sort(key=lambda one: one.seq)
        expected = self.ledger.live()
        assert [one.id for one in found] == [w.id for w in expected]
        for one, wish in zip(found, expected, strict=True):
            self.same(one, wish)

    def same(self, one: Any, wish: Wish) -> None:
        assert one.state == wish.state, f"{one} is not {wish}"
        wants = {group: one.weights.get(group, 1) for group in one.groups}
        assert self.noted(wish.repo, wants) == wish.wants
        assert self.noted(wish.repo, one.tokens) == wish.tokens
        assert self.noted(wish.repo, one.permits) == wish.names
        assert one.tokens.keys() == (set(one.groups) if one.state in HOLDING else set())
        if isinstance(one, LockRequest):
            assert (one.promotion, one.out_of_turn) == (wish.promotion, wish.uninvited)

    def over(self, wish: Wish) -> None:
        """What has ended is kept as it ended."""
        one = self.watcher.direct_locks.find(wish.id)
        assert one is not None
        assert one.state == wish.state

    def granted(self, wish: Wish, answer: Any) -> None:
        """What becomes of a worker's or client's attempt to let *wish* in."""
        self.ledger.grant(
            wish, self.noted(wish.repo, answer.tokens), self.noted(wish.repo, answer.permits)
        )
        wish.until, wish.told = self.now + wish.ttl, False

    def permits(self, wish: Wish) -> tuple[dict[Any, int], dict[Any, Any]]:
        """The numbers and names that the files in force give the groups of *wish*."""
        mine = {
            group: self.ledger.permits[group]
            for group in wish.wants
            if group in self.ledger.permits
        }
        names = {group: names for group, names in mine.items() if isinstance(names, tuple)}
        return self.spoken({group: self.ledger.size(group) for group in mine}), self.spoken(names)


__all__ = ["REFUSED", "History"]

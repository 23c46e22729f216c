"""
From a release to the next grant: 100 and 10,000 stages wait on 50 permits, on both databases.

One round is two transactions of the store: a holder's end, and the grant to the oldest of those who
wait; both queues take turns. Once more with what the look between them reads and decides, where as
many repositories wait as so many requests take by the quota.
"""

from __future__ import annotations

import tempfile
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, text

from app.core.locks.queue import Board
from app.core.model.group_names import of_organization, place
from app.core.model.lock_requests import LIVE, AnyRequest, LockRequest
from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.repository_change import RepoRecord
from app.sql.locks.requests import row_of
from app.sql.queue.dirty import repo_key
from app.sql.schema.lock_tables import counters, lock_groups, lock_request_groups, lock_requests
from benchmarks.harness import Row, Series, measure, within
from benchmarks.work import opened
from tests.postgres import Postgres

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.ports.store import Claim
    from app.sql.store.store import SqlStore

PERMITS, FEW, MANY = 50, 100, 10_000
ORGANIZATION, REPOSITORIES, QUOTA = 5, 20, 20
GROUP = of_organization(ORGANIZATION, "e2e-env")
ROUNDS = 300
GOAL_MS, FLAT = 100, 1.5
AT = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(hours=1)
FREIGHT = FreightId(WarehouseName("web"), Sha("a" * 40))


@dataclass
class Queue:
    """A store where *held* have all permits and *waiting* wait, oldest first."""

    store: SqlStore
    claims: dict[int, Claim]
    held: deque[LockRequest]
    waiting: deque[LockRequest]
    look: bool = False
    over: LockRequest | None = None

    def turn(self) -> None:
        """One is over, and the next is granted."""
        gone, following = self.held.popleft(), self.waiting.popleft()
        locks = self.store.locks
        locks.end(self.claims[gone.repo_id], gone.id, "released", "", AT)
        if self.look:
            self._look(following)
        claim = self.claims[following.repo_id]
        granted = locks.grant(claim, following.id, {GROUP: PERMITS}, AT)
        if granted.state != "held":
            raise RuntimeError(granted.state)
        self.held.append(following)
        self.over = gone

    def _look(self, request: LockRequest) -> None:
        """What the repository that comes next reads of its requests and of the shared queue."""
        records = self.store.history.load(request.repo_id)
        beside = self.store.organizations.beside(request.repo_id, [GROUP])
        every: tuple[AnyRequest, ...] = (*records.requests, *beside.requests)
        live = (other for other in every if other.state in LIVE)
        if not Board(live, beside.queues).grantable(request, {GROUP: PERMITS}):
            raise RuntimeError(request)

    def refill(self) -> None:
        """Whoever had it last queues up again: the queue is as long as before."""
        gone = self.over
        if gone is None:
            return
        asked = self.store.locks.request(
            self.claims[gone.repo_id],
            repo_id=gone.repo_id,
            repo_name=gone.repo_name,
            stage=gone.stage,
            promotion=PromotionId(f"{gone.promotion}+"),
            freight=FREIGHT,
            groups=[GROUP],
            at=AT,
        )
        self.waiting.append(asked)
        self.over = None


def filled(
    store: SqlStore, waiters: int, repositories: int = REPOSITORIES, *, look: bool = False
) -> Queue:
    """That many wait behind the holders of all permits."""
    repos = range(1, repositories + 1)
    for number in repos:
        store.repos.add(RepoRecord(number, "acme", f"r{number}", 3))
        store.work.touch(repo_key(number))
    found = [store.work.claim("benchmark", LEASE) for _ in repos]
    claims = {int(one.key.rpartition("-")[2]): one for one in found if one is not None}
    requests = [_request(number + 1, repositories) for number in range(PERMITS + waiters)]
    rows = [{**row_of(one), "id": one.id} for one in requests]
    scope, name = place(GROUP, "")
    in_group = {"scope": scope, "name": name, "place": 0, "weight": 1, "permit": ""}
    parts = [{**in_group, "request_id": r.id, "token": r.tokens.get(GROUP)} for r in requests]
    with store.database.write("fill a queue") as connection:
        connection.execute(insert(lock_requests), rows)
        group = {"scope": scope, "name": name, "last_token": PERMITS}
        connection.execute(insert(lock_groups), [group])
        connection.execute(insert(lock_request_groups), parts)
        connection.execute(insert(counters), [{"name": "lock-seq", "value": len(requests)}])
        _count_on(store, connection, len(requests))
    return Queue(store, claims, deque(requests[:PERMITS]), deque(requests[PERMITS:]), look)


def _count_on(store: SqlStore, connection: Connection, last: int) -> None:
    """Rows with ids of our own do not move PostgreSQL's counter of them."""
    if store.database.kind == "postgresql":
        serial = "SELECT setval(pg_get_serial_sequence('lock_requests', 'id'), :last)"
        connection.execute(text(serial), {"last": last})


def _request(number: int, repositories: int) -> LockRequest:
    repo_id = number % repositories + 1
    held = number <= PERMITS
    return LockRequest(
        number,
        repo_id,
        f"acme/r{repo_id}",
        StageName(f"s{number}"),
        PromotionId(f"p{number}"),
        FREIGHT,
        (GROUP,),
        number,
        "held" if held else "queued",
        AT,
        granted_at=AT if held else None,
        tokens={GROUP: number} if held else {},
    )


def compared(few: SqlStore, many: SqlStore, rounds: int, most: int) -> list[Row]:
    """A short queue and a long one in turn, on databases of one kind."""
    short, long = filled(few, FEW), filled(many, most)
    for store in (few, many):
        _know(store)
    short_name, long_name = f"{FEW:,} waiters", f"{most:,} waiters"

    def refill() -> None:
        short.refill()
        long.refill()

    sides = {long_name: long.turn, short_name: short.turn}
    found = measure(sides, rounds=rounds, before=refill)
    what = f"a release and the next grant, {PERMITS} permits, {most:,} waiters, {_kind(few)}"
    return [
        _at_most(what, found[long_name]),
        within(f"{what}; against {FEW}", found[long_name], found[short_name], FLAT),
    ]


def looked(store: SqlStore, rounds: int, most: int) -> Row:
    """A long queue of many repositories, with the look between the two transactions."""
    repositories = max(1, most // QUOTA)
    queue = filled(store, most, repositories, look=True)
    _know(store)
    name = f"{most:,} waiters"
    found = measure({name: queue.turn}, rounds=rounds, before=queue.refill)
    what = f"the same with the look of the next one, {repositories} repositories, {_kind(store)}"
    return _at_most(what, found[name])


def _know(store: SqlStore) -> None:
    with store.database.write("know how much there is") as connection:
        connection.execute(text("ANALYZE"))


def _kind(store: SqlStore) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[store.database.kind]


def _at_most(what: str, found: Series) -> Row:
    slow = late(found.values)
    goal = f"99 of 100 below {GOAL_MS} ms"
    return Row(what, found, None, slow, "ms (99 of 100)", goal, slow < GOAL_MS)


def late(times: Sequence[float]) -> float:
    """The 99th percentile."""
    return sorted(times)[int(len(times) * 0.99)]


def rows(*, tiny: bool) -> list[Row]:
    """Measure on SQLite, and on PostgreSQL."""
    rounds, most = (2, 200) if tiny else (ROUNDS, MANY)
    with tempfile.TemporaryDirectory() as folder:
        root = f"sqlite:///{folder}"
        with opened(f"{root}/few.db") as few, opened(f"{root}/many.db") as many:
            found = compared(few, many, rounds, most)
        with opened(f"{root}/crowd.db") as crowd:
            found.append(looked(crowd, rounds, most))
    if not tiny:
        with tempfile.TemporaryDirectory() as folder:
            server = Postgres(Path(folder))
            server.start()
            try:
                with opened(server.fresh()) as few, opened(server.fresh()) as many:
                    found += compared(few, many, rounds, most)
                with opened(server.fresh()) as crowd:
                    found.append(looked(crowd, rounds, most))
            finally:
                server.stop()
    return found

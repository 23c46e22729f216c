"""What the store knows about the whole, read at each scrape: `app/observe/gauges.py` names it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, case, func, select

from app.core.model.lock_requests import LIVE
from app.core.planning.dwell_times import QUESTION, Stay
from app.core.state.budget_shares import Importance, part
from app.ports.gauge import Gauge, Served
from app.sql.database.engine import Database, run
from app.sql.database.types import micros
from app.sql.records.budget import LIMITS
from app.sql.schema.lock_tables import lock_requests, service_claims
from app.sql.schema.tables import deliveries, promotions, repositories

_WORK = """
SELECT {now},
  sum(CASE WHEN run_at <= {now} AND coalesce(lease_until, 0) <= {now}
    AND coalesce(rests_until, 0) <= {now} THEN 1 ELSE 0 END),
  sum(CASE WHEN lease_until > {now} THEN 1 ELSE 0 END),
  sum(CASE WHEN owner IS NOT NULL AND lease_until <= {now} THEN 1 ELSE 0 END),
  sum(CASE WHEN failures > 0 THEN 1 ELSE 0 END),
  sum(CASE WHEN rests_until > {now} THEN 1 ELSE 0 END)
FROM work
"""
_SPENT = """
SELECT i.installation_id, (SELECT count(*) FROM budget_spends AS s
  WHERE s.installation_id = i.installation_id AND s.at > {now} - :window)
FROM (SELECT DISTINCT installation_id FROM repositories WHERE unavailable = '') AS i
ORDER BY i.installation_id
"""
_WINDOWS: Final = ("minute", "hour")


def read(database: Database, oldest_due: timedelta) -> Sequence[Gauge]:
    """All of them, from one consistent view; *oldest_due* is `Work.due_for`."""
    with database.read("count what is stored") as connection:
        now, due, held, lapsed, failing, resting = run(connection, database.sql(_WORK), {})[0]
        return [
            Gauge("work_due", due or 0),
            Gauge("work_oldest_due_seconds", oldest_due.total_seconds()),
            Gauge("work_leases", held or 0, ("held",)),
            Gauge("work_leases", lapsed or 0, ("lapsed",)),
            Gauge("work_failing", failing or 0),
            Gauge("work_quarantined", resting or 0),
            *_of_deliveries(connection, now),
            *_of_promotions(connection),
            *_of_locks(connection, now),
            *_of_services(connection),
            *_of_repositories(connection, now),
            *_of_budgets(connection, database),
        ]


def served(database: Database) -> Served:
    """Whose series metrics show: those that are not left alone."""
    query = select(repositories.c.id, repositories.c.installation_id)
    with database.read("tell who is served") as connection:
        rows = connection.execute(query.where(repositories.c.unavailable == "")).all()
    return Served(frozenset(row[0] for row in rows), frozenset(row[1] for row in rows))


def _of_deliveries(connection: Connection, now: int) -> Iterator[Gauge]:
    query = select(func.count(), func.min(deliveries.c.received_at)).where(
        deliveries.c.done.is_(False)
    )
    count, oldest = connection.execute(query).one()
    yield Gauge("deliveries_pending", count)
    yield Gauge("deliveries_oldest_pending_seconds", _age(oldest, now))


def _of_promotions(connection: Connection) -> Iterator[Gauge]:
    query = select(promotions.c.state, func.count()).group_by(promotions.c.state)
    for state, count in connection.execute(query):
        yield Gauge("promotions", count, (state,))


def _of_locks(connection: Connection, now: int) -> Iterator[Gauge]:
    since = func.coalesce(
        lock_requests.c.suspect_at, lock_requests.c.granted_at, lock_requests.c.requested_at
    )
    late = (lock_requests.c.kind == "person") & (lock_requests.c.state == "suspect")
    shown = case((late, "overdue"), else_=lock_requests.c.state)
    query = (
        select(shown, func.count(), func.min(since))
        .where(lock_requests.c.state.in_(sorted(LIVE)))
        .group_by(shown)
    )
    by_state = {state: (count, oldest) for state, count, oldest in connection.execute(query)}
    for state in sorted({*LIVE, "overdue"}):
        count, oldest = by_state.get(state, (0, None))
        yield Gauge("lock_requests", count, (state,))
        yield Gauge("lock_requests_oldest_seconds", _age(oldest, now), (state,))


def _of_services(connection: Connection) -> Iterator[Gauge]:
    """In repositories that are served, and in those that are left alone."""
    query = (
        select(repositories.c.unavailable, func.count())
        .select_from(service_claims)
        .join(repositories, repositories.c.id == service_claims.c.repo_id)
        .group_by(repositories.c.unavailable)
    )
    claims = {"served": 0, "unavailable": 0}
    for why, count in connection.execute(query):
        claims["unavailable" if why else "served"] += count
    for state, count in claims.items():
        yield Gauge("outside_locks", count, (state,))


def _of_repositories(connection: Connection, now: int) -> Iterator[Gauge]:
    """Repositories, and where the freights are that are under way in them."""
    served = left_alone = 0
    stays: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    query = select(repositories.c.unavailable, repositories.c.stays)
    for unavailable, written in connection.execute(query):
        served, left_alone = served + (not unavailable), left_alone + bool(unavailable)
        for stay in _stays(written):
            stays[stay.phase, stay.reason].append(stay.since)
    yield Gauge("repositories", served, ("served",))
    yield Gauge("repositories", left_alone, ("unavailable",))
    for labels, since in sorted(stays.items()):
        yield Gauge("freights", len(since), labels)
        yield Gauge("freights_oldest_seconds", _age(min(since), now), labels)


def _stays(written: Mapping[str, Sequence[str]]) -> Iterator[Stay]:
    for key, fields in written.items():
        if not key.startswith(QUESTION):
            yield Stay.read(fields)


def _of_budgets(connection: Connection, database: Database) -> Iterator[Gauge]:
    for (most, seconds), window in zip(LIMITS, _WINDOWS, strict=True):
        values = {"window": seconds * 1_000_000}
        for installation, spent in run(connection, database.sql(_SPENT), values):
            left = part(most, Importance.URGENT) - spent  # the rest is for answers
            yield Gauge("budget_left", max(0, left), (str(installation), window))


def _age(since: datetime | int | None, now: int) -> float:
    if since is None:
        return 0.0
    then = since if isinstance(since, int) else micros(since)
    return max(0, now - then) / 1_000_000

"""
What a long past costs: what every look reads of 20 stages, with 10 and with 10,000 promotions a
stage, and with 100 and with 20,000 freights, side by side; and how long one clean-up holds the
database's write lock.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from app.core.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.records import Freight, Promotion
from app.sql import retention
from app.sql.rows import to_row
from app.sql.store import SqlStore
from app.sql.tables import freights, promotions, stages
from benchmarks.harness import Row, Series, below, measure, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

ROUNDS = 15
STAGES = 20
GOAL = 1.2
HOLDS = 50
REPO = 1
AT = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
WEB = WarehouseName("web")
BULK = 5_000


@dataclass(frozen=True)
class Past:
    """A repository with so many promotions behind each stage, and so many freights."""

    behind: int
    freights: int

    @property
    def name(self) -> str:
        """As the table says it."""
        return f"{self.behind:,} promotions a stage, {self.freights:,} freights"


def sha(number: int) -> Sha:
    """An object id made of *number*."""
    return Sha(f"{number:040x}")


def filled(folder: Path, past: Past) -> SqlStore:
    """A store with *past*: the newest promotion of each stage is verified."""
    folder.mkdir()
    store = SqlStore(f"sqlite:///{folder / 'stagelock.db'}")
    store.migrate()
    names = [StageName(f"s{n}") for n in range(STAGES)]
    _bulk(store, freights, (_freight(n) for n in range(past.freights)))
    _bulk(store, promotions, (_promotion(s, n, past) for n in range(past.behind) for s in names))
    _bulk(store, stages, ({"repo_id": REPO, "stage": name} for name in names))
    return store


def _bulk(store: SqlStore, table: Table, rows: Iterator[dict[str, object]]) -> None:
    while part := list(itertools.islice(rows, BULK)):
        with store.database.write("fill the store") as connection:
            connection.execute(insert(table), part)


def _freight(number: int) -> dict[str, object]:
    return {"repo_id": REPO, **to_row(Freight(FreightId(WEB, sha(number)), AT))}


def _promotion(stage: StageName, number: int, past: Past) -> dict[str, object]:
    """Every second one failed before it landed, and was tried anew: clean-up may have it."""
    freight = FreightId(WEB, sha(number // 2 % past.freights))
    at, name = AT + timedelta(seconds=number), PromotionId(f"{stage}-{number}")
    row = Promotion(name, stage, freight, "failed", sha(0), at, at, ended_at=at)
    if number % 2:
        row = replace(row, state="verified", landed=sha(number), landed_at=at, verified_at=at)
    return {"repo_id": REPO, **to_row(row, "number")}


def held(store: SqlStore, rounds: int) -> Series:
    """How long each deletion of a clean-up takes, in one transaction: the longest of each round."""
    longest = []
    for _ in range(rounds):
        times = [0.0]
        for kept, statement in retention.STATEMENTS:
            start = time.perf_counter()
            retention.forget_some(store.database, NOW - kept, statement)
            times.append((time.perf_counter() - start) * 1000)
        longest.append(max(times))
    return Series("clean-up", "ms", tuple(longest))


def rows(*, tiny: bool) -> list[Row]:
    """Read both pasts in turn, then clean up the long one."""
    few, many = Past(10, 100), Past(60, 200) if tiny else Past(10_000, 20_000)
    only, rounds = replace(few, behind=many.behind), 1 if tiny else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        pasts = (few, only, many)
        stores = {past.name: filled(Path(name) / str(n), past) for n, past in enumerate(pasts)}
        sides = {name: (lambda s=store: s.history.load(REPO)) for name, store in stores.items()}
        found = measure(sides, rounds=rounds)
        cleaning = held(stores[many.name], rounds)
        for store in stores.values():
            store.close()
    what = f"what a look reads of {STAGES} stages, "
    return [
        within(f"{what}{past.name}", found[past.name], found[few.name], GOAL)
        for past in (only, many)
    ] + [below(f"longest transaction of a clean-up, {many.name}", cleaning, HOLDS)]

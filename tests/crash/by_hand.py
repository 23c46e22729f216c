"""
The transactions of `hammer`, written by hand: SQL for these tables alone, and nothing of ours.

Three a turn, each on the groups that it names, in their order: a place at the end of the queue; the
grant, if nobody stands before and a permit is free, with the next token; the end. What the product
does besides (fences, marks for those who wait, names, weights, texts) is what it is compared with.
"""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from app.core.model.names import GroupName
from tests.crash.hammer import ASKS_AGAIN, FOREVER, PERMITS, PROCESSES

TABLES = (
    "CREATE TABLE hand_groups (name TEXT PRIMARY KEY, token INTEGER NOT NULL)",
    "CREATE TABLE hand_queue (seq INTEGER PRIMARY KEY {serial}, state TEXT NOT NULL)",
    "CREATE TABLE hand_names (seq INTEGER, name TEXT, token INTEGER, PRIMARY KEY (seq, name))",
    "CREATE INDEX hand_of ON hand_names (name, seq)",
)
LIVE = (
    "SELECT q.seq, q.state FROM hand_names n JOIN hand_queue q ON q.seq = n.seq"
    " WHERE n.name = {} ORDER BY q.seq"
)


class ByHand:
    """A connection to *url*, as SQLAlchemy writes it."""

    def __init__(self, url: str) -> None:
        self._file = url.removeprefix("sqlite:///") if url.startswith("sqlite") else ""
        self._mark = "?" if self._file else "%s"
        self._link: Any = (
            sqlite3.connect(self._file, timeout=FOREVER, isolation_level=None)
            if self._file
            else psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        )

    def create(self) -> None:
        serial = "AUTOINCREMENT" if self._file else "GENERATED ALWAYS AS IDENTITY"
        for statement in TABLES:
            self._link.execute(statement.format(serial=serial))
        for name in PERMITS:
            self._run("INSERT INTO hand_groups VALUES ({}, 0)", name)

    def close(self) -> None:
        self._link.close()

    def ask(self, groups: Sequence[GroupName]) -> int:
        with self._turn(groups):
            insert = "INSERT INTO hand_queue (state) VALUES ('queued') RETURNING seq"
            [(seq,)] = self._run(insert).fetchall()
            for name in groups:
                self._run("INSERT INTO hand_names VALUES ({}, {}, NULL)", seq, name)
        return int(seq)

    def granted(self, seq: int, groups: Sequence[GroupName]) -> bool:
        with self._turn(groups):
            for name in groups:
                live = self._run(LIVE, name).fetchall()
                held = [state for _, state in live if state == "held"]
                first = next(other for other, state in live if state == "queued")
                if first != seq or len(held) >= PERMITS[name]:
                    return False
            for name in groups:
                raised = "UPDATE hand_groups SET token = token + 1 WHERE name = {} RETURNING token"
                [(token,)] = self._run(raised, name).fetchall()
                given = "UPDATE hand_names SET token = {} WHERE seq = {} AND name = {}"
                self._run(given, token, seq, name)
            self._run("UPDATE hand_queue SET state = 'held' WHERE seq = {}", seq)
        return True

    def end(self, seq: int, groups: Sequence[str]) -> None:
        with self._turn(groups):
            self._run("UPDATE hand_queue SET state = 'released' WHERE seq = {}", seq)
            self._run("DELETE FROM hand_names WHERE seq = {}", seq)

    @contextmanager
    def _turn(self, groups: Sequence[str]) -> Iterator[None]:
        """A transaction that has the groups to itself."""
        self._link.execute("BEGIN IMMEDIATE" if self._file else "BEGIN")
        try:
            for name in sorted(groups) if not self._file else ():
                self._run("SELECT 1 FROM hand_groups WHERE name = {} FOR UPDATE", name)
            yield
        except BaseException:
            self._link.execute("ROLLBACK")
            raise
        self._link.execute("COMMIT")

    def _run(self, statement: str, *values: object) -> Any:
        return self._link.execute(statement.replace("{}", self._mark), values)


def hammered_by_hand(url: str, seconds: float) -> int:
    """How many turns as many processes have in that time, at the same three groups."""
    made = ByHand(url)
    made.create()
    made.close()
    context = multiprocessing.get_context("spawn")
    together, said = context.Barrier(PROCESSES), context.Queue()
    workers = [
        context.Process(target=_hammer, args=(url, number, together, seconds, said))
        for number in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    turns = sum(said.get(timeout=seconds + 2 * FOREVER) for _ in workers)
    for worker in workers:
        worker.join()
    return int(turns)


def _hammer(url: str, number: int, together: Any, seconds: float, said: Any) -> None:
    """Ask, wait and hold for as long as the clients of `hammer` do: the load is the same."""
    link, chance, turns = ByHand(url), random.Random(number), 0
    together.wait(FOREVER)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        groups = chance.sample(sorted(PERMITS), chance.choice((1, 1, 2)))
        seq = link.ask(groups)
        while not link.granted(seq, groups):
            time.sleep(ASKS_AGAIN)
        time.sleep(chance.choice((0, 0, 0.001)))
        link.end(seq, groups)
        turns += 1
    link.close()
    said.put(turns)

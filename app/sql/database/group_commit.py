"""
One transaction for the writes of several threads: they wait for the disk once, not one by one.

Whoever finds the database free carries out what has gathered by then; the others find it done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from app.errors import Transient
from app.sql.database.connect import BUSY_SECONDS

Answer = TypeVar("Answer")
Transaction = Callable[[str], AbstractContextManager[Any]]


class _Job(Generic[Answer]):
    def __init__(self, work: Callable[[Any], Answer]) -> None:
        self.work = work
        self.answers: list[Answer] = []
        self.error: Exception | None = None

    @property
    def ended(self) -> bool:
        return bool(self.answers) or self.error is not None


class Sharing:
    """Writes of one process, over *transaction*, which is durable when its block ends."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._turn = threading.Lock()
        self._waiting: deque[_Job[Any]] = deque()

    def run(self, doing: str, work: Callable[[Any], Answer]) -> Answer:
        """
        Carry *work* out, durably, and return its answer.

        It may be begun twice, the first time without effect, where another one failed beside it.
        """
        job = _Job(work)
        self._waiting.append(job)
        # Twice as long as a transaction waits for another process: ours may have a batch ahead.
        if not self._turn.acquire(timeout=2 * BUSY_SECONDS):
            raise self._late(job, doing)
        try:
            if not job.ended:
                self._carry_out(doing, self._gathered())
        finally:
            self._turn.release()
        if job.error is not None:
            raise job.error
        return job.answers[0]

    def _gathered(self) -> list[_Job[Any]]:
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _carry_out(self, doing: str, jobs: list[_Job[Any]]) -> None:
        try:
            with self._transaction(doing) as execute:
                answers = [job.work(execute) for job in jobs]
        except Transient as error:  # the database's trouble is everybody's
            for job in jobs:
                job.error = Transient(error.message, maybe_done=error.maybe_done)
        except Exception as error:  # noqa: BLE001 # raised in the thread that it belongs to
            if len(jobs) == 1:
                jobs[0].error = error
                return
            for job in jobs:  # the trouble of one is not that of the others
                self._carry_out(doing, [job])
        else:
            for job, answer in zip(jobs, answers, strict=True):
                job.answers.append(answer)

    def _late(self, job: _Job[Any], doing: str) -> Transient:
        try:
            self._waiting.remove(job)
        except ValueError:  # somebody has begun it
            return Transient(f"cannot {doing}: it takes too long", maybe_done=True)
        return Transient(f"cannot {doing}: another thread kept the database for too long")

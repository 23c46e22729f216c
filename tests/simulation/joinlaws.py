"""Shows the oracle the jobs that ask with GitHub's token: who joins, who is let in, and what ends."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from app.core.model.ci_jobs import JobRequest
from app.core.model.lock_requests import DirectRequest, LockRequest
from tests.oracle import joins
from tests.oracle.joins import Asker
from tests.oracle.moment import Moment
from tests.simulation.asking import Asking

if TYPE_CHECKING:
    from tests.simulation.world import World


class AtJobs:
    """Remembers who has a part in which grant, and what was judged."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._parts: dict[int, JobRequest] = {}
        self._let_in: set[tuple[int, object]] = set()

    # --- what is so ---

    def askers(self) -> dict[int, tuple[Asking, Asker]]:
        """By the number of the request."""
        return {one.request: (one, self._asker(one)) for one in self._world.jobs.all if one.request}

    def _asker(self, one: Asking) -> Asker:
        jobs, forge = self._world.jobs, self._world.forge
        started = forge.started.get(one.run)
        found = forge.jobs_in(one.run)
        mine = [job for job in found if not one.told or job.id == one.told]
        run_over = jobs.run_ended(one)
        return Asker(
            one.request, one.group, one.run, one.commit, forge.head_of(one.run),
            tuple(job.name for job in mine), started.file if started else "",
            newest=one.attempt == forge.attempt_of(one.run),
            foreign=one.run in forge.lone and forge.lone[one.run].foreign,
            over=jobs.ended(one) if one.told else run_over, run_over=run_over,
            alive=one.alive and not one.given, beside=one.beside,
            answered=one.run in forge.told_of, silent_since=forge.silent.get(one.run),
        )  # fmt: skip

    def grant(self, one: Asking) -> LockRequest | None:
        """The grant in which it has a part now, as it is stored."""
        found = self._world.store.job_requests.grant(one.request) if one.request else None
        return found if isinstance(found, LockRequest) else None

    def asking(self, moment: Moment) -> set[int]:
        """rule L58: the checks whose jobs ask for all groups of their stage: they are no visitors."""
        live = {row.id for row in moment.records.direct}
        asked: dict[int, set[str]] = {}
        for one in self._world.jobs.all:
            if one.request in live or one.request in self._parts:
                asked.setdefault(one.number, set()).add(one.group)
        found = set()
        for row, spot, running in moment.landed_jobs() if asked else ():
            since = moment.plan.spots.get(row.stage)
            groups = {*spot.locks, *(since.locks if since else ())}
            found |= {run.id for run in running if groups <= asked.get(run.id, set())}
        return found

    def queues(self, request: LockRequest, running: Collection[int]) -> bool:
        """rule L83: the checks *running* because of the visitor *request* wait for the lock."""
        moment = self._world.law.witness.moment()
        queued = {row.id for row in moment.records.direct if row.state == "queued"}
        inside = {one.number for one in self._world.jobs.all if one.inside}
        waits: dict[int, set[str]] = {}
        for one in self._world.jobs.all:
            if one.request in queued and one.number not in inside:
                waits.setdefault(one.number, set()).add(one.group)
        return joins.queues_itself(moment, request, running, waits)

    # --- while something happens ---

    def asked(self, before: int, number: int, *, live: bool) -> None:
        self._judge(joins.asked(before, number, live=live))

    def told(
        self, one: Asking, call: str, token: int | None, status: int, grant: LockRequest | None
    ) -> None:
        """*grant* is that of its part, just before the call."""
        if grant is not None:
            self._judge(joins.told(call, token, grant, status))

    def gives_back(self, request: LockRequest, by: str) -> None:
        """The grant *request* is about to end, or to queue again."""
        if by or request.ended_by or not self._world.jobs.all:
            return
        there = self.askers()
        inside = [
            there[number][1]
            for number, part in self._parts.items()
            if part.joined == request.id and number in there and not there[number][0].given
        ]
        self._judge(joins.gives_back(request, inside))

    # --- after every step ---

    def after(self, moment: Moment) -> None:
        if not self._world.jobs.all:
            return
        there = self.askers()
        parts = {ask.request: ask for ask in moment.records.job_requests if ask.joined is not None}
        for number, part in parts.items():
            if number not in self._parts and number in there:
                row = self._world.store.direct_locks.find(number)
                known = row if isinstance(row, DirectRequest) else None
                self._judge(joins.joined(moment, there[number][1], part, known))
        for number, part in self._parts.items():
            if number not in parts and number in there:
                self._over(moment, there[number], part)
        self._parts = parts
        for row in moment.records.direct:
            key = (row.id, row.granted_at)
            if row.state == "held" and row.id in there and key not in self._let_in:
                self._let_in.add(key)
                self._judge(joins.let_in(moment, there[row.id][1]))

    def _over(self, moment: Moment, found: tuple[Asking, Asker], part: JobRequest) -> None:
        grant = next((r for r in moment.records.requests if r.id == part.joined), None)
        self._judge(joins.part_over(moment, found[1], grant, by_client=found[0].given))

    def ended(self, moment: Moment, before: DirectRequest, row: DirectRequest) -> None:
        """Its request has left the queue, or what holds."""
        found = self.askers().get(row.id)
        if found is None or any(
            a.request == row.id and a.joined for a in moment.records.job_requests
        ):
            return
        one, asker = found
        self._judge(joins.ended(moment, asker, before, row, by_client=one.given))

    def owing(self, moment: Moment) -> Iterator[tuple[str, str]]:
        if self._world.jobs.all:
            yield from joins.owing(moment, [asker for _, asker in self.askers().values()])

    def _judge(self, wrong: list[str]) -> None:
        for words in wrong:
            self._world.law.wrong(words)

"""
CI jobs that run `stagelock lock` with GitHub's token: they wait, are let in, go on, give back, and die without a word.

A job that waits cannot succeed: its command has not run yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.core.model.ci_jobs import CiJob, RunAttempt
from app.core.model.names import Sha
from app.web.api import requests
from app.web.keys import Holder
from tests.simulation.calling import Route, call
from tests.simulation.github import Run

if TYPE_CHECKING:
    from tests.simulation.world import World

TTL = timedelta(minutes=10)
BEAT = TTL / 3
IN = ("held", "suspect")

Told = tuple[int, Mapping[str, object]]
"""The status of an answer, and what it says."""


@dataclass
class Asking:
    """
    One `stagelock lock` of the job *number* (*told*: what its token calls it, 0: nothing) in an
    attempt of *run*. *commit* is what the token says. *state* and *token* are what it was told.
    """

    run: int
    attempt: int
    number: int
    told: int
    commit: Sha
    owner: str
    group: str
    request: int = 0
    state: str = ""
    token: int | None = None
    alive: bool = True
    """Its process runs."""
    given: bool = False
    """It has given back, or left."""
    beside: frozenset[int] = frozenset()
    """The requests that held the group when it asked."""
    next: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.alive and self.state == "queued"

    @property
    def inside(self) -> bool:
        return self.alive and self.state in IN

    @property
    def name(self) -> str:
        return f"the job {self.number} of the run {self.run}"


class Askings:
    """All of them; none is there until something happens that makes one ask."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.all: list[Asking] = []
        self.soon = 0
        """So many checks that stages await ask as soon as they begin."""
        world.forge.begins, world.forge.concluded = self._begins, self._concluded
        world.forge.waits_for_lock = self._waiting

    # --- what is so ---

    @property
    def due(self) -> datetime | None:
        """When the next of them renews what it has."""
        return min((one.next for one in self.all if one.alive and one.next), default=None)

    def _of(self, run: Run) -> list[Asking]:
        return [one for one in self.all if one.number == run.id and one.alive]

    def _waiting(self, run: Run) -> bool:
        return any(one.waits and not self.ended(one) for one in self._of(run))

    def ended(self, one: Asking) -> bool:
        """Its job has ended, by what GitHub knows."""
        forge = self._world.forge
        if one.attempt != forge.attempt_of(one.run):
            return True
        return all(job.conclusion for job in forge.jobs_in(one.run) if job.id == one.number)

    def run_ended(self, one: Asking) -> bool:
        forge = self._world.forge
        return one.attempt != forge.attempt_of(one.run) or forge.run_over(one.run)

    # --- what happens ---

    def _begins(self, run: Run) -> None:
        group = self.group_of(run.name)
        if self.soon and group and run.suite and not self.is_in(run.suite, group):
            self.soon -= 1
            self.asks(run.suite, run.id, run.sha, group)

    def group_of(self, name: str, place: int = 0) -> str:
        """A group of a stage that awaits a check of that name."""
        world = self._world
        try:
            stages = world.pipeline.stages.values()
        except AssertionError:
            return ""
        found = [str(g) for s in stages if name in world.checks_for(s) for g in s.locks]
        return found[place % len(found)] if found else ""

    def _concluded(self, run: Run) -> None:
        """Its process ends with the job: mostly it gives back first, else it was killed."""
        for one in self._of(run):
            if one.inside and self._world.chance(f"killed {one.request}") < 60:
                self.gives(one)
            one.alive = False

    def is_in(self, run: int, group: str) -> bool:
        """It was let in at an environment by a grant of its own: it would wait for itself."""
        mine = (r for r in self._world.records().direct if r.kind == "job" and r.run == run)
        return any(group in r.groups for r in mine)

    def asks(
        self, run: int, number: int, commit: Sha, group: str, *, attempt: int = 0, told: int = -1
    ) -> Asking:
        forge = self._world.forge
        forge.asks_of.add(run)
        self._world.watched.jobs_ask = True
        told = told if told >= 0 else number if self._world.chance("tokens name jobs") < 75 else 0
        one = Asking(
            run, attempt or forge.attempt_of(run), number, told, commit, f"lock {number}", group
        )
        self.all.append(one)
        self.again(one)
        return one

    def again(self, one: Asking) -> str:
        """It asks, for the first time or with the same key."""
        world, before = self._world, one.request
        live = self._lives(one)
        held = [r for r in world.records().requests if r.state in IN and one.group in r.groups]
        status, told = self._call(one, requests.ask, ttl=TTL.seconds, owner=one.owner, reason="x")
        if not told:
            one.alive = bool(live)
            return f"{one.name} asks for {one.group}: {status}"
        one.request, one.given = int(str(told["id"])), False
        if one.request != before:
            one.beside = frozenset(r.id for r in held)
        if before:
            world.law.witness.holding.jobs.asked(before, one.request, live=live)
        self._hears(one, told)
        return f"{one.name} asks for {one.group}: {status}, {one.state}"

    def _lives(self, one: Asking) -> bool:
        """Its request is not over, by what is stored."""
        records = self._world.records()
        part = any(a.request == one.request and a.joined for a in records.job_requests)
        return part or any(r.id == one.request for r in records.direct)

    def gives(self, one: Asking) -> str:
        """It gives back what it has, or leaves the queue."""
        token = one.token if one.inside else None
        grant = self._world.law.witness.holding.jobs.grant(one)
        status, _ = self._call(one, requests.release, one.request, token=token)
        self._world.law.witness.holding.jobs.told(one, "release", token, status, grant)
        if status == 200:
            one.given, one.state, one.next = True, "released", None
        return f"{one.name} gives {one.group} back: {status}"

    def lives(self) -> None:
        """What running jobs do by themselves: they look while they wait, and renew what they have."""
        if not self.all:
            return
        now, stored = self._world.now, self._queued()
        for one in self.all:
            if not one.alive or one.given or not one.request:
                continue
            if one.waits and (one.request not in stored or self._is_due(one, now)):
                self._looks(one)
            elif one.inside and self._is_due(one, now):
                self.beats(one)

    def _is_due(self, one: Asking, now: datetime) -> bool:
        return one.next is None or one.next <= now

    def _queued(self) -> set[int]:
        return {r.id for r in self._world.records().direct if r.state == "queued"}

    def _looks(self, one: Asking) -> None:
        _, told = self._call(one, requests.see, one.request)
        if told:
            self._hears(one, told)

    def beats(self, one: Asking, token: int | None = None) -> int:
        shown = one.token if token is None else token
        grant = self._world.law.witness.holding.jobs.grant(one)
        status, told = self._call(one, requests.heartbeat, one.request, token=shown)
        self._world.law.witness.holding.jobs.told(one, "heartbeat", shown, status, grant)
        if told:
            self._hears(one, told)
        elif token is None:
            one.state, one.next = "lost", None
        return status

    def _hears(self, one: Asking, told: Mapping[str, object]) -> None:
        before = one.state
        token = told["token"]
        one.state, one.token = str(told["state"]), token if isinstance(token, int) else None
        one.next = self._world.now + BEAT
        if one.state not in ("queued", *IN):
            one.next = None
        if before == "queued" and one.state != before:
            self._world.tell(f"  {one.name} is told {one.state} of {one.group} ({one.token})")

    def _call(self, one: Asking, route: Route, number: int | str = "", **body: object) -> Told:
        attempt = RunAttempt(1, one.run, one.attempt)
        job = CiJob(attempt, 1, "refs/heads/main", one.commit, one.told)
        by = Holder(str(attempt), frozenset({"lock"}), job)
        return call(self._world, by, route, one.group, number, **body)

    def _for_its_own_run(self, one: Asking) -> bool:
        """Another job of its run died with the lock: suspect until that run ends, which waits."""
        suspect = {r.id for r in self._world.records().direct if r.state == "suspect"}
        same = (o for o in self.all if (o.run, o.attempt) == (one.run, one.attempt))
        return any(o.request in suspect and o.group == one.group for o in same)

    def calm(self) -> bool:
        """Whoever is let in is done soon; who was told no gives up, and so do those that died."""
        forge, moved = self._world.forge, False
        for one in self.all:
            if one.inside and not one.given:
                self._world.tell(self.gives(one))
                moved = True
            elif one.waits and self._for_its_own_run(one):
                self._world.tell(self.gives(one))
                one.alive, moved = False, True
            elif one.alive and not one.waits and self.ended(one):
                one.alive = False
        for run in forge.lone.values():
            waits = any(one.waits for one in self.all if one.run == run.id)
            for job in run.jobs:
                if job.conclusion is None and not waits:
                    job.status, job.conclusion = "completed", "success"
                    moved = True
        return moved

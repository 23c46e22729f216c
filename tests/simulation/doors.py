"""
Environments as GitHub has them: jobs wait there until the App, whose protection rule guards them, lets them go.

https://docs.github.com/actions/concepts/workflows-and-actions/deployment-environments
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.core.model.deployments import Deployment, Job, WorkflowRun
from app.core.model.names import Repo, Sha
from app.errors import Missing, Rejected
from tests.simulation.dispatching import Workflows
from tests.simulation.github import Run

FIRST = 5_000_000
"""Runs of which nobody awaits a check have numbers from here on."""


@dataclass
class Shard:
    """A job that no stage awaits; *status* as GitHub calls it."""

    id: int
    name: str
    status: str = "waiting"
    conclusion: str | None = None


@dataclass
class Door:
    """A workflow run of which jobs stand at *environment*."""

    id: int
    head: Sha
    environment: str
    shards: list[Shard] = field(default_factory=list)
    check: str = ""
    """The one job's name, where it is a check that a stage awaits."""
    comments: int = 0


class Doors(Workflows):
    """Workflow runs that wait at environments, beside those that are started."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        self.doors: dict[int, Door] = {}
        self.door_of: Callable[[Sha, str], str] = lambda _sha, _name: ""
        """The environment at which a check of that name waits on that commit; "": at none."""
        self.asks: Callable[[Door], None] = lambda _door: None
        """Told of jobs that begin to wait: GitHub sends a delivery."""
        self.lets_in: Callable[[Door], None] = lambda _door: None
        """Told of leave of ours, just before it takes effect."""
        self.denied: Callable[[Door], None] = lambda _door: None
        """Told that we were answered, by mistake, that a run is gone, or takes no answer of ours."""

    # --- what is so ---

    def at_door(self, door: Door) -> Sequence[Run | Shard]:
        """The jobs of its newest attempt."""
        return self._of_check(door)[-1:] if door.check else door.shards

    def _of_check(self, door: Door) -> list[Run]:
        return [run for run in self.at.get(door.head, ()) if run.suite == door.id]

    def attempt(self, door: Door) -> int:
        return max(1, len(self._of_check(door))) if door.check else 1

    def waits(self, door: Door) -> bool:
        return any(job.status == "waiting" for job in self.at_door(door))

    def stands(self, sha: Sha, name: str) -> bool:
        """A job of that name waits there, or was let in and goes on: GitHub does not run it again."""
        doors = (d for d in self.doors.values() if (d.head, d.check) == (sha, name))
        return any(job.conclusion is None for door in doors for job in self.at_door(door))

    def inside(self, door: Door) -> bool:
        """A job that was let in goes on."""
        return any(job.status == "in_progress" for job in self.at_door(door))

    @contextmanager
    def _mistaken(self, door: Door | None) -> Iterator[None]:
        """A refusal of what is about *door* goes on, and is told of where a job of it waits."""
        try:
            yield
        except (Missing, Rejected):
            if door is not None and self.waits(door):
                self.denied(door)
            raise

    # --- what happens ---

    def start(self, sha: Sha, name: str, suite: int | None = None) -> Run:
        run = super().start(sha, name, suite)
        environment = self.door_of(sha, name) if run.suite else ""
        if environment:
            run.status = "waiting"
            door = self.doors.setdefault(run.suite, Door(run.suite, sha, environment, check=name))
            door.environment, door.comments = environment, 0
            self.asks(door)
        return run

    def arrive_at(self, environment: str, head: Sha, shards: int) -> Door:
        """A run begins whose jobs nobody awaits."""
        number = FIRST + len(self.doors)
        door = self.doors[number] = Door(number, head, environment)
        for _ in range(shards):
            self.another(door)
        self.asks(door)
        return door

    def another(self, door: Door) -> None:
        """One more job of its matrix."""
        number = len(door.shards) + 1
        door.shards.append(Shard(door.id * 100 + number, f"shard ({number})"))

    def leaves(self, door: Door, conclusion: str) -> None:
        """One of its jobs ends: that was let in, or that gave up waiting."""
        job = next(job for job in self.at_door(door) if job.conclusion is None)
        if isinstance(job, Run):
            self.conclude(job, conclusion)
        else:
            job.status, job.conclusion = "completed", conclusion

    # --- what we ask ---

    def workflow_run(self, repo: Repo, run: int) -> WorkflowRun:
        if run not in self.doors:
            return super().workflow_run(repo, run)
        door = self.doors[run]
        with self._mistaken(door):
            self.faults.before("forge.workflow_run", writes=False)
        going = [job.status for job in self.at_door(door) if job.conclusion is None]
        status = (
            "completed" if not going else "waiting" if set(going) == {"waiting"} else "in_progress"
        )
        return WorkflowRun(
            run, self.attempt(door), status, None, door.head,
            f".github/workflows/{door.environment}.yml", door.environment, suite=door.id,
        )  # fmt: skip

    def jobs(self, repo: Repo, run: int, attempt: int) -> Sequence[Job]:
        self.faults.before("forge.jobs", writes=False)
        if run not in self.doors:
            raise Missing(f"there is no run {run}")
        door = self.doors[run]
        found = self._of_check(door)[attempt - 1 : attempt] if door.check else door.shards
        return [Job(job.id, job.name, job.status) for job in found]

    def deployments(self, repo: Repo, head: Sha, environment: str) -> Sequence[Deployment]:
        self.faults.before("forge.deployments", writes=False)
        return [
            Deployment(job.id, _deployed(job), door.id, job.id)
            for door in self.doors.values()
            if (door.head, door.environment) == (head, environment)
            for job in (self._of_check(door) if door.check else door.shards)
        ]

    def waiting(self, repo: Repo, *, everywhere: bool) -> Sequence[tuple[int, str]]:
        return [(d.id, d.environment) for d in self.doors.values() if self.waits(d)]

    def answer_jobs(
        self, repo: Repo, run: int, environment: str, comment: str, *, leave: bool | None = None
    ) -> None:
        def effect() -> None:
            door = self.doors.get(run)
            if door is None or door.environment != environment or not self.waits(door):
                raise Rejected(f"nothing of the run {run} waits at {environment}")
            if leave is None:
                door.comments += 1
                return
            if leave:
                self.lets_in(door)
            for job in self.at_door(door):
                if job.status != "waiting":
                    continue
                if leave:
                    job.status = "in_progress"
                elif isinstance(job, Run):
                    self.conclude(job, "failure")
                else:
                    job.status, job.conclusion = "completed", "failure"

        with self._mistaken(self.doors.get(run)):
            self._write("forge.answer_jobs", effect)


def _deployed(job: Run | Shard) -> str:
    if job.conclusion is None:
        return job.status
    return "success" if job.conclusion == "success" else "failure"

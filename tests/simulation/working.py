"""
Runs of Actions as GitHub tells of them to who is asked whether a job of theirs joins a grant.

https://docs.github.com/rest/actions/workflow-runs and https://docs.github.com/rest/actions/workflow-jobs
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from app.core.model.deployments import Job, WorkflowRun
from app.core.model.names import Repo, Sha
from app.errors import Denied, Missing, OutsideError, Transient
from tests.simulation.dispatching import FOLDER
from tests.simulation.doors import Doors, Shard
from tests.simulation.github import CI_APP, Run

LONE = 6_000_000
"""Runs whose jobs are no check of a commit that is looked at have numbers from here on."""


@dataclass
class Lone:
    """A workflow run of its own; *foreign*: its head is in a fork."""

    id: int
    head: Sha
    jobs: list[Shard] = field(default_factory=list)
    foreign: bool = False


class Working(Doors):
    """Every run of CI, by the number of its suite, and those that are nobody's check."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        self.lone: dict[int, Lone] = {}
        self.asks_of: set[int] = set()
        """The runs whose jobs have asked for a lock: what is refused is refused of them."""
        self.silent_until: datetime | None = None
        self.refuses = False
        """Asking is refused; else there is no answer."""
        self.silent: dict[int, datetime] = {}
        """Since when nothing was told of a run, where that was asked."""
        self.told_of: set[int] = set()
        """The runs of which something was told."""
        self.begins: Callable[[Run], None] = lambda _run: None
        """Told of each check of CI that begins to run."""
        self.waits_for_lock: Callable[[Run], bool] = lambda _run: False
        """Whether its job waits for a lock: then it cannot succeed."""
        self.concluded: Callable[[Run], None] = lambda _run: None
        """Told of each check that ends, just before it does."""

    # --- what is so ---

    def jobs_in(self, run: int) -> list[Run | Shard]:
        """The jobs of its newest attempt; of a name the newest."""
        if run in self.lone:
            return list(self.lone[run].jobs)
        if run in self.started:
            return list(self.jobs_of(self.started[run])[-1:])
        if run in self.doors:
            return list(self.at_door(self.doors[run]))
        return list({one.name: one for one in self._of_suite(run)}.values())

    def _of_suite(self, suite: int) -> list[Run]:
        return [run for run in self.runs.values() if run.suite == suite and run.app_id == CI_APP]

    def attempt_of(self, run: int) -> int:
        """The newest attempt."""
        if run in self.lone:
            return 1
        if run in self.started:
            return max(1, len(self.jobs_of(self.started[run])))
        if run in self.doors:
            return self.attempt(self.doors[run])
        names = [one.name for one in self._of_suite(run)]
        return max((names.count(name) for name in names), default=1)

    def head_of(self, run: int) -> Sha:
        if run in self.lone:
            return self.lone[run].head
        if run in self.started:
            return self.started[run].head
        return next(one.sha for one in self._of_suite(run))

    def run_over(self, run: int) -> bool:
        return all(job.conclusion is not None for job in self.jobs_in(run))

    # --- what happens ---

    def comes(self, head: Sha, name: str, *, foreign: bool = False) -> Lone:
        """A run begins that nobody looks at, with one job."""
        run = self.lone[LONE + len(self.lone)] = Lone(LONE + len(self.lone), head, foreign=foreign)
        run.jobs.append(Shard(run.id * 100 + 1, name, "in_progress"))
        return run

    def start(self, sha: Sha, name: str, suite: int | None = None) -> Run:
        run = super().start(sha, name, suite)
        if run.status == "in_progress":
            self.begins(run)
        return run

    def conclude(self, run: Run, conclusion: str) -> None:
        if conclusion in ("success", "neutral", "skipped") and self.waits_for_lock(run):
            return
        self.concluded(run)
        super().conclude(run, conclusion)

    # --- what we ask ---

    @contextmanager
    def _answering(self, run: int) -> Iterator[None]:
        """What is told of *run*, or not, is remembered."""
        try:
            if self._is_silent(run):
                raise Denied("Resource not accessible") if self.refuses else Transient("502")
            yield
        except Missing:
            self._tells(run)
            raise
        except OutsideError:
            self.silent.setdefault(run, self.now())
            raise
        self._tells(run)

    def _is_silent(self, run: int) -> bool:
        until = self.silent_until
        asks = run in self.asks_of and run not in self.started
        return until is not None and self.now() < until and asks

    def _tells(self, run: int) -> None:
        self.silent.pop(run, None)
        self.told_of.add(run)

    def workflow_run(self, repo: Repo, run: int) -> WorkflowRun:
        with self._answering(run):
            if run in self.lone:
                return self._fact_of(run, foreign=self.lone[run].foreign)
            if run in self.asks_of and run not in self.started and run not in self.doors:
                return self._fact_of(run)
            return super().workflow_run(repo, run)

    def _fact_of(self, run: int, *, foreign: bool = False) -> WorkflowRun:
        self.faults.before("forge.workflow_run", writes=False)
        status = "completed" if self.run_over(run) else "in_progress"
        return WorkflowRun(
            run, self.attempt_of(run), status, None, self.head_of(run), f"{FOLDER}ci.yml", "ci",
            suite=0 if run in self.lone else run, foreign=foreign,
        )  # fmt: skip

    def jobs(self, repo: Repo, run: int, attempt: int) -> Sequence[Job]:
        with self._answering(run):
            if run in self.doors or run not in self.asks_of:
                return super().jobs(repo, run, attempt)
            self.faults.before("forge.jobs", writes=False)
            if attempt > self.attempt_of(run):
                raise Missing(f"the run {run} has no attempt {attempt}")
            found = self.jobs_in(run) if attempt == self.attempt_of(run) else []
            return [Job(job.id, job.name, job.status) for job in found]

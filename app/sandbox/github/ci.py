"""
A scripted CI service: the App ``github-actions`` with jobs that tests and stories declare.

Like GitHub it runs on the head of a push only, for the first-party App that every repository
has. Jobs begin and end by time (a thread), by hand (`CI.finish`), and as somebody wants to see
them go (`moods`).
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import NamedTuple

from app.sandbox.github import checks, environments, suites, workflow_events
from app.sandbox.github.git_store import ZERO
from app.sandbox.github.hub import Hub
from app.sandbox.github.model import App, Refusal, Repo, Run, Suite, User
from app.sandbox.github.moods import SLOW_SECONDS, Moods
from app.sandbox.github.payloads.checks import state_of


@dataclass(frozen=True, slots=True)
class Job:
    """
    A check run that a push starts. Times are seconds; `lasts` None: until `CI.finish` is called.

    It runs when the pushed branch matches `branch` (a glob) and the push changed a file at or
    below one of `paths` (none: any push).
    """

    name: str
    repo: str = "*"
    branch: str = "*"
    paths: tuple[str, ...] = ()
    after: float = 0.0
    lasts: float | None = 0.0
    conclusion: str = "success"
    conclude: Callable[[str], str] | None = None  # by the commit; wins over `conclusion`
    environment: str = ""
    workflow: str = ""  # the file of one that a request starts; no push does then
    event: str = "push"  # what its run says that it was started by, `pull_request` say


class Review(NamedTuple):
    """The body of an answer to jobs at an environment; *state* "": only a comment."""

    environment: str
    state: str
    comment: str


class CI:
    """Declared jobs, their schedule, and the runs that came of them."""

    def __init__(self, hub: Hub, app: App) -> None:
        self.hub = hub
        self.app = app
        self.jobs: list[Job] = []
        self.moods = Moods(hub)
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._held: dict[int, Job] = {}
        self._stop = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="sandbox-ci", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; jobs that are due later never begin or end."""
        with self._wake:
            self._stop = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join(5)

    def job(self, name: str, **about: object) -> Job:
        """Declare a job (the fields of `Job`); it applies to pushes from now on."""
        made = Job(name, **about)  # type: ignore[arg-type] # names are checked by the dataclass
        self.jobs.append(made)
        return made

    def pushed(self, repo: Repo, branch: str, before: str, after: str) -> None:
        """A push arrived: queue the jobs that it starts."""
        if self.hub.git(repo).resolve(after) is None:
            return
        due = [job for job in self.jobs if self._starts(job, repo, branch, before, after)]
        old = None if before == ZERO else before
        for event in dict.fromkeys(job.event for job in due):
            suite = suites.create(self.hub, repo, self.app, after, branch, old)
            suite.event = event
            for job in due:
                if job.event == event:
                    self._start(repo, job, suite)
            workflow_events.run(self.hub, repo, suite, "requested")

    def dispatched(self, repo: Repo, suite: Suite) -> None:
        """A request started a workflow: its jobs are queued in *suite*."""
        for job in self.jobs:
            of_it = job.workflow and suite.path.endswith(f"/{job.workflow}")
            if of_it and fnmatchcase(repo.full_name, job.repo):
                self._start(repo, job, suite)
        workflow_events.run(self.hub, repo, suite, "requested")

    def follow(self, repo: str, suite_id: int, job: Job) -> None:
        """A further job of a run begins, once those that it needs have ended."""
        where = self.hub.repo(repo)
        self._start(where, job, self.suite(where, suite_id))

    def _starts(self, job: Job, repo: Repo, branch: str, before: str, after: str) -> bool:
        if job.workflow or not (
            fnmatchcase(repo.full_name, job.repo) and fnmatchcase(branch, job.branch)
        ):
            return False
        old = None if before == ZERO else before
        changed = self.hub.git(repo).changes(old, after)
        touched = {path for change in changed for path in (change.path, change.old_path)}
        folders = [path.rstrip("/") for path in job.paths]
        return not folders or any(t == f or t.startswith(f"{f}/") for t in touched for f in folders)

    def _start(self, repo: Repo, job: Job, suite: Suite) -> None:
        fields = {"name": job.name, "head_sha": suite.head_sha, "status": "queued"}
        run = checks.create(self.hub, repo, self.app, fields, suite)
        run.attempt = suite.attempt
        if job.environment:
            with self.hub.lock:
                if environments.arrive(self.hub, repo, run, job.environment).asked:
                    run.status = "waiting"
                    self._held[run.id] = job
        workflow_events.job(self.hub, repo, run, run.status)
        if run.status == "queued":
            self._later(job.after, lambda: self._begin(repo, run, job))

    def review(self, repo: Repo, app: App, run_id: int, said: Review) -> None:
        """An App answers the jobs of a run that wait at an environment. Refusal 404, 422."""
        with self.hub.lock:
            suite = self.suite(repo, run_id)
            for deployment in environments.review(self.hub, app, suite, *said):
                run, job = self.hub.runs[deployment.run_id], self._held.pop(deployment.run_id)
                if said.state == "rejected":
                    self._end(repo, run, "failure")
                    continue
                run.status = "queued"
                workflow_events.job(self.hub, repo, run, "queued")
                self._later(job.after, partial(self._begin, repo, run, job))

    def _begin(self, repo: Repo, run: Run, job: Job) -> None:
        if run.status != "queued":
            return
        mood = self.moods.of(repo, run.head_sha, run.name)  # who sees it run may choose another
        checks.update(self.hub, repo, self.app, run.id, {"status": "in_progress"})
        environments.moved(self.hub, run, "in_progress")
        workflow_events.job(self.hub, repo, run, "in_progress")
        if job.lasts is None or mood == "hang":
            return
        ending = job.conclusion if job.conclude is None else job.conclude(run.head_sha)
        if mood is not None:
            ending = "failure" if mood == "fail" else "success"
        lasts = SLOW_SECONDS if mood == "slow" else job.lasts
        self._later(lasts, lambda: self._end(repo, run, ending))

    def _end(self, repo: Repo, run: Run, conclusion: str) -> None:
        if run.status != "completed":
            fields = {"status": "completed", "conclusion": conclusion}
            self._held.pop(run.id, None)
            checks.update(self.hub, repo, self.app, run.id, fields)
            environments.moved(self.hub, run, environments.STATES.get(conclusion, "failure"))
            workflow_events.job(self.hub, repo, run, "completed")
            suite = self.hub.suites[run.suite_id]
            if state_of(self.hub, suite)[0] == "completed":
                workflow_events.run(self.hub, repo, suite, "completed")

    def newest(self, repo: Repo, sha: str, name: str) -> Run | None:
        """The newest run of that name, by this CI, on the commit."""
        runs = [r for r in self.hub.runs_of(repo, sha) if (r.app_id, r.name) == (self.app.id, name)]
        return runs[-1] if runs else None

    def finish(self, repo: str, sha: str, name: str, conclusion: str = "success") -> Run:
        """End the unfinished run of that name now; a run is made where there is none."""
        where = self.hub.repo(repo)
        run = self.newest(where, sha, name)
        if run is None or run.status == "completed":
            fields = {"name": name, "head_sha": sha, "status": "in_progress"}
            run = checks.create(self.hub, where, self.app, fields)
        self._end(where, run, conclusion)
        return run

    def played(self, repo: Repo) -> list[str]:
        """The names of the jobs that pushes to *repo* may start, in the order of their making."""
        names = (job.name for job in self.jobs if fnmatchcase(repo.full_name, job.repo))
        return list(dict.fromkeys(names))

    def conclude(self, repo: Repo, run: Run, conclusion: str) -> None:
        """A person ends one of this CI's unfinished runs. Refusal 403 for a run of others."""
        if run.app_id != self.app.id or run.repo_id != repo.id:
            raise Refusal(403, "Only the checks that are played here can be ended here.")
        self._end(repo, run, conclusion)

    def rerun(
        self, repo: Repo, suite_id: int, by: User | None = None, *, failed_only: bool = True
    ) -> None:
        """Run the suite's newest jobs again: fresh runs in the same suite. Refusal 403, 404."""
        with self.hub.lock:
            suite = self.suite(repo, suite_id)
            newest = {r.name: r for r in list(self.hub.runs.values()) if r.suite_id == suite.id}
            if any(run.status != "completed" for run in newest.values()):
                raise Refusal(403, "This workflow is already running")
            suite.attempt, suite.again = suite.attempt + 1, by
            for run in newest.values():
                if not failed_only or run.conclusion not in {"success", "neutral", "skipped"}:
                    job = next((j for j in self.jobs if j.name == run.name), Job(run.name))
                    self._start(repo, job, suite)

    def cancel(self, repo: Repo, suite_id: int) -> None:
        """Cancel the suite's unfinished jobs. Refusal 409 when there are none."""
        with self.hub.lock:
            suite = self.suite(repo, suite_id)
            open_runs = [
                r
                for r in list(self.hub.runs.values())
                if r.suite_id == suite.id and r.status != "completed"
            ]
            if not open_runs:
                raise Refusal(409, "Cannot cancel a workflow run that is completed.")
            for run in open_runs:
                self._end(repo, run, "cancelled")

    def delete(self, repo: Repo, suite_id: int) -> None:
        """Delete a run that has ended, with its jobs. Refusal 403 for one that goes on."""
        with self.hub.lock:
            suite = self.suite(repo, suite_id)
            if state_of(self.hub, suite)[0] != "completed":
                raise Refusal(403, "Could not delete the workflow run")
            for run in [r for r in self.hub.runs.values() if r.suite_id == suite.id]:
                del self.hub.runs[run.id]
            del self.hub.suites[suite.id]

    def suite(self, repo: Repo, suite_id: int) -> Suite:
        """The workflow run of that id: a suite of this CI. Refusal 404."""
        suite = self.hub.suites.get(suite_id)
        if suite is None or (suite.repo_id, suite.app_id) != (repo.id, self.app.id):
            raise Refusal(404, "Not Found")
        return suite

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        with self._wake:
            due = (time.monotonic() + seconds, next(self._order), act)
            heapq.heappush(self._due, due)
            self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._stop and (not self._due or self._due[0][0] > time.monotonic()):
                    wait = self._due[0][0] - time.monotonic() if self._due else None
                    self._wake.wait(wait)
                if self._stop:
                    return
                _, _, act = heapq.heappop(self._due)
            try:
                act()
            except Refusal:
                continue  # the repository or the run went away in the meantime

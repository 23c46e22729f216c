"""
Workflow runs that requests start, as GitHub has them: https://docs.github.com/rest/actions/workflows

A run is one job's check suite on the tip of its branch. It is listed some seconds late; it may wait
for a runner; in some worlds the answer to a request does not tell its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.model.deployments import WorkflowRun
from app.core.model.facts import SuiteFact
from app.core.model.names import Repo, Sha
from app.errors import Missing, Rejected, Transient
from tests.simulation.github import CI_APP, Github, Run

FOLDER = ".github/workflows/"
TOLD = ("stage", "freight", "promotion", "fence", "permit")
"""rule V26: the inputs that a run may be given."""
NAMED = (
    b"run-name: e2e of ${{ inputs.promotion }}\non:\n  workflow_dispatch:\n    inputs:\n"
    + b"".join(f"      {name}: {{}}\n".encode() for name in TOLD)
    + b"jobs: {e2e: {runs-on: x}}\n"
)
"""A workflow that declares all of them, and names the promotion in its runs' titles."""
PLAIN = b"on: workflow_dispatch\njobs: {e2e: {runs-on: x}}\n"
JOB = "e2e-job"
LISTED = (0, 0, 4, 12)
"""So many seconds after it was asked for a run is there for whoever looks."""
ARRIVES = (7, 16, 24)
"""So many seconds after we gave up a request may still take effect."""
KILLED = timedelta(minutes=4)


@dataclass
class Started:
    """A workflow run; *owner* is the promotion that it was asked for by us, "" a person's."""

    id: int
    file: str
    branch: str
    head: Sha
    suite: int
    title: str
    owner: str
    listed: datetime
    groups: tuple[str, ...] = ()
    """The lock groups under which we asked for it."""
    dropped: bool = False
    """It was cancelled before its job began."""
    ours: bool = False
    """Our App asked for it."""
    gone: bool = False
    left: list[Run] = field(default_factory=list)
    """Its job, an attempt each, as it was when it was deleted."""
    told_to_end: bool = False
    """We asked for that."""

    @property
    def url(self) -> str:
        return f"https://github.test/acme/shop/actions/runs/{self.id}"


@dataclass(frozen=True)
class Asked:
    """Whom a request of ours is for, by what was stored before it was made."""

    promotion: str
    groups: tuple[str, ...]


@dataclass
class Coming:
    """What takes effect at *at*; *of* is the promotion that it starts a run for."""

    at: datetime
    effect: Callable[[], object]
    of: str = ""


class Workflows(Github):
    """Starts runs, lists them, ends them."""

    def __init__(self, *given) -> None:
        super().__init__(*given)
        self.started: dict[int, Started] = {}
        self.disabled: set[str] = set()
        self.coming: list[Coming] = []
        self.chance: Callable[[str], int] = lambda _about: 0
        """0..99, by the seed."""
        self.asking: Callable[[str, str, Mapping[str, str]], Asked] = lambda *_: Asked("", ())
        """Told of each request of ours when it is made: file, branch, inputs."""
        self.begun: Callable[[Started], None] = lambda _run: None
        """Told of each run of ours when the request takes effect."""
        self.ended: Callable[[Started], None] = lambda _run: None
        """Told of what ends without a job: GitHub sends a delivery."""

    # --- what is so ---

    def jobs_of(self, run: Started) -> list[Run]:
        """Its job, an attempt each, oldest first."""
        return [] if run.gone else [r for r in self.at.get(run.head, ()) if r.suite == run.suite]

    def is_over(self, run: Started) -> bool:
        jobs = self.jobs_of(run)
        return run.gone or (jobs[-1].conclusion is not None if jobs else run.dropped)

    def goes_on_of(self, job: Run) -> bool:
        """It is a job of a run that was asked for, and some attempt of it goes on."""
        run = next((one for one in self.started.values() if one.suite == job.suite), None)
        return run is not None and not self.is_over(run)

    def started_suites(self, sha: Sha) -> dict[int, SuiteFact]:
        """The suites of runs on that commit, also those that wait for a runner."""
        found = {}
        for run in self.started.values():
            if run.head != sha or run.gone or run.listed > self.now():
                continue
            status, conclusion = self._standing(run)
            jobs = len(self.jobs_of(run))
            found[run.suite] = SuiteFact(
                run.suite, "github-actions", CI_APP, status, conclusion, runs=jobs
            )
        return found

    def _standing(self, run: Started) -> tuple[str, str | None]:
        jobs = self.jobs_of(run)
        if jobs:
            return jobs[-1].status, jobs[-1].conclusion
        return ("completed", "cancelled") if run.dropped else ("queued", None)

    def _workflow(self, branch: str, file: str) -> bytes | None:
        entry = self.server.at(self.server.tips.get(branch), FOLDER + file)
        return self.server.objects.blob(entry.id) if entry is not None else None

    # --- what happens ---

    def dispatch(self, file: str, branch: str, inputs: Mapping[str, str], asked: Asked) -> Started:
        """Missing, Rejected: as GitHub refuses it."""
        if self._workflow("main", file) is None:
            raise Missing("Not Found")
        text = self._workflow(branch, file)
        if file in self.disabled:
            raise Rejected("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
        if text is None:
            raise Rejected(f"Workflow {file} does not exist on {branch}")
        if set(inputs) - set(declared(text)):
            raise Rejected(f"Unexpected inputs provided: {sorted(inputs)}")
        number, head = self.next_id(), self.server.tips[branch]
        late = timedelta(seconds=LISTED[self.chance(f"listed {number}") % len(LISTED)])
        title = f"e2e of {inputs.get('promotion', '')}" if text == NAMED else file
        run = Started(
            number, file, branch, head, self._suite_at(head, f"run {number}"), title,
            asked.promotion, self.now() + late, asked.groups,
        )  # fmt: skip
        self.started[number] = run
        if self.chance(f"runner for {number}") < 75:
            self.begin(run)
        return run

    def begin(self, run: Started) -> Run | None:
        """A runner takes its job."""
        if run.gone or run.dropped or self.jobs_of(run):
            return None
        return self.start(run.head, JOB, run.suite)

    def stop(self, run: Started) -> None:
        """What goes on of it ends as cancelled."""
        jobs = self.jobs_of(run)
        if not jobs:
            run.dropped = True
            self.ended(run)
        elif jobs[-1].conclusion is None:
            self.conclude(jobs[-1], "cancelled")

    def delete(self, run: Started) -> None:
        """A person deletes what is over: nothing of it is found any more."""
        run.left = self.jobs_of(run)
        for job in run.left:
            del self.runs[job.id]
            self.at[run.head].remove(job)
        run.gone = True

    def take_effect(self) -> None:
        """What was asked for some time ago."""
        due = [one for one in self.coming if one.at <= self.now()]
        self.coming = [one for one in self.coming if one not in due]
        for one in due:
            try:
                one.effect()
            except (Missing, Rejected):
                continue

    # --- what we ask ---

    def workflow_run(self, repo: Repo, run: int) -> WorkflowRun:
        self.faults.before("forge.workflow_run", writes=False)
        found = self.started.get(run)
        if found is None or found.gone or found.listed > self.now():
            raise Missing(f"there is no run {run}")
        return self._fact(found)

    def started_runs(self, repo: Repo, file: str, branch: str) -> Sequence[WorkflowRun]:
        self.faults.before("forge.started_runs", writes=False)
        return [
            self._fact(run)
            for run in self.started.values()
            if (run.file, run.branch, run.gone) == (file, branch, False)
            if run.listed <= self.now()
        ]

    def _fact(self, run: Started) -> WorkflowRun:
        status, conclusion = self._standing(run)
        return WorkflowRun(
            run.id, max(1, len(self.jobs_of(run))), status, conclusion, run.head,
            FOLDER + run.file, run.file, run.title, run.suite, ours=run.ours, url=run.url,
        )  # fmt: skip

    def start_workflow(
        self, repo: Repo, file: str, branch: str, inputs: Mapping[str, str]
    ) -> WorkflowRun:
        asked, fault = self.asking(file, branch, inputs), self.faults.of_start()

        def effect() -> Started:
            run = self.dispatch(file, branch, inputs, asked)
            run.ours = True
            self.begun(run)
            return run

        if fault == "start-never":
            raise Transient("502 at forge.start_workflow", maybe_done=True)
        if fault == "start-late":
            after = timedelta(seconds=ARRIVES[self.chance(f"arrives {self.now()}") % len(ARRIVES)])
            self.coming.append(Coming(self.now() + after, effect, asked.promotion))
            raise Transient("no answer from forge.start_workflow", maybe_done=True)
        run = self._write("forge.start_workflow", effect, once=True)
        if fault == "start-lost":
            raise Transient("the reply of forge.start_workflow was lost", maybe_done=True)
        return WorkflowRun(run.id, url=run.url) if self.tells else WorkflowRun(0)

    @property
    def tells(self) -> bool:
        """Whether this version of the API answers with the run."""
        return self.chance("tells the run") < 50

    def end_started(self, run: Started) -> bool:
        """We ask for its end: it comes at once, after some minutes, or not by that."""
        run.told_to_end = True
        place = self.chance(f"ends when asked {run.id}")
        if place < 60:
            self.stop(run)
        elif place < 85:
            self.coming.append(Coming(self.now() + KILLED, lambda: self.stop(run)))
        return True


def declared(text: bytes) -> tuple[str, ...]:
    """The inputs that a workflow of ours takes."""
    return TOLD if text == NAMED else ()

"""The small GitHub's state, and what people and CI do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeVar

from app.core.model.facts import CheckFact, CommentFact, PullFact, ReviewFact
from app.core.model.names import Repo, Sha
from app.errors import Rejected
from tests.simulation.accounts import NUMBERS, Accounts
from tests.simulation.faults import Faults
from tests.simulation.server import Server

OWN_APP, CI_APP = 7, 15368
SLUG = "stagelock"
STATUSES = "statuses"
"""In place of a workflow: what is posted as a commit status."""

T = TypeVar("T")


@dataclass
class Run:
    """A check run, mutable as on GitHub."""

    id: int
    sha: Sha
    name: str
    app_id: int
    status: str
    conclusion: str | None = None
    external_id: str = ""
    title: str = ""
    summary: str = ""
    suite: int = 0
    completed_at: datetime | None = None
    buttons: tuple[str, ...] = ()

    def fact(self) -> CheckFact:
        app = SLUG if self.app_id == OWN_APP else "github-actions" if self.suite else "jenkins"
        return CheckFact(
            self.id, self.name, self.status, self.conclusion, app, self.app_id, self.suite,
            self.completed_at, self.external_id,
        )  # fmt: skip

    def facts(self) -> tuple[CheckFact, ...]:
        """What GitHub lists of it: a status replaces one that was pending, and both are there."""
        said = self.fact()
        if self.suite or self.app_id == OWN_APP or self.conclusion is None:
            return (said,)
        return (replace(said, id=-self.id, status="in_progress", conclusion=None), said)


class Github:
    """Check runs, pull requests, comments. *wrong* hears of calls that break GitHub's rules."""

    def __init__(
        self,
        repo: Repo,
        server: Server,
        faults: Faults,
        now: Callable[[], datetime],
        wrong: Callable[[str], None],
    ) -> None:
        self.repo, self.server, self.faults, self.now, self.wrong = repo, server, faults, now, wrong
        self.accounts = Accounts(now)
        self.runs: dict[int, Run] = {}
        self.at: dict[Sha, list[Run]] = {}
        self.pulls: dict[int, PullFact] = {}
        self.reviewed: dict[int, list[ReviewFact]] = {}
        self.comments: dict[int, CommentFact] = {}
        self.eyes: list[int] = []
        self.replied: list[CommentFact] = []
        """What we said in comments since somebody took it from here."""
        self.writes: list[str] = []
        """Every call of ours that changed something."""
        self.refuses_merge = False
        self.required, self.told = 0, True
        """How many approvals main requires, by a ruleset, which an App is *told* of, or not."""
        self.merging: list[Callable[[int, str], None]] = []
        """Told the number and the actor when a pull request is going to be merged."""
        self.base_of: Callable[[str], str] = lambda _head: "main"
        """Where the pull requests of a branch of ours belong."""
        self.suite_of: Callable[[str], str] = lambda _name: "ci"
        """Which workflow a check is a job of."""
        self.spoken: Callable[[Run], None] = lambda _run: None
        """Told of each check of others that begins or ends: GitHub sends a delivery."""
        self._suites: dict[tuple[Sha, str], int] = {}
        self._id = 0
        server.pushed.append(self._moved)

    def next_id(self) -> int:
        self._id += 1
        return self._id

    def start(self, sha: Sha, name: str, suite: int | None = None) -> Run:
        """CI begins a check: a job of its workflow's suite on that commit, or a status (suite 0)."""
        if suite is None:
            suite = self._suite_at(sha, self.suite_of(name))
        app = CI_APP if suite else 0
        run = Run(self.next_id(), sha, name, app, "in_progress", suite=suite)
        self.runs[run.id] = run
        self.at.setdefault(sha, []).append(run)
        self.spoken(run)
        return run

    def _suite_at(self, sha: Sha, workflow: str) -> int:
        if workflow == STATUSES:
            return 0
        return self._suites.setdefault((sha, workflow), 1_000_000 + len(self._suites))

    def conclude(self, run: Run, conclusion: str) -> None:
        if run.app_id != OWN_APP and not run.suite and conclusion != "success":
            conclusion = "failure"  # a status knows nothing else
        run.status, run.conclusion, run.completed_at = "completed", conclusion, self.now()
        self.spoken(run)

    def unfinished(self) -> list[Run]:
        """CI's own, by id."""
        return [run for run in self.runs.values() if self.goes_on(run)]

    def goes_on(self, run: Run) -> bool:
        """
        It is somebody's, has begun (a job may wait at an environment), and has not ended. Of the statuses of one name on a commit the newest
        counts: https://docs.github.com/en/rest/commits/statuses
        """
        if run.app_id == OWN_APP or run.conclusion is not None or run.status == "waiting":
            return False
        newer = (
            r.suite == run.suite and r.name == run.name and r.id > run.id for r in self.at[run.sha]
        )
        return bool(run.suite) or not any(newer)

    def say(self, on: int | Sha, body: str, user: str) -> CommentFact:
        """A comment on a pull request or a commit."""
        now = self.now()
        where = {"pull": on} if isinstance(on, int) else {"sha": on}
        kind: Literal["issue", "commit"] = "issue" if isinstance(on, int) else "commit"
        number = self.next_id()
        bot = user.endswith("[bot]")
        self.comments[number] = CommentFact(
            number,
            kind,
            body,
            user,
            bot,
            now,
            now,
            user_id=NUMBERS.get(user, 0),
            app_id=OWN_APP if bot else 0,
            **where,
        )
        return self.comments[number]

    def review(self, number: int, state: str, user: str) -> None:
        head, account = self.pulls[number].head_sha, NUMBERS.get(user, 0)
        fact = ReviewFact(self.next_id(), user, state, head, user_id=account)
        self.reviewed.setdefault(number, []).append(fact)

    def merge(self, number: int, method: str, actor: str) -> Sha:
        """Rejected where GitHub would not."""
        pull, server = self.pulls[number], self.server
        if pull.state != "open":
            raise Rejected("Pull Request is not mergeable")
        if self.refuses_merge or (actor.endswith("[bot]") and pull.base_ref in server.refused):
            raise Rejected("Repository rule violations found")
        if self.lacks_review(number):
            raise Rejected("At least 1 approving review is required")
        base = server.tips.get(pull.base_ref)
        tree = server.merged_tree(base, pull.head_sha) if base else None
        if base is None or tree is None:
            raise Rejected("Merge conflict")
        for told in self.merging:
            told(number, actor)
        parents = (base, pull.head_sha) if method == "merge" else (base,)
        sha = server.written(tree, parents, f"Merge pull request #{number}")
        server.people.add(sha)
        server.move(pull.base_ref, sha)
        self.pulls[number] = replace(
            self.pulls[number], state="closed", merged=True, merge_sha=sha, actor=actor,
            closed_at=self.now(),
        )  # fmt: skip
        return sha

    def lacks_review(self, number: int) -> bool:
        """A rule of its base requires more approvals than it has."""
        newest = {r.user: r.state for r in self.reviewed.get(number, ()) if r.state != "COMMENTED"}
        wanted = self.required if self.pulls[number].base_ref == "main" else 0
        return list(newest.values()).count("APPROVED") < wanted

    def close(self, number: int, actor: str) -> None:
        pull = self.pulls[number]
        if pull.state == "open":
            self.pulls[number] = replace(pull, state="closed", actor=actor, closed_at=self.now())

    def retarget(self, number: int, base: str) -> None:
        """A person changes what it is to be merged into."""
        self.pulls[number] = replace(self.pulls[number], base_ref=base)

    def reopen(self, number: int) -> bool:
        """As GitHub does: not what was merged, nor what has no branch any more."""
        pull = self.pulls[number]
        head = self.server.tips.get(pull.head_ref)
        twin = any(p.state == "open" and p.head_ref == pull.head_ref for p in self.pulls.values())
        if pull.state == "open" or pull.merged or head is None or twin:
            return False
        self.pulls[number] = replace(pull, state="open", head_sha=head, actor="", closed_at=None)
        return True

    def _write(self, call: str, effect: Callable[[], T], *, once: bool = False) -> T:
        """A call of ours that changes something, and what may go wrong around it."""
        self.faults.before(call, writes=True, once=once)
        result = effect()
        self.writes.append(call)
        self.faults.after(call, writes=True)
        return result

    def _moved(self, branch: str, old: Sha | None, new: Sha | None) -> None:
        """A pull request follows its branch, and ends with it."""
        for number, pull in self.pulls.items():
            if pull.state != "open" or pull.head_ref != branch:
                continue
            if new is None:
                self.close(number, "")
            else:
                self.pulls[number] = replace(pull, head_sha=new)

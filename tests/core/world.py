"""
A small pure world to plan in: a repository, its checks and pull requests, our store, a clock.

People act by methods (`push`, `check`, `merge`, `say`); `settle` does what the engine does: look,
plan, carry out, until nothing is left to do. Time moves only by `wait`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from app.core.config import parse
from app.core.model.facts import CheckFact, CommitChecks, PullFact, ReviewFact, SuiteFact
from app.core.model.lock_requests import LIVE, AnyRequest, DirectRequest, LockRequest
from app.core.model.names import FreightId, Repo, Sha, StageName, WarehouseName
from app.core.model.people import Block
from app.core.model.pipeline import Pipeline
from app.core.model.questions import Question, Unanswered
from app.core.model.records import Freight, Hold, Order, Promotion, Records
from app.core.model.reverts import Revert
from app.core.model.run_records import RunRecord
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Verdict
from app.core.planning.plan import plan
from app.core.planning.plan_result import Plan
from app.core.state.drift import consent
from app.core.state.ledger import Ledger
from tests.core import world_acts, world_looks
from tests.core.sound import sound
from tests.core.world_git import Files, Git, merged

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWN_APP = 7
CI_APP = 15368
NONE_YET = Sha("")
ROUNDS = 60
"""More rounds than this at one instant: the plan never comes to rest."""


@dataclass
class World:
    """Everything there is. Built by `a_pipeline`."""

    pipeline: Pipeline
    config: Sha = field(default_factory=lambda: Sha("c" * 40))
    default: str = "main"
    now: datetime = START
    quiet: timedelta = timedelta(seconds=60)
    repo: Repo = field(default_factory=lambda: Repo(1, "acme", "web", 1))
    git: Git = field(default_factory=Git)
    pipelines: dict[Sha, Pipeline] = field(default_factory=dict)
    freights: list[Freight] = field(default_factory=list)
    rows: dict[str, Promotion] = field(default_factory=dict)
    requests: dict[int, AnyRequest] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    holds: dict[StageName, Hold] = field(default_factory=dict)
    blocks: dict[FreightId, Block] = field(default_factory=dict)
    taken: dict[Sha, Revert] = field(default_factory=dict)
    """Freight's commit -> what was taken back of it, and by which commit."""
    in_force: Sha | None = None
    runs: dict[Sha, list[CheckFact]] = field(default_factory=dict)
    suites: dict[Sha, list[SuiteFact]] = field(default_factory=dict)
    pulls: dict[int, PullFact] = field(default_factory=dict)
    reviews: dict[int, list[ReviewFact]] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    refuses: dict[str, str] = field(default_factory=dict)
    """Branch -> the words of the rule that refuses pushes to it."""
    refuses_merge: str = ""
    required_reviews: int = 0
    fails_merge: str = ""
    """What GitHub answers to a merge instead of saying whether it was done."""
    said: set[tuple[str, Sha]] = field(default_factory=set)
    """(name, commit) of runs that we have completed."""
    asked_at: datetime | None = None
    """When the tips were asked for; None: just now."""
    done: list[object] = field(default_factory=list)
    """Every action that was carried out, in order."""
    asked: set[object] = field(default_factory=set)
    """Every question that was asked in the last look."""
    silent: Callable[[Question], bool] = lambda _question: False
    """The questions that cannot be answered now."""
    later: bool = False
    """These come later, instead: the limit of a tick is reached."""
    serial: int = 0
    sha: Sha = NONE_YET
    """Where a test remembers the commit that it is about, ..."""
    commit: Sha = NONE_YET
    """... the one that it doubts, ..."""
    before: Sha = NONE_YET
    """... and the one below that."""

    # --- people -----------------------------------------------------------------------------

    def push(self, changes: dict[str, str | None], branch: str = "main") -> Sha:
        """One commit on *branch*; None removes a file."""
        files = self.git.tip_files(branch)
        for path, text in changes.items():
            if text is None:
                files.pop(path, None)
            else:
                files[path] = text
        tip = self.git.heads.get(branch)
        sha = self.git.commit(files, (tip,) if tip else (), "work")
        self.git.heads[branch] = sha
        return sha

    def reset(self, branch: str, sha: Sha) -> None:
        """A force push."""
        self.git.heads[branch] = sha

    def check(
        self,
        sha: Sha | str | None,
        name: str,
        conclusion: str | None = "success",
        *,
        app: str = "github-actions",
        app_id: int = CI_APP,
        suite: int = 1,
    ) -> CheckFact:
        """A run of *name* on *sha* (or a branch's tip); conclusion None: it is running."""
        assert sha is not None, "nothing has landed"
        at = Sha(self.git.heads.get(sha, sha))
        self.serial += 1
        status = "completed" if conclusion else "in_progress"
        ended = self.now if conclusion else None
        run = CheckFact(self.serial, name, status, conclusion, app, app_id, suite, ended)
        self.runs.setdefault(at, []).append(run)
        return run

    def conclude(self, sha: Sha | str | None, name: str, conclusion: str) -> None:
        """The running *name* on *sha* ends."""
        assert sha is not None, "nothing has landed"
        at = Sha(self.git.heads.get(sha, sha))
        runs = self.runs[at]
        index = max(i for i, r in enumerate(runs) if r.name == name and r.conclusion is None)
        runs[index] = replace(
            runs[index], status="completed", conclusion=conclusion, completed_at=self.now
        )

    def say(
        self,
        verb: Literal["promote", "retry", "cancel", "rollback"],
        stage: str,
        freight: Sha | None = None,
    ) -> None:
        """A person's command that took effect."""
        self.serial += 1
        warehouse = self.pipeline.stages[StageName(stage)].freight
        named = FreightId(warehouse, freight) if freight else None
        order = Order(self.serial, verb, StageName(stage), named, "ann", self.now)
        self.orders.append(order)

    def hold(self, stage: str, reason: str = "not now", until: datetime | None = None) -> None:
        """A person holds a stage."""
        name = StageName(stage)
        self.holds[name] = Hold(name, reason, "ann", self.now, until)

    def resume(self, stage: str) -> None:
        """A person ends a hold."""
        del self.holds[StageName(stage)]

    def roll_back(self, stage: str, freight: Sha) -> None:
        """A person has earlier freight brought back."""
        self.say("rollback", stage, freight)
        self.hold(stage, "rolled back")

    def block(self, freight: Sha, warehouse: str = "web") -> None:
        """A person blocks freight."""
        named = FreightId(WarehouseName(warehouse), freight)
        self.blocks[named] = Block(named, "leaks a secret", "ann", self.now)

    def allow(self, freight: Sha, warehouse: str = "web") -> None:
        """A person allows it again."""
        del self.blocks[FreightId(WarehouseName(warehouse), freight)]

    def command(
        self, verb: Literal["promote", "retry"], stage: str, freight: Sha | None = None
    ) -> None:
        """As `say`, by somebody who saw what people edited by hand there."""
        snapshot, _ = self.look()
        self.say(verb, stage, freight)
        order = self.orders[-1]
        if order.freight is not None and snapshot.config.pipeline is not None:
            ledger = Ledger(snapshot, snapshot.config.pipeline)
            over = consent(ledger, ledger.views[order.stage], verb, order.freight)
            self.orders[-1] = replace(order, over=over)

    def review(self, stage: str, state: str = "APPROVED", user: str = "bob") -> None:
        number = self.pull(stage).number
        self.serial += 1
        head, bot = self.pull(stage).head_sha, user.endswith("[bot]")
        fact = ReviewFact(self.serial, user, state, head, is_bot=bot)
        self.reviews.setdefault(number, []).append(fact)

    def merge(self, stage: str, method: str = "merge") -> Sha:
        """A person merges our pull request."""
        return world_acts.merge_pull(self, self.pull(stage).number, method, "bob")

    def close(self, stage: str) -> None:
        pull = self.pull(stage)
        self.pulls[pull.number] = replace(pull, state="closed", actor="bob", closed_at=self.now)

    def retarget(self, stage: str, base: str) -> None:
        """A person changes the base of our pull request."""
        pull = self.pull(stage)
        self.pulls[pull.number] = replace(pull, base_ref=base)

    def merged(self, base: Sha, head: Sha) -> Files:
        return merged(self.git, base, head)

    def configure(self, text: str) -> None:
        """Another `stagelock.yaml` is in force from now on."""
        self.serial += 1
        self.config = Sha(f"{self.serial:040x}")
        self.pipeline = parsed(text)
        self.pipelines[self.config] = self.pipeline

    # --- the App ----------------------------------------------------------------------------

    def look(self) -> tuple[Snapshot, Plan]:
        """A snapshot that answers every question of its plan, and the plan."""
        snapshot = world_looks.base(self)
        self.asked = set()
        for _ in range(30):
            found = plan(snapshot)
            if not found.questions:
                return snapshot, sound(found)
            self.asked |= found.questions
            for question in sorted(found.questions, key=repr):
                snapshot = self._answered(snapshot, question)
        raise AssertionError(f"the plan never stops asking: {self.asked}")

    def _answered(self, snapshot: Snapshot, question: Question) -> Snapshot:
        if not self.silent(question):
            return world_looks.answer(self, snapshot, question)
        pause = timedelta() if self.later else timedelta(seconds=10)
        kind: Literal["later", "cannot"] = "later" if self.later else "cannot"
        none = Unanswered(kind, "GitHub cannot be asked", self.now, self.now + pause)
        return replace(snapshot, unanswered={**snapshot.unanswered, question: none})

    def step(self) -> Plan:
        """Look once and carry out what was planned; the plan."""
        snapshot, found = self.look()
        world_acts.carry_out(self, snapshot, found)
        return found

    def settle(self, rounds: int = ROUNDS) -> Plan:
        """Look and act at this instant until nothing is left to do; the last, empty plan."""
        left: Sequence[object] = ()
        for _ in range(rounds):
            found = self.step()
            if not found.actions:
                return found
            left = found.actions
        raise AssertionError(f"never at rest; still planned: {left}")

    def wait(self, delta: timedelta | None = None, **parts: float) -> Plan:
        """Let time pass, then settle."""
        self.now += delta or timedelta(**parts)
        return self.settle()

    # --- what there is ------------------------------------------------------------------------

    @property
    def records(self) -> Records:
        rows = tuple(sorted(self.rows.values(), key=lambda p: (p.created_at, p.attempt)))
        return Records(
            freights=tuple(self.freights),
            promotions=tuple(self.rows.values()) if rows else (),
            requests=tuple(r for r in self._asked if isinstance(r, LockRequest)),
            direct=tuple(r for r in self._asked if isinstance(r, DirectRequest)),
            orders=tuple(o for o in self.orders if o.done_at is None),
            holds=tuple(self.holds.values()),
            blocks=tuple(self.blocks.values()),
            runs=tuple(
                RunRecord(name, sha, 1, "", 1, "completed", "x", self.now, self.now)
                for name, sha in sorted(self.said)
            ),
            in_force=self.in_force,
        )

    @property
    def _asked(self) -> list[AnyRequest]:
        return sorted(self.requests.values(), key=lambda r: r.seq)

    def checks_of(self, sha: Sha) -> CommitChecks:
        return CommitChecks(sha, tuple(self.runs.get(sha, ())), tuple(self.suites.get(sha, ())))

    def of(self, stage: str) -> list[Promotion]:
        """The promotions of *stage*, oldest first."""
        return [row for row in self.rows.values() if row.stage == stage]

    def last(self, stage: str) -> Promotion:
        return self.of(stage)[-1]

    def states(self, stage: str) -> list[str]:
        return [f"{row.state} {row.reason}".rstrip() for row in self.of(stage)]

    def at(self, stage: str, sha: Sha) -> list[Promotion]:
        return [row for row in self.of(stage) if row.freight.sha == sha]

    def verdict(self, stage: str, sha: Sha) -> Verdict:
        _, found = self.look()
        for verdict in found.verdicts:
            if verdict.stage == stage and verdict.freight.sha == sha:
                return verdict
        raise AssertionError(f"no verdict on {sha} in {stage}")

    def request(self, stage: str) -> LockRequest:
        """The stage's newest lock request."""
        newest = reversed(self.requests.values())
        return next(r for r in newest if isinstance(r, LockRequest) and r.stage == stage)

    def live(self) -> dict[str, str]:
        """Stage, or asker, -> state of its live lock request."""
        return {r.name: r.state for r in self.requests.values() if r.state in LIVE}

    def pull(self, stage: str) -> PullFact:
        """The stage's newest pull request."""
        ref = f"stagelock/{stage}"
        return next(p for p in reversed(self.pulls.values()) if p.head_ref == ref)

    def files(self, folder: str, branch: str = "main") -> Files:
        prefix = f"{folder}/" if folder else ""
        return {
            path.removeprefix(prefix): text
            for path, text in self.git.tip_files(branch).items()
            if path.startswith(prefix)
        }

    def kinds(self) -> list[str]:
        return [type(action).__name__ for action in self.done]


def parsed(text: str) -> Pipeline:
    found = parse(text.encode(), "main")
    assert found.pipeline is not None, [p.message for p in found.problems]
    return found.pipeline


def a_pipeline(text: str, **settings) -> World:
    """A world with the pipeline of the YAML *text* and one commit that holds no watched file."""
    made = World(parsed(text), **settings)
    made.configure(text)
    made.push({"README.md": "hello"})
    return made

"""
What was decided, and why: the value that check runs, replies, logs and metrics all render.

A *reason* is a stable code. Words for people are made from these values in `core/text`, nowhere
else. They are tuples: a plan makes thousands, and a tuple is made in a third of a dataclass's time.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from app.core.model.hand_edits import HandEdit
from app.core.model.lock_requests import AnyRequest, LockRequest
from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import OnDrift
from app.core.model.records import Promotion
from app.core.model.service_claims import Outside
from app.core.model.subjects import Subject


class Reason(StrEnum):
    """Why a freight is where it is in one stage."""

    # gates that are waited for
    APP_LACKS = "app-lacks"
    UPSTREAM_UNVERIFIED = "upstream-unverified"
    NOT_STARTED = "not-started"
    SOAKING = "soaking"
    NOT_APPROVED = "not-approved"
    TOO_SOON = "too-soon"
    ON_HOLD = "on-hold"
    BLOCKED = "blocked"
    TURNED_AWAY = "turned-away"
    REVERTED = "reverted"
    WINDOW_CLOSED = "window-closed"
    WINDOW_DENIED = "window-denied"
    WINDOWS_OVER = "windows-over"
    BUSY = "busy"
    FOREIGN_CONTENT = "foreign-content"
    FOREIGN_VALUE = "foreign-value"
    DRIFT = "drift"
    NO_EVIDENCE = "no-evidence"
    LOCK_QUEUED = "lock-queued"
    LOCK_SUSPECT = "lock-suspect"
    LOCK_OUTSIDE = "lock-outside"
    LOCK_REFUSED = "lock-refused"
    LOCK_DENIED = "lock-denied"
    GRANT_UNUSED = "grant-unused"
    BRANCH_MISSING = "branch-missing"
    RETRYING = "retrying"
    CANNOT_ASK = "cannot-ask"
    ASKED_LATER = "asked-later"
    MOVED = "moved"
    # a gate that was passed
    PASSED = "passed"
    BY_ROLLBACK = "by-rollback"
    SKIPPED = "skipped"
    # under way
    LOCKING = "locking"
    WRITING = "writing"
    REVIEW = "review"
    MERGE_OBSTACLE = "merge-obstacle"
    MERGE_READY = "merge-ready"
    MERGE_REFUSED = "merge-refused"
    MERGE_BARRED = "merge-barred"
    WRONG_BASE = "wrong-base"
    VERIFYING = "verifying"
    CANCELLING = "cancelling"  # a push of it may still land
    TO_RUN = "to-run"
    # ends
    VERIFIED = "verified"
    IN_SYNC = "in-sync"
    ADOPTED = "adopted"
    CHECK_FAILED = "check-failed"
    CHECK_MISSING = "check-missing"
    CHECK_UNFINISHED = "check-unfinished"
    NOT_RERUN = "not-rerun"
    RUN_REFUSED = "run-refused"
    CHECK_NOT_STARTED = "check-not-started"
    REVOKED = "revoked"
    STEP_PROBLEM = "step-problem"
    SOURCE_PROBLEM = "source-problem"  # a step lacks what it copies
    RULE_REFUSED = "rule-refused"
    FOREIGN_TIP = "foreign-tip"
    ERRORED = "errored"
    SUPERSEDED = "superseded"
    UPSTREAM_FAILED = "upstream-failed"
    UPSTREAM_REJECTED = "upstream-rejected"  # a rollback turned it away there
    UPSTREAM_REVOKED = "upstream-revoked"
    WITHDRAWN = "withdrawn"
    STAGE_REMOVED = "stage-removed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled-back"
    CANCELLED_EARLY = "cancelled-early"  # it waited for a gate
    PULL_CLOSED = "pull-closed"
    MERGED_ELSEWHERE = "merged-elsewhere"
    TOO_LARGE = "too-large"
    LOCK_TIMED_OUT = "lock-timed-out"
    REBUILT = "rebuilt"
    DRIFT_CONFLICT = "drift-conflict"
    LANDED_OTHERWISE = "landed-otherwise"


GateState = Literal["pass", "wait", "fail"]


class Tally(NamedTuple):
    """The approvals of one freight in one stage, by logins."""

    needed: int
    """How many it takes."""
    counted: tuple[str, ...] = ()
    """Those that count."""
    lapsed: tuple[str, ...] = ()
    """Of people who may not give one any more."""
    author: tuple[str, ...] = ()
    """That of the only author of what is new, which does not count."""
    who: tuple[str, ...] = ()
    """Who may give one, as people write it (``@ada``, ``@acme/release``); (): whoever has write."""


class GateAnswer(NamedTuple):
    """One gate's answer for one freight and one stage."""

    gate: str
    """
    Its name as people know it: `permission`, `needs`, `block`, `reverted`, `rollback`, `auto`,
    `soak`, `approval`, `hold`, `windows`, `at-most-every`, `content`, `drift`, `lock`.
    """
    state: GateState
    reason: Reason
    names: tuple[str, ...] = ()
    """What *reason* speaks of: stages, groups, files, windows, people."""
    since: datetime | None = None
    """Since when the answer is this one; None: not known."""
    until: datetime | None = None
    """When the answer changes by itself; None: at the event that *reason* is about."""
    detail: str = ""
    """A person's words for it; of `permission` the page where it is granted."""
    tally: Tally | None = None
    """Of `approval`: whose leave there is."""
    any_of: bool = False
    """One of *names* is enough."""


Phase = Literal[
    "waiting",
    "ready",
    "locking",
    "writing",
    "in-review",
    "verifying",
    "verified",
    "failed",
    "revoked",
    "turned-away",
    "superseded",
    "unreached",
    "cancelled",
    "withdrawn",
]
"""
`ready`: only a person's `/promote` is missing. `unreached`: an upstream failed, so its turn never
came. `turned-away`: verified here, and turned away by a rollback since. The others are the states
of a promotion.
"""


PassedBy = Literal["", "newer", "again", "asked", "blocked"]
"""
`newer`: its stage went on with newer freight, or its commit left the branch. `again`: there was
another attempt at the same freight since, which has the word. `asked`: somebody asked for one.
`blocked`: it was a rollback, and brings back nothing that is blocked.
"""


class Drift(NamedTuple):
    """Hand edits that a stage's outputs hold, and the rule for what the next promotion does."""

    edits: tuple[HandEdit, ...]
    rule: OnDrift


class Verdict(NamedTuple):
    """Where one freight stands in one stage."""

    stage: StageName
    freight: FreightId
    phase: Phase
    reason: Reason
    gates: tuple[GateAnswer, ...] = ()
    """In the order in which they are asked."""
    names: tuple[str, ...] = ()
    """What *reason* speaks of: stages, checks, files."""
    detail: str = ""
    """A sentence from outside: a rule's text, a step's problem."""
    by: FreightId | None = None
    """The freight that superseded it."""
    since: datetime | None = None
    """Since when it stands there so; None: not known."""
    promotion: Promotion | None = None
    """The attempt that it is about; None: there is none."""
    about: tuple[Subject, ...] = ()
    """Those of *names* that have pages, with them."""
    passed_by: PassedBy = ""
    """It ended, and no command tries it again: for which cause."""
    wake_at: datetime | None = None
    """When to look again if nothing happens before."""
    request: LockRequest | None = None
    """The lock request that it is about; None: there is none."""
    position: tuple[int, int] | None = None
    """Its place in the lock queue: (place counted from 1, length)."""
    holders: tuple[AnyRequest, ...] = ()
    """Who holds the groups that it waits for."""
    outside: Outside | None = None
    """What an external lock service keeps from it, where it is its turn otherwise."""
    drift: Drift | None = None
    """What people changed in the stage's outputs since our last write, where it is to be shown."""
    may_go_back: bool = False
    """It failed, the stage is at it, and there is earlier freight for a rollback."""
    named: bool = False
    """Said where the place tells of another freight, or of none: commands to type name this one."""

    def command(self, verb: Literal["promote", "retry", "approve"]) -> str:
        """
        What to type about this freight, there where it is said. What a person started as a rollback
        goes on by the same word.
        """
        promotion = self.promotion
        if (
            verb == "promote"
            and promotion is not None
            and promotion.leaves is not None
            and not promotion.ended
        ):
            return f"/rollback {self.stage} to {self.freight.sha[:12]}"
        reasons = (self.reason, *(gate.reason for gate in self.gates))
        unnamed = verb == "promote" and Reason.REVERTED in reasons  # is refused
        freight = f" {self.freight.sha[:12]}" if self.named or unnamed else ""
        return f"/{verb} {self.stage}{freight}"

    def named_in(self, stage: StageName) -> str:
        """What brings this freight, named, to another *stage*."""
        return f"/promote {stage} {self.freight.sha[:12]}"

    def brought_by(self) -> str:
        """What brings this freight, named, wherever it is typed."""
        return self._replace(named=True).command("promote")


def approved_by(verdict: Verdict) -> str:
    """
    Whose approvals count so far, as a part of the state of a run: how many are missing is its news,
    so that a change is told at once; "" where none are asked for.
    """
    tallies = [gate.tally.counted for gate in verdict.gates if gate.tally is not None]
    return "".join(f":{counted}" for counted in tallies)

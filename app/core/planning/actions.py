"""
The closed set of things that a plan may ask for.

Each is done by one function of `engine/actions/dispatch`. Carrying it out twice, or a crash in the
middle of it, leaves the same world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.gates.clearance import Cleared
from app.core.model.facts import CheckFact
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_services import ServiceUse
from app.core.model.names import GroupName, PromotionId, Sha
from app.core.model.records import Freight, Hold, Promotion
from app.core.planning.job_actions import JobAction
from app.core.planning.pull_actions import PullAction


@dataclass(frozen=True, slots=True)
class Mint:
    """Remember a new freight."""

    freight: Freight


@dataclass(frozen=True, slots=True)
class Record:
    """Store promotions as they are now, with *holds*; *spend* are orders that took effect."""

    promotions: tuple[Promotion, ...]
    spend: tuple[int, ...] = ()
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestLock:
    """Queue *promotion*'s stage for its groups (a queued request of the stage is taken over)."""

    promotion: Promotion
    groups: tuple[GroupName, ...]
    weights: Mapping[GroupName, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """Grant a queued request: all groups or nothing, decided in the store."""

    request: int
    permits: Mapping[GroupName, int]
    names: Mapping[GroupName, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requeue:
    """Give a grant back unused; the stage queues again at the end."""

    request: int
    reason: LockReason


@dataclass(frozen=True, slots=True)
class Suspect:
    """A grant's job may still run although it should have ended: it blocks until that is known."""

    request: int
    reason: LockReason


@dataclass(frozen=True, slots=True)
class Revive:
    """A suspect grant's job was seen running: it is held again."""

    request: int


@dataclass(frozen=True, slots=True)
class EndRequest:
    """
    End a lock request in *state*, as `lock_ends` has it; *by* is the person who forced it, whose
    words the reason is.
    """

    request: int
    state: str
    reason: LockReason | str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A person's or client's request has expired: the store decides what becomes of it."""

    request: int


@dataclass(frozen=True, slots=True)
class TakeOver:
    """A grant whose job has ended passes to *promotion*, a rollback of its stage; new tokens."""

    request: int
    promotion: Promotion
    state: str
    """The end of the grant that was."""


@dataclass(frozen=True, slots=True)
class Occupy:
    """Take permits for what landed out of turn."""

    promotion: Promotion
    groups: tuple[GroupName, ...]
    weights: Mapping[GroupName, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spread:
    """A grant takes further *groups*, to its end: its stage names them since an edit."""

    request: int
    groups: tuple[GroupName, ...]
    weights: Mapping[GroupName, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskService:
    """
    Ask an external service for *use* for the lock request *request*, which asks since *since*; or
    whether it still has it, if it had.
    """

    request: int
    since: datetime
    use: ServiceUse


@dataclass(frozen=True, slots=True)
class GiveBack:
    """Give back what may be held at an external service, until it is known to be gone."""

    claim: int


@dataclass(frozen=True, slots=True)
class CreateBranch:
    """Create a stage's missing branch: a root commit with an empty tree."""

    branch: str
    promotion: Promotion


@dataclass(frozen=True, slots=True)
class Write:
    """
    Bring promotions to *branch* in one push, a commit each in this order, if it is at *expected*.

    Each is rendered anew on the commit before it. Landed promotions are stored as such.
    """

    branch: str
    expected: Sha | None
    leaves: tuple[Cleared, ...]

    @property
    def promotions(self) -> tuple[Promotion, ...]:
        """Those that may be written."""
        return tuple(leave.promotion for leave in self.leaves)


@dataclass(frozen=True, slots=True)
class PushAgain:
    """Push the very commits whose push is in doubt: the tip has not moved, every gate passes."""

    leaves: tuple[Cleared, ...]

    @property
    def promotions(self) -> tuple[Promotion, ...]:
        """Those that may be written."""
        return tuple(leave.promotion for leave in self.leaves)


@dataclass(frozen=True, slots=True)
class Rerun:
    """Run failed checks again (`/retry`); then *promotion* is stored."""

    promotion: Promotion
    checks: tuple[CheckFact, ...]


@dataclass(frozen=True, slots=True)
class CancelChecks:
    """Cancel the workflow runs behind unfinished checks of a promotion that timed out."""

    promotion: PromotionId
    checks: tuple[CheckFact, ...]


@dataclass(frozen=True, slots=True)
class SpendOrders:
    """Orders that took effect or can no longer."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UseConfig:
    """The `stagelock.yaml` of *commit* is in force from now on."""

    commit: Sha


Action = (
    Mint
    | Record
    | RequestLock
    | Grant
    | Requeue
    | Suspect
    | Revive
    | EndRequest
    | Lapse
    | JobAction
    | TakeOver
    | Occupy
    | Spread
    | AskService
    | GiveBack
    | CreateBranch
    | Write
    | PushAgain
    | PullAction
    | Rerun
    | CancelChecks
    | SpendOrders
    | UseConfig
)

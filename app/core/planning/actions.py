"""
The closed set of things that a plan may ask for.

Each is done by one function of `engine/actions/dispatch`. Carrying it out twice, or a crash in the
middle of it, leaves the same world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.gates.clearance import Cleared
from app.core.locks.inheritance import Inheritance
from app.core.model.facts import CheckFact
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import ForeignRequest, LockRequest
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
    """Store promotions as they are now."""

    promotions: tuple[Promotion, ...]
    spend: tuple[int, ...] = ()
    """The ids of the orders that took effect."""
    holds: tuple[Hold, ...] = ()
    """Stored with them."""


@dataclass(frozen=True, slots=True)
class RequestLock:
    """Queue a promotion's stage for its groups (a queued request of the stage is taken over)."""

    promotion: Promotion
    groups: tuple[GroupName, ...]
    weights: Mapping[GroupName, int] = field(default_factory=dict)
    """How many permits of a group; one of those that are not here."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Grant a queued request: all groups or nothing, decided in the store."""

    request: int
    permits: Mapping[GroupName, int]
    """How many permits each of its groups has."""
    names: Mapping[GroupName, tuple[str, ...]] = field(default_factory=dict)
    """What a group's permits are called, where they have names."""


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
    """End a lock request, as `lock_ends` has it."""

    request: int
    state: str
    """Its end."""
    reason: LockReason | str
    """Why; the person's words where somebody forced it."""
    by: str = ""
    """The person who forced it; "": nobody did."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """A person's or client's request has expired: the store decides what becomes of it."""

    request: int


@dataclass(frozen=True, slots=True)
class LapseElsewhere:
    """The time of another repository's grant is over, and nobody looks there: the store judges."""

    holder: ForeignRequest
    longest: timedelta
    """How long its groups may be held."""


@dataclass(frozen=True, slots=True)
class TellSuspect:
    """Tell people here, once, that another repository's lock is suspect."""

    holder: ForeignRequest
    commit: Sha
    """On which, where *waits* has no pull request."""
    actor: int
    """The number of the account that started the job; 0: not known, or not this repository's."""
    waits: LockRequest | None = None
    """The stage here that waits for it; None: the job is this repository's."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What *passes* of a grant whose job has ended to *promotion*, a rollback; new tokens."""

    request: int
    promotion: Promotion
    state: str
    """The end of the grant that was."""
    passes: Inheritance


@dataclass(frozen=True, slots=True)
class Occupy:
    """Take permits for what landed out of turn."""

    promotion: Promotion
    groups: tuple[GroupName, ...]
    weights: Mapping[GroupName, int] = field(default_factory=dict)
    """How many permits of a group; one of those that are not here."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A grant takes further groups, to its end: its stage names them since an edit."""

    request: int
    groups: tuple[GroupName, ...]
    """The further ones."""
    weights: Mapping[GroupName, int] = field(default_factory=dict)
    """How many permits of a group; one of those that are not here."""


@dataclass(frozen=True, slots=True)
class AskService:
    """Ask an external service for a lock; or whether we still have it, if we had."""

    request: int
    """The lock request that it is for."""
    since: datetime
    """When that asked."""
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
    Bring promotions to a branch in one push, a commit each. Each is rendered anew on the commit
    before it. Landed promotions are stored as such.
    """

    branch: str
    expected: Sha | None
    """The branch's tip: elsewhere nothing is pushed. None: it does not exist."""
    leaves: tuple[Cleared, ...]
    """In the order of the commits."""

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
    | LapseElsewhere
    | TellSuspect
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

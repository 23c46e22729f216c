"""What we remember: the inbox, the work table, repositories, history, locks, budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.core.model.comments import CommandRecord
from app.core.model.names import FreightId, PromotionId, Sha, StageName, WarehouseName
from app.core.model.past_questions import PastQuestion
from app.core.model.people import Block
from app.core.model.records import Freight, Hold, Order, Promotion, Records
from app.core.model.run_records import RunRecord
from app.ports.approvals import Approvals
from app.ports.audit import Audit
from app.ports.budget import Budget
from app.ports.cards import Cards
from app.ports.check_rows import CheckRows
from app.ports.deaths import Death
from app.ports.direct_locks import DirectLocks
from app.ports.gauge import Gauge
from app.ports.inbox import Inbox
from app.ports.installs import Installs
from app.ports.introductions import Introductions
from app.ports.job_requests import JobRequests
from app.ports.lines import Lines
from app.ports.lock_parts import LockParts
from app.ports.locks import Locks
from app.ports.organizations import Organizations
from app.ports.pending_deployments import PendingDeployments
from app.ports.repos import Repos
from app.ports.service_claims import ServiceClaims
from app.ports.talk import Talk
from app.ports.views import Views


@dataclass(frozen=True, slots=True)
class Claim:
    """Proof that this worker may act on a key, as long as its lease lasts."""

    key: str
    fence: int
    """Valid while it is the row's."""
    generation: int
    """The row's at the claim: once that has moved, there is a reason to look again."""
    failures: int
    """How many looks failed in a row."""
    owner: str
    """The worker's name."""
    deaths: int = 0
    """How many claims of it before this one ended with their process, in a row."""


class Work(Protocol):
    """
    One keyed, coalescing row for each thing to look at: ``repo-<id>``, ``services-<repo id>``,
    ``installation-<id>``, ``sweep``. All times are the database's own.
    """

    def touch(self, key: str, delay: timedelta = timedelta()) -> None:
        """Mark dirty: raise the generation, due at the latest after *delay*."""
        ...

    def claim(self, owner: str, lease: timedelta) -> Claim | None:
        """Claim the unclaimed row that has been due longest; raises its fencing token."""
        ...

    def renew(self, claim: Claim, lease: timedelta) -> None:
        """Extend the lease; Conflict if it is no longer ours."""
        ...

    def remaining(self, claim: Claim) -> timedelta:
        """What is left of the lease; negative or zero if it lapsed or is no longer ours."""
        ...

    def finish(self, claim: Claim, delay: timedelta | None, *, failed: bool = False) -> None:
        """
        Give the row back, due again after *delay* (None: only when touched); Conflict if not ours.

        If its generation moved since the claim it is due at once. *failed* counts a failure in a
        row, else the count returns to zero.
        """
        ...

    def borrow(self, key: str, owner: str, lease: timedelta) -> Claim | None:
        """
        Take that row, due or resting or not, for something beside its looks: none begins before
        `give_back`, or *lease* is over. None: somebody has it.
        """
        ...

    def give_back(self, claim: Claim) -> None:
        """End what `borrow` gave: due as it was, and no look of it counts. Not ours: no change."""
        ...

    def wait(self, timeout: timedelta) -> None:
        """Sleep until something may be due, at most *timeout* (LISTEN/NOTIFY or a short poll)."""
        ...

    def take_over(self, owner_prefix: str) -> int:
        """End the leases of owners that begin so (this folder's, after a restart); how many."""
        ...

    def bury(self, owner_prefix: str, why: str) -> Sequence[Death]:
        """
        Take what owners that begin so hold from them: they died at work, or had to be ended.

        From its second death in a row on, what they held rests, longer each time, however often it
        is marked dirty meanwhile; any end of a look but by death begins the count anew.
        """
        ...

    def deaths(self, key: str) -> Death | None:
        """How its last looks died; None where the last one did not."""
        ...

    def resting(self) -> int:
        """How many things rest because their looks died."""
        ...

    def due_for(self) -> timedelta:
        """For how long the oldest due row has waited; zero if none."""
        ...


@dataclass(frozen=True, slots=True)
class Past:
    """Older promotions, by number. *more*: there may be still older ones that were asked for."""

    promotions: tuple[Promotion, ...] = ()
    more: bool = False


class History(Approvals, Introductions, Talk, Protocol):
    """
    One repository's records. Writes take the claim and check its fence in the same transaction:
    Conflict if it is outdated.
    """

    def load(self, repo_id: int) -> Records: ...

    def mint(self, claim: Claim, repo_id: int, freight: Freight) -> None: ...

    def save_promotions(
        self, claim: Claim, repo_id: int, promotions: Sequence[Promotion], *held: Hold
    ) -> None:
        """Insert or replace by id, and hold stages, all in one transaction."""

    def promotion(self, repo_id: int, promotion: PromotionId) -> Promotion | None: ...

    def past(self, repo_id: int, asked: PastQuestion) -> Past:
        """What `load` left out: all of a freight, else the newest so many."""

    def of_pull(self, repo_id: int, pull: int) -> tuple[Promotion, ...]:
        """The promotions of one pull request, by number, however old."""

    def landed_as(self, repo_id: int, commits: Sequence[Sha]) -> tuple[Promotion, ...]:
        """The promotions that landed as one of *commits*, by number, however old."""

    def runs_of(self, repo_id: int, name: str, commit: Sha) -> tuple[RunRecord, ...]:
        """Our check runs called *name* on *commit*, by serial, however old."""

    def runs_on(self, repo_id: int, commits: Sequence[Sha]) -> tuple[RunRecord, ...]:
        """Our check runs on *commits*, by name, commit and serial, however old."""

    def named(self, repo_id: int, warehouse: WarehouseName, digits: str) -> tuple[Freight, ...]:
        """The freights of *warehouse* whose commit begins so, newest minted last, however old."""
        ...

    def add_order(self, claim: Claim, repo_id: int, order: Order, key: str) -> None:
        """Store an order (its id is given here); the same *key* (command, line) is stored once."""

    def roll_back(
        self, claim: Claim, repo_id: int, order: Order, key: str, hold: Hold, noted: CommandRecord
    ) -> None:
        """As `add_order` and `set_hold`, together: a rollback and the hold that it ends in."""
        ...

    def order(self, repo_id: int, key: str) -> Order | None:
        """The order that was stored with *key*, done or not."""

    def spend_orders(
        self, claim: Claim, repo_id: int, ids: Sequence[int], at: datetime
    ) -> None: ...

    def set_hold(self, claim: Claim, repo_id: int, hold: Hold, noted: CommandRecord) -> None:
        """Hold a stage in place of its hold, if there is one; store the command *noted* with it."""

    def end_hold(self, claim: Claim, repo_id: int, stage: StageName, noted: CommandRecord) -> None:
        """End the stage's hold, if there is one; store the command *noted* with it."""

    def set_block(self, claim: Claim, repo_id: int, block: Block, noted: CommandRecord) -> None:
        """Block a freight in place of its block, if there is one; store *noted* with it."""
        ...

    def end_block(
        self, claim: Claim, repo_id: int, freight: FreightId, noted: CommandRecord
    ) -> None:
        """End the freight's block, if there is one; store the command *noted* with it."""
        ...

    def save_run(self, claim: Claim, repo_id: int, run: RunRecord) -> None:
        """Insert or replace by (name, commit, serial)."""

    def set_in_force(self, claim: Claim, repo_id: int, commit: Sha, text: bytes) -> None:
        """From now on the `stagelock.yaml` of *commit*, which is *text*, is in force."""
        ...

    def config_text(self, repo_id: int, commit: Sha) -> bytes | None:
        """The `stagelock.yaml` of a commit that was in force once; None: it never was."""
        ...

    def add_command(self, repo_id: int, command: CommandRecord) -> bool:
        """Store a new command; False if its key was known (nothing changes)."""

    def open_commands(self, repo_id: int) -> Sequence[CommandRecord]:
        """Those not answered yet, in the order in which they take effect."""

    def save_command(self, claim: Claim, repo_id: int, command: CommandRecord) -> None: ...

    def audit(
        self,
        claim: Claim | None,
        repo_id: int,
        event: str,
        at: datetime,
        entry: Mapping[str, object],
    ) -> None:
        """Keep an audit entry under its short event id; the same id is stored once."""


class Store(Protocol):
    """All of it, over one database."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def work(self) -> Work: ...
    @property
    def repos(self) -> Repos: ...
    @property
    def history(self) -> History: ...
    @property
    def lines(self) -> Lines: ...
    @property
    def locks(self) -> Locks: ...
    @property
    def direct_locks(self) -> DirectLocks: ...
    @property
    def job_requests(self) -> JobRequests: ...
    @property
    def lock_parts(self) -> LockParts: ...
    @property
    def service_claims(self) -> ServiceClaims: ...
    @property
    def pending_deployments(self) -> PendingDeployments: ...
    @property
    def budget(self) -> Budget: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def checks(self) -> CheckRows: ...
    @property
    def installs(self) -> Installs: ...
    @property
    def organizations(self) -> Organizations: ...
    @property
    def views(self) -> Views: ...
    @property
    def cards(self) -> Cards: ...

    def ready(self) -> str:
        """Empty when the database is migrated and can be written to, else why not, for people."""

    def gauges(self) -> Sequence[Gauge]:
        """Numbers about the whole, from one consistent view; the same from every process."""

    def forget(self, now: datetime) -> int:
        """Delete a bounded part of what is older than it is kept; how many rows there were."""

    def close(self) -> None: ...

"""
What the store remembers, as values. Times are aware, in UTC.

Git and GitHub are the truth about commits and checks; these rows about grants, pushes and wishes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from app.core.model.ci_jobs import JobRequest
from app.core.model.deployments import PendingDeployment
from app.core.model.facts import Content
from app.core.model.group_records import GroupRecord
from app.core.model.hand_edits import HandEdit
from app.core.model.introductions import Introduction
from app.core.model.lock_parts import LockPart
from app.core.model.lock_requests import (
    LIVE,
    AnyRequest,
    DirectRequest,
    ForeignRequest,
    LockRequest,
)
from app.core.model.merge_refusals import MergeRefusal
from app.core.model.names import FreightId, GroupName, PromotionId, Sha, StageName
from app.core.model.people import Approval, Block
from app.core.model.run_records import RunRecord
from app.core.model.service_claims import ServiceClaim
from app.core.model.shared_queues import SharedQueue
from app.core.model.started_runs import StartedRun
from app.core.model.subjects import Subject


@dataclass(frozen=True, slots=True)
class Freight:
    """A freight that was minted, and when."""

    id: FreightId
    minted_at: datetime


PromotionState = Literal[
    "waiting",
    "locking",
    "writing",
    "in-review",
    "verifying",
    "verified",
    "failed",
    "superseded",
    "cancelled",
]
ENDED: frozenset[str] = frozenset({"verified", "failed", "superseded", "cancelled"})


@dataclass(frozen=True, slots=True)
class Intent:
    """
    A push that was decided: stored before it is made, so that a crash leaves no doubt.

    *branch* moves from *expected* to *commit* or to a descendant of it (batched promotions).
    """

    branch: str
    """Its name, without `refs/heads/`."""
    expected: Sha | None
    """Its tip before the push; None: there is no such branch yet."""
    commit: Sha
    """The commit with this promotion's content."""
    stored_at: datetime
    """When the newest attempt began: each is stored before it is made."""
    made_at: datetime | None = None
    """The time that *commit* itself carries; None: that of the first attempt."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """
    One attempt to bring one freight to one stage: a row, grouped by idea (docs/decisions/0050).

    What is empty ("", (), None, False) was not so, or is not known. Tests hold which fields a state
    must have, and must not.
    """

    id: PromotionId
    stage: StageName
    freight: FreightId
    state: PromotionState
    config: Sha
    """The commit whose `stagelock.yaml` it runs under."""
    created_at: datetime
    updated_at: datetime

    # Which attempt it is, who began it, and why it is where it is.
    number: int = field(default=0, compare=False)
    """Its place in order, given by the store; 0: not stored yet. Clocks decide no order."""
    attempt: int = 1
    """From 1; one more each time that the freight enters this stage anew."""
    started_by: str = ""
    """The login of who started it; "": nobody, it began by itself."""
    reason: str = ""
    """The stable code (`Reason`) of why it is in its state."""
    detail: str = ""
    """Words for people about *reason*; nothing is learned from them."""
    about: tuple[Subject, ...] = ()
    """What *reason* speaks of, as values."""
    successor: FreightId | None = None
    """The freight that superseded it."""
    ended_at: datetime | None = None

    # What a person said about it.
    over: str = ""
    """Consent to replace hand edits in the outputs: `drift.content_digest` of what was there."""
    skips: str = ""
    """A person's reason to skip gates."""
    skipped: tuple[str, ...] = ()
    """The names of the gates that it passed by *skips* alone, in reading order."""
    leaves: FreightId | None = None
    """A rollback: the newest freight that it turns away."""
    restores: Content = ()
    """A rollback: what it writes, which is *written* of the promotion that it brings back."""

    # The commit that it makes, and what is in the outputs there.
    intent: Intent | None = None
    """
    The push that was decided; None again once it has landed or was refused. Where it is given up
    while it may still arrive it is kept, whatever the state: it may turn out to have landed.
    """
    landed: Sha | None = None
    """The commit on the stage's branch whose outputs are this freight's."""
    landed_at: datetime | None = None
    in_sync: bool = False
    """*landed* was there before it came: nothing had to be written."""
    adopted: bool = False
    """*landed* was there at first contact."""
    pure: Content = ()
    """What the freight alone gives; () where a rebuild lost it."""
    written: Content = ()
    """What the outputs hold at *landed*: *pure*, but for the hand edits that were kept."""
    edits: tuple[HandEdit, ...] = ()
    """Hand edits that it kept, replaced, or failed on."""
    problem: str = ""
    """Fingerprint of what a failed step had read: it is tried again when that changes."""

    # Its pull request (`via: pull-request`).
    pull: int | None = None
    """The number of the pull request."""
    head: Sha | None = None
    """The head that has *written*, as it was last seen or made."""
    pushed: tuple[Sha, ...] = ()
    """What was, or was to be, the head, oldest first; ours are stored before they are pushed."""
    moved_at: datetime | None = None
    """When the head of the open one was last rewritten; the first writing is no move."""
    cleared_at: datetime | None = None
    """
    When its branch was found gone after the end; long ago, where a rule of the server keeps it.
    """
    refused: MergeRefusal | None = None
    """The newest merge that GitHub refused."""

    # Its verification.
    started: StartedRun | None = None
    """The workflow run that we started to verify it."""
    verified_at: datetime | None = None
    revoked_at: datetime | None = None
    """It had been verified, and a later failure took that back then."""
    rerun_at: datetime | None = None
    """When `/retry` ran its checks again."""
    reran: tuple[int, ...] = ()
    """The numbers of the check runs that were run again then: they no longer count."""

    # What could not be found out.
    errors_since: datetime | None = None
    """Since when something cannot be found out; None: nothing of that sort."""
    retry_at: datetime | None = None
    """The next try: after an error, or after the server refused a merge."""
    erred: timedelta = timedelta()
    """How long it could not find something out before, under grants that went back since."""

    @property
    def ended(self) -> bool:
        """Nothing more happens to it by itself (verified ones are still watched)."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a person asked of a stage: `promote` starts one promotion, `retry` tries a failed one anew,
    `cancel` ends the one that is under way, `rollback` brings earlier freight back.
    """

    id: int
    """Its place in order, given by the store; 0: not stored yet."""
    verb: Literal["promote", "retry", "cancel", "rollback"]
    stage: StageName
    freight: FreightId | None
    """None: the newest that is eligible when it takes effect."""
    actor: str
    """The person's login, or the name of an API token."""
    at: datetime
    """When it was said."""
    done_at: datetime | None = None
    """When it took effect, or was overtaken: it is looked at no more."""
    over: str = ""
    """For `Promotion.over`."""
    skips: str = ""
    """For `Promotion.skips`."""


@dataclass(frozen=True, slots=True)
class Hold:
    """
    A "not now" on automatic promotion of *stage*, until somebody resumes it or until *until*.
    """

    stage: StageName
    reason: str
    """The person's words."""
    by: str
    """The person's login; "" where we held it ourselves (a rebuilt database)."""
    since: datetime
    until: datetime | None = None
    """None: until somebody resumes it."""


@dataclass(frozen=True, slots=True)
class Records:
    """Everything stored about one repository that a tick may need; orders as stated."""

    freights: tuple[Freight, ...] = ()
    """By warehouse, newest minted last: those minted last, and those that were asked for."""
    freights_cut: bool = False
    """Freights may be left out: they are asked for (`Placed.asks`)."""
    promotions: tuple[Promotion, ...] = ()
    """By number: unfinished, of live lock requests, each stage's newest, and those that landed as
    what was *told* of; else see `Ledger.past`."""
    told: frozenset[Sha] = frozenset()
    """Landed commits on which others' checks changed, as deliveries say, since the last look."""
    cut: Mapping[StageName, int] = field(default_factory=dict)
    """Where promotions of a stage are left out: from this number on all are here."""
    requests: tuple[LockRequest, ...] = ()
    """This repository's live ones, and its ended ones of its kept promotions; by seq."""
    groups: Mapping[GroupName, GroupRecord] = field(default_factory=dict)
    """Each of this repository's groups that was ever asked for."""
    direct: tuple[DirectRequest, ...] = ()
    """Every live request of this repository that no stage makes; by seq."""
    job_requests: tuple[JobRequest, ...] = ()
    """Of jobs of its workflow runs, and what waits for another repository's word; by request."""
    parts: tuple[LockPart, ...] = ()
    """Of clients in grants of this repository, that were not given back; by id."""
    pending: tuple[PendingDeployment, ...] = ()
    """Jobs that wait at environments for our answer, by run and environment."""
    others: tuple[ForeignRequest, ...] = ()
    """Of other repositories, by seq: who holds a shared group, and who is next there (`NEAR`)."""
    queues: Mapping[GroupName, SharedQueue] = field(default_factory=dict)
    """Of each shared group."""
    orders: tuple[Order, ...] = ()
    """Not done yet, by id."""
    holds: tuple[Hold, ...] = ()
    """By stage, at most one each; those whose time is over may be among them."""
    blocks: tuple[Block, ...] = ()
    """By freight, at most one each."""
    approvals: tuple[Approval, ...] = ()
    """By stage and freight, the oldest first; at most one each of a person."""
    runs: tuple[RunRecord, ...] = ()
    """By name, commit and serial: the newest of each name and commit that is not at rest, those on
    the heads of the kept promotions' pull requests, and on commits that texts are written on."""
    claims: tuple[ServiceClaim, ...] = ()
    """What this repository's lock requests have, or may have, at external services; by id."""
    in_force: Sha | None = None
    """The commit whose `stagelock.yaml` was last found valid and in force."""
    introduction: Introduction | None = None
    """The run by which people can make the plan required; None: none was begun."""

    @property
    def all_requests(self) -> tuple[AnyRequest, ...]:
        """The requests of stages, of people and clients, and of other repositories."""
        return (*self.requests, *self.direct, *self.others)

    @property
    def under_way(self) -> bool:
        """Something here is not over: it goes on though the file be gone."""
        unfinished = any(not promotion.ended for promotion in self.promotions)
        return unfinished or bool(self.all_requests or self.claims or self.pending)

    @property
    def begun(self) -> bool:
        """Something is under way, or said to be: it is followed to its end whatever is edited."""
        unfinished = any(not promotion.ended for promotion in self.promotions)
        states = {r.state for r in self.requests} | {r.state for r in self.direct}
        said = any(run.open for run in self.runs)
        return unfinished or said or bool(states & LIVE or self.pending or self.claims)

"""
What the store remembers, as values. Times are aware, in UTC.

Git and GitHub are the truth about commits and checks; these rows are the truth about who was
granted what, what we pushed, and what people asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from app.core.model.ci_jobs import JobRequest
from app.core.model.deployments import PendingDeployment
from app.core.model.facts import Content
from app.core.model.hand_edits import HandEdit
from app.core.model.introductions import Introduction
from app.core.model.lock_requests import (
    LIVE,
    AnyRequest,
    DirectRequest,
    ForeignRequest,
    LockRequest,
)
from app.core.model.merge_refusals import MergeRefusal
from app.core.model.names import FreightId, GroupName, PromotionId, Sha, StageName
from app.core.model.people import Approval
from app.core.model.service_claims import ServiceClaim
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
    expected: Sha | None
    commit: Sha
    stored_at: datetime
    """When the newest attempt began: each is stored before it is made."""
    made_at: datetime | None = None
    """The time that *commit* itself carries; None: that of the first attempt."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """
    One attempt to bring one freight to one stage.

    *config* is the commit whose `stagelock.yaml` it runs under. *landed* is the commit on the
    stage's branch whose outputs are this freight's (*in_sync*: it was there before we came;
    *adopted*: first contact). *written* is what the outputs held there, *pure* what the freight
    alone gives (() where a rebuild lost it): they differ by the hand *edits* that were kept.
    *pull* and *head* belong to `via: pull-request`. *errors_since* is set while we cannot find
    something out; *retry_at* is the next try. *reason* and *detail* say why it is where it is
    (stable code; words for people, which nothing is learned from). *about* is what the reason
    speaks of, *successor* the freight that superseded it. *revoked_at*: it had been verified, and
    a later failure took that back.
    """

    id: PromotionId
    stage: StageName
    freight: FreightId
    state: PromotionState
    config: Sha
    created_at: datetime
    updated_at: datetime
    attempt: int = 1
    reason: str = ""
    detail: str = ""
    started_by: str = ""
    intent: Intent | None = None
    landed: Sha | None = None
    landed_at: datetime | None = None
    in_sync: bool = False
    adopted: bool = False
    pure: Content = ()
    written: Content = ()
    pull: int | None = None
    head: Sha | None = None
    pushed: tuple[Sha, ...] = ()  # what was, or was to be, pushed as that head, each before it was
    verified_at: datetime | None = None
    revoked_at: datetime | None = None
    ended_at: datetime | None = None
    errors_since: datetime | None = None
    retry_at: datetime | None = None
    erred: timedelta = timedelta()
    """How long it could not find something out before, under grants that went back since."""
    moved_at: datetime | None = None
    """When the head of its open pull request was last rewritten; the first writing is no move."""
    cleared_at: datetime | None = None  # its branch was gone after its end, or is kept by a rule
    rerun_at: datetime | None = None  # when `/retry` re-ran its checks
    reran: tuple[int, ...] = ()  # the check runs that were run again then: they no longer count
    started: StartedRun | None = None  # the workflow run that verifies it
    problem: str = ""  # fingerprint of what a failed step had read: tried again when it changes
    refused: MergeRefusal | None = None  # the last merge that GitHub refused
    edits: tuple[HandEdit, ...] = ()  # that it kept, replaced, or failed on
    about: tuple[Subject, ...] = ()  # what *reason* speaks of
    over: str = ""  # a person's word to replace the hand edits there: `drift.mark` of the outputs
    successor: FreightId | None = None
    leaves: FreightId | None = None  # a rollback: the newest freight that it turns away
    skips: str = ""  # a person's reason to skip gates; *skipped* are those that it passed so
    skipped: tuple[str, ...] = ()
    restores: Content = ()  # what it writes: *written* of the promotion that it brings back
    number: int = field(default=0, compare=False)  # its place in order, given by the store

    @property
    def ended(self) -> bool:
        """Nothing more happens to it by itself (verified ones are still watched)."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a person asked of a stage: `promote` starts one promotion, `retry` tries a failed one anew,
    `cancel` ends the one that is under way, `rollback` brings earlier freight back.

    *freight* None: the newest eligible when it takes effect. Spent once *done_at* is set. *over* is
    for `Promotion.over`.
    """

    id: int
    verb: Literal["promote", "retry", "cancel", "rollback"]
    stage: StageName
    freight: FreightId | None
    actor: str
    at: datetime
    done_at: datetime | None = None
    over: str = ""
    skips: str = ""  # for `Promotion.skips`


@dataclass(frozen=True, slots=True)
class Hold:
    """
    A "not now" on automatic promotion of *stage*, until somebody resumes it or until *until*.

    *by* is the person's login, "" where we held it ourselves (a rebuilt database).
    """

    stage: StageName
    reason: str
    by: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """
    A person's word that *freight* enters no stage where it is not yet, until it is allowed again.

    *by* is the person's login.
    """

    freight: FreightId
    reason: str
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    """
    A check run that we wrote: its natural key, GitHub's id, and what it said last.

    *digest* identifies the last draft that GitHub confirmed; "" while its creation, or its end, is
    in doubt: it was sent, and nobody knows whether it arrived.
    *serial* counts the runs of one name on one commit: the newest is the one that speaks.
    """

    name: str
    sha: Sha
    serial: int
    external_id: str
    run_id: int | None
    status: str
    digest: str
    created_at: datetime
    written_at: datetime
    ready: bool = False
    """It is completed, but names a command that starts the promotion, or tries it again."""
    refused_by: str = ""
    """Who clicked on it last and may not; *refused_role* is what they have there."""
    refused_role: str = ""
    refused_verb: str = ""

    @property
    def may_have_ended(self) -> bool:
        """Its end is in doubt."""
        return self.run_id is not None and self.status == "completed" and not self.digest

    @property
    def open(self) -> bool:
        """It says, or may still say, that something can happen."""
        return self.status != "completed" or self.ready or self.may_have_ended


@dataclass(frozen=True, slots=True)
class Records:
    """Everything stored about one repository that a tick may need; orders as stated."""

    freights: tuple[Freight, ...] = ()
    """By warehouse, newest minted last: those minted last, and those that were asked for."""
    freights_cut: bool = False
    """Freights may be left out: they are asked for (`Placed.asks`)."""
    promotions: tuple[Promotion, ...] = ()
    """
    By number: the unfinished ones, those of live lock requests, and the newest of each stage.
    Whatever is older is asked for (`Ledger.past`).
    """
    cut: Mapping[StageName, int] = field(default_factory=dict)
    """Where promotions of a stage are left out: all from this number on are here."""
    requests: tuple[LockRequest, ...] = ()
    """This repository's live ones, and its ended ones of its kept promotions; by seq."""
    tokens: Mapping[GroupName, int] = field(default_factory=dict)
    """The newest fencing token of each of this repository's groups that was ever asked for."""
    direct: tuple[DirectRequest, ...] = ()
    """Every live request of this repository that no stage makes; by seq."""
    job_requests: tuple[JobRequest, ...] = ()
    """
    What jobs of this repository's workflow runs ask for or have joined, and whatever waits in its
    groups for another repository's word; by request.
    """
    pending: tuple[PendingDeployment, ...] = ()
    """Jobs that wait at environments for our answer, by run and environment."""
    others: tuple[ForeignRequest, ...] = ()
    """Every live request of other repositories on the groups that are shared with them."""
    orders: tuple[Order, ...] = ()
    """Not done yet, by id."""
    holds: tuple[Hold, ...] = ()
    """By stage, at most one each; those whose time is over may be among them."""
    blocks: tuple[Block, ...] = ()
    """By freight, at most one each."""
    approvals: tuple[Approval, ...] = ()
    """By stage and freight, the oldest first; at most one each of a person."""
    runs: tuple[RunRecord, ...] = ()
    """
    By name, commit and serial: the newest of each name and commit that is not at rest, those on the
    heads of the kept promotions' pull requests, and those on commits that texts are written on.
    """
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
        return (
            any(not promotion.ended for promotion in self.promotions)
            or bool(self.pending)
            or any(request.state in LIVE for request in self.requests)
            or any(request.state in LIVE for request in self.direct)
            or any(run.open for run in self.runs)
            or bool(self.claims)
        )

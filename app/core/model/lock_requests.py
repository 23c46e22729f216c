"""
Requests for lock groups, as values: a stage's, and those that people and clients make themselves.

Both wait in the same queues: what differs is who asks, and what ends a grant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from app.core.model.ci_jobs import RunAttempt
from app.core.model.held_times import HeldTime
from app.core.model.names import FreightId, GroupName, PromotionId, Sha, StageName
from app.core.model.people import handle

ALL: Final = 0
"""The weight of who is alone in a group: all permits that there are at the grant."""

RequestState = Literal[
    "queued",
    "held",
    "suspect",
    "releasing",
    "released",
    "forced",
    "cancelled",
    "superseded",
    "timed-out",
    "rejected",
]
HOLDING: frozenset[str] = frozenset({"held", "suspect", "releasing"})
LIVE: frozenset[str] = HOLDING | {"queued"}
REQUEST_ENDS: frozenset[str] = frozenset(get_args(RequestState)) - LIVE

HolderKind = Literal["stage", "job", "person", "visitor", "client", "unknown"]
ShownState = RequestState | Literal["overdue"]
"""
What people and programs are told of a request. A person's that is suspect is *overdue*: no job of
it can run, so it is not to be found out whether that has ended; they are asked to give it back.
"""


@dataclass(frozen=True, slots=True)
class LockRequest:
    """A stage's request for a set of groups, granted all or nothing."""

    id: int
    repo_id: int
    repo_name: str
    stage: StageName
    promotion: PromotionId
    freight: FreightId
    groups: tuple[GroupName, ...]
    seq: int
    """Its place in the queues: lower was asked earlier."""
    state: RequestState
    requested_at: datetime
    tokens: Mapping[GroupName, int] = field(default_factory=dict)
    """Its fencing tokens, set with the grant."""
    granted_at: datetime | None = None
    suspect_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    """The person who forced or cancelled it; of a grant that is `releasing`, who took it away."""
    reason: str = ""
    out_of_turn: bool = False
    """It landed, and has its permits without having been granted them in its turn."""
    refused_by: str = ""
    """Who pressed *refused_verb* while it is suspect; *refused_role*, which they have, may not."""
    refused_role: str = ""
    refused_verb: str = ""
    kept_at: datetime | None = None
    """When *kept_by* said last that its job still runs: how long it is held counts from then."""
    kept_by: str = ""
    probed_at: datetime | None = None
    """When *probed_by* had GitHub asked last, while it is suspect, whether its job has ended."""
    probed_by: str = ""
    weights: Mapping[GroupName, int] = field(default_factory=dict)
    """
    How many permits it takes of a group: one where it is not there, `ALL` until the grant says how
    many that is.
    """
    permits: Mapping[GroupName, tuple[str, ...]] = field(default_factory=dict)
    """Which permits it has, of groups where they have names."""

    @property
    def name(self) -> str:
        """Who has it, or waits, for people of the same repository."""
        return self.stage

    @property
    def holder_kind(self) -> HolderKind:
        """What has it: what landed out of turn, or ran again, came without being let in."""
        return "visitor" if self.out_of_turn else "stage"

    @property
    def shown(self) -> ShownState:
        """How it stands, in words for people."""
        return self.state

    @property
    def held_since(self) -> datetime | None:
        """From when on it counts how long it is held: its grant, or a person's word to keep it."""
        return self.kept_at or self.granted_at


def _shown(kind: HolderKind, state: RequestState) -> ShownState:
    return "overdue" if kind == "person" and state == "suspect" else state


DirectKind = Literal["person", "client", "job", "unknown"]
DirectKey = tuple[int, DirectKind, int | str, str]
"""
The repository, and the number of a person, or a token's name and what its client chose, or an
environment and the attempt of a run.
"""


@dataclass(frozen=True, slots=True)
class DirectRequest:
    """
    A request for lock groups that no stage makes: a person's `/lock`, a client's, or that of the
    jobs of a workflow run that wait at a GitHub environment; or the grant of an unknown holder,
    whoever had the group before the database was lost.

    The account of a person, or *asker* and *owner*, name the one unfinished request on these
    groups. What has no text of its own is as in `LockRequest`.
    """

    id: int
    repo_id: int
    repo_name: str
    kind: DirectKind
    asker: str
    """
    What the person was called then, the name of the client's token (of a CI job that showed
    GitHub's: its `RunAttempt`), or the environment.
    """
    groups: tuple[GroupName, ...]
    seq: int
    state: RequestState
    requested_at: datetime
    ttl: timedelta
    """
    How long a grant lasts unless it is renewed, and the place of a client in the queue unless it
    is asked for again.
    """
    asker_id: int = 0
    """
    The number of the person's account; 0 of others, and of a person: nobody noted it, so it is
    nobody's.
    """
    owner: str = ""
    """What the client chose; ``run/attempt`` of jobs."""
    purpose: str = ""
    """What it is wanted for, as it was typed."""
    expires_at: datetime | None = None
    """When *ttl* is over; None: a place that lasts until it is left."""
    read_at: datetime | None = None
    """When its client, or GitHub, was told of the grant."""
    given_at: datetime | None = None
    """When it was given back while others had a part in it: then it is theirs (`LockPart`)."""
    pull: int | None = None
    """
    The pull request on which a person asked for it (else it was on *commit*), or whose workflow run
    a job's is.
    """
    commit: Sha | None = None
    tokens: Mapping[GroupName, int] = field(default_factory=dict)
    granted_at: datetime | None = None
    suspect_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    reason: str = ""
    refused_by: str = ""
    refused_role: str = ""
    refused_verb: str = ""
    probed_at: datetime | None = None
    probed_by: str = ""
    kept_at: datetime | None = None
    weights: Mapping[GroupName, int] = field(default_factory=dict)
    permits: Mapping[GroupName, tuple[str, ...]] = field(default_factory=dict)
    told_as: ForeignRequest | None = None
    """What people are told of it where it is kept, if it is another repository's business."""

    @property
    def name(self) -> str:
        """Who has it, or waits, for people of the same repository."""
        match self.kind:
            case "person":
                return handle(self.asker)
            case "client":
                job = RunAttempt.of(self.asker)
                return self.asker if job is None else f"run {job.run}"
            case "job":
                return f"{self.asker} (run {self.run})"
            case "unknown":
                return "unknown"

    @property
    def held_since(self) -> datetime | None:
        """From when on it counts how long it is held: its grant, or a person's word to keep it."""
        return self.kept_at or self.granted_at

    @property
    def run(self) -> int:
        """The workflow run whose jobs it is for."""
        return int(self.owner.partition("/")[0])

    @property
    def attempt(self) -> int:
        """The attempt of that run."""
        return int(self.owner.partition("/")[2])

    @property
    def by_job(self) -> bool:
        """A job of a workflow run asked for it, and showed GitHub's token."""
        return self.kind == "client" and RunAttempt.of(self.asker) is not None

    @property
    def of_run(self) -> int:
        """The workflow run that GitHub can be asked about it; 0: it is none's."""
        if self.kind == "job":
            return self.run
        job = RunAttempt.of(self.asker) if self.kind == "client" else None
        return 0 if job is None else job.run

    @property
    def holder_kind(self) -> HolderKind:
        """What people and programs are told that it is: a job of CI is one however it asks."""
        return "job" if self.by_job else self.kind

    @property
    def shown(self) -> ShownState:
        """How it stands, in words for people."""
        return _shown(self.kind, self.state)

    @property
    def key(self) -> DirectKey:
        """Whose it is: the unfinished request on the same groups with this key is the same one."""
        if self.kind == "person":
            return self.repo_id, "person", self.asker_id, ""
        return self.repo_id, self.kind, self.asker, self.owner

    def is_of(self, account: int) -> bool:
        """Tell whether the person with the number *account* (0: not known) has it, or waits."""
        return self.kind == "person" and account != 0 and self.asker_id == account


@dataclass(frozen=True, slots=True)
class ForeignRequest:
    """Another repository's live request in groups of the organisation; else see `LockRequest`."""

    id: int
    repo_id: int
    kind: HolderKind
    owner: str
    """The organisation's name."""
    repo_name: str
    """Empty where its repository is not public: nobody else is told whose it is."""
    name: str
    """The stage, or who asks; "" where its repository is not public."""
    groups: tuple[GroupName, ...]
    seq: int
    state: RequestState
    requested_at: datetime
    granted_at: datetime | None = None
    purpose: str = ""
    """What it is wanted for; "" where its repository is not public."""
    tokens: Mapping[GroupName, int] = field(default_factory=dict)
    weights: Mapping[GroupName, int] = field(default_factory=dict)
    permits: Mapping[GroupName, tuple[str, ...]] = field(default_factory=dict)
    home: int = 0
    """The number of the repository whose business it is: of a CI job its own."""
    run: int = 0
    """The workflow run that it is of; 0: of none, or its repository is not public."""
    alert: str = ""
    """The key of the comment that is due here about a suspect one; "": none is."""
    alone: HeldTime | None = None
    """How its time runs, where nobody looks at its repository; None: somebody does."""

    @property
    def holder_kind(self) -> HolderKind:
        """What has it, or waits."""
        return self.kind

    @property
    def shown(self) -> ShownState:
        """How it stands, in words for people."""
        return _shown(self.kind, self.state)


OwnRequest = LockRequest | DirectRequest
"""A request as it is stored, whole."""

AnyRequest = OwnRequest | ForeignRequest
"""Whatever waits in, or holds, a group."""

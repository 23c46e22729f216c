"""Lock requests of people and of clients: what they may do with their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from app.core.locks.quota import OverQuota, Quota
from app.core.model.ci_jobs import CiJob
from app.core.model.comments import CommandRecord, Notice
from app.core.model.lock_requests import DirectRequest, OwnRequest
from app.core.model.names import GroupName
from app.core.model.shared_queues import Standing

if TYPE_CHECKING:
    from app.ports.store import Claim


class DirectLocks(Protocol):
    """
    Each call is one transaction on the groups of the request, decided by `core/locks/direct`; what
    changes a group marks the work of everybody with a live request in it dirty: whoever waits is
    granted by their repository's next look.

    *claim* is that of a worker who answers a comment, refused once it is outdated; *noted* is
    stored together with the effect. Without a claim a client's request is answered.
    """

    def ask(
        self,
        wanted: DirectRequest,
        quota: Quota,
        *,
        claim: Claim | None = None,
        noted: CommandRecord | None = None,
        job: CiJob | None = None,
    ) -> DirectRequest | OverQuota:
        """
        Queue up for the groups of *wanted* (its id, place and state are given here), or return its
        asker's live request on them as it is then, or the one that has a part in a grant. *job*:
        what the token said with which it came; it may join a stage's grant (`JobRequests`).
        """
        ...

    def take(
        self,
        request_id: int,
        permits: Mapping[GroupName, int],
        at: datetime,
        names: Mapping[GroupName, Sequence[str]] | None = None,
    ) -> DirectRequest:
        """
        Grant a client's request if it is its turn and *permits* (which may have *names*) are free,
        and count it as read; else as it is, as where it is not judged yet whether it joins a
        grant. Missing.
        """
        ...

    def read(self, request_id: int, at: datetime) -> DirectRequest:
        """Read the request: keeps its place, and marks its grant as read. Raises Missing."""
        ...

    def renew(
        self, request_id: int, token: int, at: datetime, ttl: timedelta | None = None
    ) -> DirectRequest:
        """A heartbeat. Conflict: outdated, or ended. Missing."""
        ...

    def release(self, request_id: int, token: int | None, at: datetime) -> DirectRequest:
        """
        Give a grant back, or (None) leave the queue; again: the same answer. Conflict: outdated,
        or ended otherwise. Missing.
        """
        ...

    def leave(
        self,
        claim: Claim,
        request_id: int,
        at: datetime,
        by: str,
        noted: CommandRecord | None = None,
    ) -> DirectRequest:
        """The person *by*, who may, ends it. Ended already: no change. Missing."""
        ...

    def lapse(
        self, claim: Claim, request_id: int, now: datetime, notice: Notice | None = None
    ) -> DirectRequest:
        """
        Let time do to it what it does, if it still does: its client may have come meanwhile.
        *notice* is the reply that is due where a person's time is over; stored with that.
        """
        ...

    def let_in(self, claim: Claim, request_id: int, at: datetime) -> None:
        """GitHub took the answer that its jobs may go on; again: no change. Missing."""
        ...

    def asked(
        self, repo_id: int, account: int, group: GroupName, at: datetime
    ) -> DirectRequest | None:
        """What became of what a person asked of *group* then: a new request, or the live one."""
        ...

    def find(self, request_id: int) -> OwnRequest | None:
        """That request, a stage's too, live or ended."""
        ...

    def live(self, repo_id: int, group: GroupName | None = None) -> Sequence[OwnRequest]:
        """
        Every live request of the repository, or of everybody on *group* as it names that; by seq.
        """
        ...

    def unfinished(self, repo_id: int, asker: str, owner: str) -> Sequence[DirectRequest]:
        """The live ones that the client *owner* of *asker* made in the repository, by seq."""
        ...

    def holders(self, repo_id: int, group: GroupName) -> Sequence[OwnRequest]:
        """Everybody who holds *group*, as the repository names that; by seq."""
        ...

    def standing(self, request: OwnRequest, group: GroupName) -> Standing:
        """How *request* stands in *group*, counted: nothing is read of who else waits."""
        ...

"""Who holds which lock groups, and who waits for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from app.core.locks.inheritance import Inheritance
from app.core.model.comments import CommandRecord, Notice
from app.core.model.lock_requests import LockRequest, OwnRequest
from app.core.model.names import FreightId, GroupName, PromotionId, StageName

if TYPE_CHECKING:
    from app.ports.store import Claim


class Locks(Protocol):
    """
    The truth about lock groups: names in one repository, or in one organisation
    (`core/model/group_names`). Each call is one transaction; a change of a group marks every
    repository with a live request in it dirty.
    """

    def request(
        self,
        claim: Claim,
        *,
        repo_id: int,
        repo_name: str,
        stage: StageName,
        promotion: PromotionId,
        freight: FreightId,
        groups: Sequence[GroupName],
        at: datetime,
        weights: Mapping[GroupName, int] | None = None,
    ) -> LockRequest:
        """
        Queue up, or return the live request of (repository, stage): another promotion of the same
        stage takes over the place of one that is still queued.
        """
        ...

    def grant(
        self,
        claim: Claim,
        request_id: int,
        permits: Mapping[GroupName, int],
        at: datetime,
        names: Mapping[GroupName, Sequence[str]] | None = None,
    ) -> OwnRequest:
        """
        Grant all groups or nothing; Conflict if it is not its turn or no permit is free.

        Decided inside the transaction by `core/locks/queue`. Asked again by its owner: the same
        tokens. *names* are those of the groups whose permits have some.
        """
        ...

    def occupy(
        self,
        claim: Claim,
        *,
        repo_id: int,
        repo_name: str,
        stage: StageName,
        promotion: PromotionId,
        freight: FreightId,
        groups: Sequence[GroupName],
        at: datetime,
        weights: Mapping[GroupName, int] | None = None,
    ) -> LockRequest:
        """Take permits without being asked: what landed out of turn is running already."""
        ...

    def spread(
        self,
        claim: Claim,
        request_id: int,
        groups: Sequence[GroupName],
        weights: Mapping[GroupName, int] | None = None,
    ) -> LockRequest:
        """
        A grant takes *groups*, too, beyond their permits if need be, with tokens of their own; what
        it has already it keeps. Conflict if it holds nothing.
        """
        ...

    def requeue(self, claim: Claim, request_id: int, reason: str, at: datetime) -> LockRequest:
        """Give a grant back unused and queue again at the end."""
        ...

    def take_over(
        self,
        claim: Claim,
        request_id: int,
        state: str,
        promotion: PromotionId,
        freight: FreightId,
        at: datetime,
        passes: Inheritance,
    ) -> LockRequest:
        """
        End a grant in *state* and grant what *passes* of it to *promotion* of its stage, with new
        tokens, in one transaction: nobody comes in between. Conflict if it does not hold that;
        asked again by its new owner: the same tokens.
        """
        ...

    def suspect(
        self,
        claim: Claim,
        request_id: int,
        reason: str,
        at: datetime,
        notice: Notice | None = None,
    ) -> None:
        """
        A grant that turns suspect by this is told by *notice*, stored with it. One that is no
        stage's and suspect for another *reason* is so for this one from now on. Conflict: it is
        over.
        """
        ...

    def refuse(self, claim: Claim, request_id: int, by: str, role: str, verb: str) -> None:
        """
        Somebody who may not, with *role* only, pressed the button *verb* of a suspect grant:
        remembered until it is suspect anew. Of any other request nothing is remembered.
        """
        ...

    def revive(
        self,
        claim: Claim,
        request_id: int,
        at: datetime,
        by: str = "",
        noted: CommandRecord | None = None,
        until: datetime | None = None,
    ) -> None:
        """
        A suspect grant whose job was seen alive, or that the person *by* keeps, is held again; kept
        by a person, how long it is held counts from *at*; one that is no stage's lasts *until*
        then. *noted* is stored with it. Conflict if it holds nothing and nobody said it.
        """
        ...

    def probe(
        self, claim: Claim, request_id: int, at: datetime, by: str, noted: CommandRecord
    ) -> None:
        """*by* had GitHub asked about a suspect grant; of any other only *noted* is stored."""
        ...

    def force(
        self,
        claim: Claim,
        request_id: int,
        reason: str,
        at: datetime,
        by: str,
        noted: CommandRecord,
        notice: Notice | None = None,
    ) -> None:
        """
        The person *by* takes a grant away. That of a person or client ends at once; that of a stage
        is `releasing`, and the plan ends it once its pull request is not green any more; at once
        where nobody looks at its repository now. *noted* is stored with it, and *notice*, where it
        is taken away by this. Ended already: nothing changes.
        """
        ...

    def lapse_left_alone(
        self, claim: Claim, request_id: int, longest: timedelta, at: datetime
    ) -> None:
        """
        Where nobody looks at its repository now, or its ticks fail: a grant held for longer than
        *longest*, or past a time of its own, turns suspect, as its repository's tick would have it.
        Else nothing changes.
        """
        ...

    def left_alone(self, repo_id: int) -> bool:
        """Return whether the repository is not processed now, or its ticks fail."""
        ...

    def end(
        self,
        claim: Claim,
        request_id: int,
        state: str,
        reason: str,
        at: datetime,
        by: str = "",
        noted: CommandRecord | None = None,
    ) -> None:
        """
        End a request, whoever asked for it: `released` (one that only waits: `cancelled`), `forced`
        (tokens rise), `superseded`, `timed-out` or `rejected`. Late by `core/locks/protocol` (ended
        already, or granted meanwhile): nothing changes. *noted* is stored with it.
        """
        ...

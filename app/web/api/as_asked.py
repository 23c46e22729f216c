"""A lock request as its client sees it: its own, or its part in somebody's grant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.model.lock_parts import LockPart
from app.core.model.lock_requests import HOLDING, LIVE, DirectRequest, LockRequest, OwnRequest
from app.core.model.names import GroupName


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in *group*, as its client sees it."""

    request: OwnRequest
    """Its own; where *joined*, the grant that it shares, which it neither renews nor gives back."""
    group: GroupName
    joined: int | None = None
    """The token by which it shares somebody's grant; None: it does not."""
    part: DirectRequest | None = None
    """
    Its own request, where that has a part in the grant and is of a job that showed GitHub's token.
    """
    share: LockPart | None = None
    """Its part in the grant, where it is no such job's."""

    @property
    def id(self) -> str:
        """What the address of the request ends with."""
        if self.share is not None:
            return f"{self.request.id}-join-{self.share.id}"
        return str(self.request.id if self.part is None else self.part.id)

    def joins(self, grant: Asked) -> bool:
        """It may have a part in *grant*: it only waits, or has one there already."""
        if self.share is None:
            return self.request.state == "queued"
        return self.request.id == grant.request.id

    @property
    def ttl(self) -> timedelta:
        """How long it lasts after each word of its client; 0: it is no client's."""
        own = self.share or self.request
        return timedelta() if isinstance(own, LockRequest) else own.ttl

    @property
    def over(self) -> bool:
        """Nothing more happens to it."""
        return self.state not in LIVE

    @property
    def state(self) -> str:
        """That of *request* while it has a part in that: its own, or the token that it showed."""
        request = self.request
        given = isinstance(request, DirectRequest) and request.given_at is not None
        mine = given if self.joined is None else self._given
        if request.state in LIVE and (mine or (self.joined is not None and not self.current)):
            return "released"
        return "released" if self._given else request.state

    @property
    def _given(self) -> bool:
        return self.share is not None and self.share.ended_at is not None

    @property
    def current(self) -> bool:
        """The token that was shown is the grant's, which is not over."""
        return self.request.state in HOLDING and self.request.tokens.get(self.group) == self.joined

    @property
    def expires_at(self) -> datetime | None:
        """When it is over unless its client says that it goes on; None: it is, or nobody says."""
        if self.over:
            return None
        if self.share is not None:
            return self.share.expires_at
        return self.request.expires_at if isinstance(self.request, DirectRequest) else None

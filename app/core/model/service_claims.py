"""
What we hold, or may hold, at external lock services, a row for each lock of each lock request.

A row is stored before anything is asked for, and forgotten when nothing of it can be there any
more: whatever happens in between, the next look knows what may be held in our name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.core.model.lock_services import LockAsked, ServiceRefusal, ServiceUse

ClaimState = Literal["asking", "held", "lost", "ending"]
"""
Not granted yet; granted; granted once, and taken away there since; not needed any more, and not
known to be gone.
"""


@dataclass(frozen=True, slots=True)
class ServiceClaim:
    """One lock at a service for one asking of a lock request."""

    id: int
    repo_id: int
    request: int
    """The lock request that it is for."""
    since: datetime
    """When that asked; a request that queues again asks anew."""
    service: str
    """The profile's name."""
    resource: str
    """What is locked there."""
    owner: str
    """As `LockAsked` has it."""
    token: str
    """As `LockAsked` has it."""
    state: ClaimState
    next_at: datetime | None
    """It is not asked about before; None: not by itself."""
    doubt: bool = False
    """
    Something may be there in our name although it is not held: a place in a queue, or what a lost
    answer did.
    """
    tried_at: datetime | None = None
    """
    When the newest attempt began whose answer is not known: whatever was answered since, it may
    take effect late.
    """
    until: datetime | None = None
    """Held for sure until then; None: until it is given back."""
    misses: int = 0
    """Answers in a row that were no yes."""
    holder: str = ""
    """Who has it, as far as the service says; foreign text."""
    detail: str = ""
    """Why the last of *misses* said nothing, or why it refused."""

    @property
    def use(self) -> ServiceUse:
        """The lock there."""
        return ServiceUse(self.service, self.resource)

    @property
    def refused(self) -> bool:
        """The service said no, to us and not for somebody else: nothing is there in our name."""
        return self.state == "asking" and bool(self.detail) and not self.doubt

    @property
    def asked(self) -> LockAsked:
        """What the service is told."""
        return LockAsked(self.resource, self.owner, self.token)


@dataclass(frozen=True, slots=True)
class Outside:
    """Why a request whose turn it is waits for an external service."""

    use: ServiceUse
    claim: ServiceClaim | None = None
    """What the service said; None: it was not asked for yet."""
    refusal: ServiceRefusal | None = None
    """Why it may not be asked at all; None: it may."""

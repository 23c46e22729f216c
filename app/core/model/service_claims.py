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
    """
    One lock at a service for the lock request *request*, as that was asked for at *since* (a
    request that queues again asks anew).

    *owner* and *token* are as `LockAsked` has them. *doubt*: something may be there in our name
    although it is not held, a place in a queue, or what a lost answer did. *tried_at* is when the
    newest attempt began whose answer is not known: whatever was answered since, it may take effect
    late. *until*: held for sure until then (None: until it is given back). *next_at*: not
    asked about before (None: not by itself). *misses* are answers in a row that were no yes;
    *detail* is why the last of them said nothing, or why it refused. *holder* is who has it, as far
    as the service says.
    """

    id: int
    repo_id: int
    request: int
    since: datetime
    service: str
    resource: str
    owner: str
    token: str
    state: ClaimState
    next_at: datetime | None
    doubt: bool = False
    tried_at: datetime | None = None
    until: datetime | None = None
    misses: int = 0
    holder: str = ""
    detail: str = ""

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
    """
    Why a request whose turn it is waits for *use*: what its *claim* says (None: it was not asked
    for yet), or that it may not be asked at all.
    """

    use: ServiceUse
    claim: ServiceClaim | None = None
    refusal: ServiceRefusal | None = None

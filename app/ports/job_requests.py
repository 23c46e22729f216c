"""Lock requests of CI jobs that may join the grant of a stage which awaits them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from app.core.model.lock_requests import OwnRequest

if TYPE_CHECKING:
    from app.ports.store import Claim


class JobRequests(Protocol):
    """
    Each call is one transaction on the groups of the request. *claim* is that of the look at the
    job's repository, which holds the grant; refused once it is outdated.
    """

    def join(self, claim: Claim, request_id: int, grant_id: int, at: datetime) -> None:
        """
        Let a queued request have a part in that grant: it shows the grant's tokens and permits,
        takes nothing, and leaves the queue. Not queued any more: no change. Conflict: the grant is
        over. Missing.
        """
        ...

    def alone(self, claim: Claim, request_id: int) -> None:
        """It joins nothing: it waits for its own turn, and everybody in its groups looks again."""
        ...

    def doubt(self, claim: Claim, request_id: int, reason: str) -> None:
        """
        Keep with a queued request why nobody knows yet whether it joins: *reason* is the request's
        own until it has been judged. Not queued any more, or judged: no change. Missing.
        """
        ...

    def end(self, claim: Claim | None, request_id: int, at: datetime) -> None:
        """
        Its part in a grant is over: given back, or, where a person took the grant away, forced.
        Without a claim its client gives it back. None: no change. Missing.
        """
        ...

    def grant(self, request_id: int) -> OwnRequest | None:
        """The grant in which a request has a part now, as it is; None: it has none."""
        ...

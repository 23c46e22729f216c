"""Parts in a grant: of clients that showed its token, and share it to the end of the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class LockPart:
    """The part that a client has in a grant whose token it showed."""

    id: int
    request: int
    """The lock request of the grant."""
    token: int
    """The one that it showed."""
    asker: str
    """The name of its API token."""
    owner: str
    """What the client chose."""
    ttl: timedelta
    """It says so often that it goes on."""
    expires_at: datetime
    """When it has fallen silent, unless it says so before."""
    ended_at: datetime | None = None
    """When it gave its part back; None: it has not."""

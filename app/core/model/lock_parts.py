"""Parts in a grant: of clients that showed its token, and share it to the end of the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class LockPart:
    """
    The part that *owner*, a client with the API token named *asker*, has in the grant of the lock
    request *request*, whose *token* it showed. It says every *ttl* that it goes on, else it has
    fallen silent at *expires_at*. *ended_at*: it gave its part back.
    """

    id: int
    request: int
    token: int
    asker: str
    owner: str
    ttl: timedelta
    expires_at: datetime
    ended_at: datetime | None = None

"""Parts of clients in grants whose tokens they showed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from app.core.model.lock_parts import LockPart
from app.core.model.names import GroupName


class LockParts(Protocol):
    """Each change is one transaction on the groups of the grant."""

    def join(
        self,
        grant_id: int,
        group: GroupName,
        token: int,
        *,
        home: int,
        asker: str,
        owner: str,
        ttl: timedelta,
        at: datetime,
    ) -> LockPart:
        """
        Have a part in that grant, which has *token* in *group*; asked again: the same one, which
        goes on. Whoever waits in the group, by a request that the repository *home* keeps, waits
        no more. Conflict: the token is outdated. Missing.
        """
        ...

    def unfinished(self, grants: Sequence[int], asker: str, owner: str) -> Sequence[LockPart]:
        """Those of that client in these lock requests that were not given back, by id."""
        ...

    def renew(self, part_id: int, at: datetime) -> LockPart:
        """It goes on. Conflict: it was given back, or its grant is over. Missing."""
        ...

    def end(self, part_id: int, at: datetime) -> LockPart:
        """It is given back; the last one ends what its own client gave back before. Missing."""
        ...

    def find(self, part_id: int) -> LockPart | None:
        """That part, live or ended."""
        ...

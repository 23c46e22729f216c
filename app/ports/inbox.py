"""The durable table of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook POST as it came. *guid* is GitHub's; *body* the raw bytes, verified."""

    guid: str
    event: str
    action: str
    repo_id: int | None
    installation_id: int | None
    body: bytes
    received_at: datetime


class Inbox(Protocol):
    """The durable table of deliveries; deduplicated by guid."""

    def record(self, delivery: Delivery, dirty: str | None) -> bool:
        """
        Store it and mark the work *dirty* in one short transaction, durable when this returns.

        A guid that is stored but was never done marks dirty again. False: it was known.
        """
        ...

    def pending(self, repo_id: int | None, installation_id: int | None) -> Sequence[Delivery]:
        """Deliveries of that repository (or, with repo_id None, of the installation), not done."""
        ...

    def done(self, guids: Sequence[str]) -> None: ...

    def prune(self, before: datetime) -> int:
        """Delete done deliveries received before then; how many."""
        ...

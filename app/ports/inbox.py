"""The durable table of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook POST as it came: https://docs.github.com/webhooks/webhook-events-and-payloads."""

    guid: str
    """GitHub's, the same in each attempt to deliver it."""
    event: str
    """Its name, as in `X-GitHub-Event`."""
    action: str
    """What happened, in GitHub's word; "": the event has none."""
    repo_id: int | None
    """None: it is about no repository."""
    installation_id: int | None
    """None: it is about no installation."""
    body: bytes
    """The raw bytes, their signature verified."""
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

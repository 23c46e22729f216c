"""The numbers that the store answers at each scrape: what they mean, and their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

GAUGES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "work_due": ("Things that should be looked at now", ()),
    "work_oldest_due_seconds": ("How long the oldest of them has waited", ()),
    "work_leases": ("Claims held by workers, or lapsed and not taken over yet", ("state",)),
    "work_failing": ("Things whose last look failed", ()),
    "work_quarantined": ("Things that rest because their looks died, or had to be ended", ()),
    "deliveries_pending": ("Deliveries stored and not worked on yet", ()),
    "deliveries_oldest_pending_seconds": ("How long the oldest of them has waited", ()),
    "freights": ("Freights on their way into a stage", ("state", "reason")),
    "freights_oldest_seconds": ("How long the oldest has been so", ("state", "reason")),
    "promotions": ("Promotions, as far as they are kept", ("state",)),
    "lock_requests": ("Live lock requests", ("state",)),
    "lock_requests_oldest_seconds": ("How long the oldest has been so", ("state",)),
    "outside_locks": ("Locks that external services hold, or may hold, for us", ("state",)),
    "repositories": ("Repositories that we know", ("state",)),
    "mirrors": ("Mirrors of repositories on this machine", ()),
    "mirrors_bytes": ("What they take of the disk", ()),
    "disk_free_bytes": ("Room that is left where the data is", ()),
    "budget_left": ("Creating REST calls left", ("installation", "window")),
}
"""By name without ``stagelock_``: a sentence for the scrape, and the labels in their order."""

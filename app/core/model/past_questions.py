"""What a plan asks of freights and promotions that its records leave out: a part of `questions`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.facts import Content
from app.core.model.names import FreightId, Sha, StageName, WarehouseName


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """
    Which older promotions of a stage are there? One of the fields says which; none does: the next
    ones below *before*, newest first. The answer joins the records.
    """

    stage: StageName
    freight: FreightId | None = None
    """Those of it."""
    content: Content | None = None
    """Those that wrote it."""
    head: Sha | None = None
    """Those whose pull request has it, or had it."""
    since: datetime | None = None
    """Those that ended since then."""
    landed: Sha | None = None
    """Those that landed as that commit."""
    before: int | None = None
    """The number of the oldest promotion that is known; None: of the newest."""


@dataclass(frozen=True, slots=True)
class MintedQuestion:
    """Which are the newest freights of the warehouse?"""

    warehouse: WarehouseName
    floor: int
    """Only those above this place of its line."""
    count: int
    """At most so many."""


@dataclass(frozen=True, slots=True)
class FreightQuestion:
    """Which freights of *warehouse* begin with *digits*? The answer joins the records."""

    warehouse: WarehouseName
    digits: str


OfPast = PastQuestion | FreightQuestion | MintedQuestion
"""What the store answers: without it there is no tick."""

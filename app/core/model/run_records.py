"""What the store remembers of a check run of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.model.names import Sha


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A check run that we wrote: its natural key, GitHub's id, and what it said last."""

    name: str
    sha: Sha
    serial: int
    """Counts the runs of one name on one commit: the newest is the one that speaks."""
    external_id: str
    """Ours, sent with its creation: by it a run is found whose creation had no answer."""
    run_id: int | None
    """GitHub's; None while nobody knows whether the creation arrived."""
    status: str
    """GitHub's: `queued`, `in_progress` or `completed`, as it was last sent."""
    digest: str
    """
    Of the last draft that GitHub confirmed; "" while its creation, or its end, is in doubt: it was
    sent, and nobody knows whether it arrived. While an update has no answer that of no draft.
    """
    created_at: datetime
    written_at: datetime
    ready: bool = False
    """It is completed, but names a command that starts the promotion, or tries it again."""
    refused_by: str = ""
    """Who clicked on it last and may not; *refused_role* is what they have there."""
    refused_role: str = ""
    refused_verb: str = ""

    @property
    def may_have_ended(self) -> bool:
        """Its end is in doubt."""
        return self.run_id is not None and self.status == "completed" and not self.digest

    @property
    def open(self) -> bool:
        """It says, or may still say, that something can happen."""
        return self.status != "completed" or self.ready or self.may_have_ended

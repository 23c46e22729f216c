"""Workflow runs that we start ourselves, to verify what a promotion landed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.model.deployments import NO_COMMIT
from app.core.model.names import Sha

LOST = timedelta(minutes=2)
"""So long a run is sought whose start GitHub did not confirm: it lists one after some seconds."""

UNKNOWN = -1
"""In place of the newest run that there was before a start: nobody knows it any more."""


@dataclass(frozen=True, slots=True)
class StartedRun:
    """
    The run of a workflow that verifies a promotion, as far as it is known.

    *begun_at*: when the newest attempt to start it began, stored before it is made; None: the next
    one is still to be begun. *after* is the newest run of the workflow that there was before it, or
    `UNKNOWN`. *answered*: GitHub said that it started one. *run* is its id, 0 while nobody knows;
    *head* and *suite*, the commit and the check suite of its jobs, are known once it was seen.
    *url* is its page. *strays*, oldest first, were started elsewhere than on the promotion's
    outputs: they are cancelled and do not count.
    """

    file: str
    begun_at: datetime | None = None
    after: int = 0
    answered: bool = False
    run: int = 0
    head: Sha = NO_COMMIT
    suite: int = 0
    url: str = ""
    strays: tuple[int, ...] = ()

    @property
    def sought(self) -> bool:
        """It was, or may have been, started, and which run it is is not known."""
        return self.begun_at is not None and not self.run

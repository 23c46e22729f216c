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
    """The run of a workflow that verifies a promotion, as far as it is known."""

    file: str
    """The workflow's, below `.github/workflows`."""
    begun_at: datetime | None = None
    """
    When the newest attempt to start it began, stored before it is made; None: the next one is still
    to be begun.
    """
    after: int = 0
    """The newest run of the workflow that there was before it, or `UNKNOWN`."""
    answered: bool = False
    """GitHub said that it started one."""
    run: int = 0
    """Its id; 0 while nobody knows."""
    head: Sha = NO_COMMIT
    """The commit of its jobs, known once it was seen."""
    suite: int = 0
    """The check suite of its jobs, known once it was seen."""
    url: str = ""
    """Its page."""
    strays: tuple[int, ...] = ()
    """
    Runs that were started elsewhere than on the promotion's outputs, oldest first: they are
    cancelled and do not count.
    """

    @property
    def sought(self) -> bool:
        """It was, or may have been, started, and which run it is is not known."""
        return self.begun_at is not None and not self.run

"""Which check runs should exist, and what they say: from the snapshot and the plan alone."""

from app.core.checkruns.locks import overdue_for, stuck_for, suspect_of
from app.core.checkruns.minting import directly_on
from app.core.checkruns.target import RunTarget
from app.core.checkruns.targets import targets

__all__ = ["RunTarget", "directly_on", "overdue_for", "stuck_for", "suspect_of", "targets"]

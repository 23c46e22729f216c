"""Which check runs should exist, and what they say: from the snapshot and the plan alone."""

from app.core.runs.locks import spoken_of
from app.core.runs.minting import directly_on
from app.core.runs.target import RunTarget
from app.core.runs.targets import targets

__all__ = ["RunTarget", "directly_on", "spoken_of", "targets"]

"""The row of a repository, and what of it is written: never all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.core.model.names import Sha


@dataclass(frozen=True, slots=True)
class RepoRecord:
    """A repository that we know."""

    id: int
    owner: str
    """The account's login when we last heard of it."""
    name: str
    installation_id: int
    default_branch: str = ""
    tips: Mapping[str, Sha] = field(default_factory=dict)
    """What the last tick saw: branch -> commit."""
    comments_since: datetime | None = None
    """Where listing comments goes on; None: it was never listed."""
    unavailable: str = ""
    """Why we leave it alone: suspended, deleted, denied; "": we do not."""
    awaiting: bool = False
    """The last tick left something unfinished: the sweep looks again even with unmoved tips."""
    stays: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Where its freights were at the last tick, since when; for `core/planning/dwell_times`."""
    public: bool = False
    """Anybody may see it: others may be told its name."""

    @property
    def told_name(self) -> str:
        """What others are told that it is called (``acme/api``); "" where it is not public."""
        return f"{self.owner}/{self.name}" if self.public else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoChange:
    """New values of single columns of a `RepoRecord`; None leaves a column as it is."""

    owner: str | None = None
    name: str | None = None
    installation_id: int | None = None
    default_branch: str | None = None
    tips: Mapping[str, Sha] | None = None
    comments_since: datetime | None = None
    unavailable: str | None = None
    awaiting: bool | None = None
    stays: Mapping[str, Sequence[str]] | None = None
    public: bool | None = None

"""What of a repository's row is written: never all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.names import Sha


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

"""What was done, and what people asked for: written by `History.audit`, read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """
    One entry. *event* is the short id that messages end with, unique in a repository; *repo* its
    name now ("" where we do not know it any more); *entry* holds plain JSON values.
    """

    event: str
    at: datetime
    repo_id: int
    repo: str
    entry: Mapping[str, object]


def shown(entry: AuditEntry) -> dict[str, object]:
    """Write an entry as JSON values, for programs: the fixed keys first."""
    return {
        "event": entry.event,
        "at": entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "repository_id": entry.repo_id,
        "repository": entry.repo or None,
        **entry.entry,
    }


class Audit(Protocol):
    """The audit of all repositories."""

    def find(self, event: str) -> Sequence[AuditEntry]:
        """Entries of that id, newest first: one, unless repositories share it by chance."""
        ...

    def newest(
        self, *, repo: str = "", since: datetime | None = None, most: int = 100
    ) -> Sequence[AuditEntry]:
        """
        At most *most*, newest first; of one repository (its numeric id, or ``owner/name``, case
        ignored), from *since* on.
        """
        ...

"""What was done, and what people asked for: written by `History.audit`, read here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from app.core.model.documents import utc


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry."""

    event: str
    """The short id that messages end with, unique in a repository."""
    at: datetime
    repo_id: int
    repo: str
    """Its name now; "": we do not know it any more."""
    entry: Mapping[str, object]
    """Plain JSON values."""
    number: int = field(default=0, compare=False)
    """Its place in the order of writing."""


VIA: Mapping[str, str] = {"command": "comment", "click": "button", "api": "api"}
"""How the person or token asked, by kind of entry; all other kinds are effects of the App."""


def shown(entry: AuditEntry) -> dict[str, object]:
    """Write an entry as JSON values, for programs; *detail* has all that was kept of it."""
    kept = entry.entry
    kind = str(kept.get("kind") or "")
    rows = kept.get("promotions")
    about: Mapping[str, object] = rows[0] if isinstance(rows, list) and rows else {}
    return {
        "id": entry.event,
        "at": utc(entry.at),
        "repository": entry.repo or None,
        "actor": kept.get("user"),
        "via": VIA.get(kind, "app"),
        "verb": kept.get("verb") or kind,
        "stage": kept.get("stage") or about.get("stage"),
        "freight": kept.get("freight") or about.get("freight"),
        "group": kept.get("group"),
        "outcome": _outcome(kept),
        "reason": kept.get("reason"),
        "detail": {"repository_id": entry.repo_id, **kept},
    }


def _outcome(kept: Mapping[str, object]) -> str:
    """`done`, `refused` (it changed nothing), or the state that a run got."""
    if "effective" in kept:
        return "done" if kept["effective"] else "refused"
    return str(kept.get("conclusion") or kept.get("status") or "done")


class Audit(Protocol):
    """The audit of all repositories."""

    def find(self, event: str) -> Sequence[AuditEntry]:
        """Entries of that id, newest first: one, unless repositories share it by chance."""
        ...

    def newest(
        self,
        *,
        repo: str = "",
        since: datetime | None = None,
        before: int | None = None,
        most: int = 100,
    ) -> Sequence[AuditEntry]:
        """
        At most *most*, those written last first; of one repository (its numeric id, or
        ``owner/name``, case ignored), from *since* on, with numbers below *before*.
        """
        ...

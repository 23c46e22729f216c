"""What programs and pages read about a repository: plain JSON values, made anew by each look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

Document = Mapping[str, object]
"""Values as JSON has them; times as `utc` writes them."""

PIPELINE = "/pipeline"
LOCKS = "/locks"
"""Parts of a repository's description; every other part is named like its stage."""


def utc(at: datetime | None) -> str | None:
    """Write a time as RFC 3339 has it, in UTC: ``2026-11-23T14:02:11.408Z``."""
    if at is None:
        return None
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""How the command line calls who holds a lock group, or waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.text.foreign_holders import UNKNOWN


def who_else(holder: Mapping[str, Any], owner: str) -> str:
    """
    ``acme/shop e2e`` of a HOLDER of the API; where the server tells no repository, since the reader
    may not see it: ``another repository of`` *owner*, whose group it is.
    """
    if holder["kind"] == "unknown":
        return UNKNOWN
    if holder["repository"] is None:
        return f"another repository of {owner}"
    return " ".join(part for part in (holder["repository"], holder["name"]) if part)

"""What we may still do at GitHub."""

from __future__ import annotations

from typing import Protocol


class Budget(Protocol):
    """What an installation may still create on GitHub: 60 a minute, 400 an hour."""

    def spend(self, installation_id: int) -> float:
        """Take one; 0.0 = go ahead, else the seconds until one is free (nothing taken)."""
        ...

"""What we may still do at GitHub."""

from __future__ import annotations

from typing import Protocol

from app.core.state.budget_shares import Importance


class Budget(Protocol):
    """
    What an installation may still create on GitHub: 60 a minute, 400 an hour.

    What is less important leaves a part of it to what is more (`core/state/budget_shares.py`).
    """

    def spend(self, installation_id: int, importance: Importance = Importance.URGENT) -> float:
        """Take one; 0.0 = go ahead, else the seconds until one is free (nothing taken)."""
        ...

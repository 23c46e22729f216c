"""What is remembered of a lock group, whoever has it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

REMEMBERED: Final = 5
"""How many grants of a group are remembered by how long they lasted: its last ones."""


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group that was ever asked for."""

    token: int = 0
    """Its newest fencing token; 0: none was given."""
    lasted: tuple[timedelta, ...] = ()
    """How long its last grants were held, in whole seconds, the newest last."""

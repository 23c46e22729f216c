"""What came of one comment or click."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.comments import Followed, FollowedLock


@dataclass(frozen=True, slots=True)
class Said:
    """
    The parts of the reply, the promotions that are *followed* to their end, and whether something
    took effect. *on_run*: the run that was clicked says it, so there is no reply.
    """

    parts: tuple[str, ...] = ()
    followed: tuple[Followed | FollowedLock, ...] = ()
    effective: bool = False
    on_run: bool = False

"""What came of one comment or click."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.comments import AnyFollowed


@dataclass(frozen=True, slots=True)
class Said:
    """
    The parts of the reply, what is *followed* to its end, and whether something took effect.
    *on_run*: the run that was clicked says it, so there is no reply.
    """

    parts: tuple[str, ...] = ()
    followed: tuple[AnyFollowed, ...] = ()
    effective: bool = False
    on_run: bool = False

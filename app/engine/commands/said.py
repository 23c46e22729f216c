"""What came of one comment or click."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.comments import AnyFollowed


@dataclass(frozen=True, slots=True)
class Said:
    """What is replied to one comment or click."""

    parts: tuple[str, ...] = ()
    """An answer each."""
    followed: tuple[AnyFollowed, ...] = ()
    """What is followed to its end."""
    effective: bool = False
    """Something took effect."""
    on_run: bool = False
    """The run that was clicked says it, so there is no reply."""
    taken_back: bool = False
    """Its author took it back before we heard of it, so there is no reply."""
    whole: bool = True
    """Nothing of the comment is left for a later round."""

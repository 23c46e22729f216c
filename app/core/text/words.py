"""The text of one reason, the same everywhere it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Templates of what is said of one reason, filled by `titles.fields`."""

    title: str
    """The run's title."""
    why: str
    """A sentence."""
    look: str
    """What happens next and when; "": it is an end."""
    names: str = "its upstream"
    """Instead of the verdict's names, where it has none."""
    do: str = ""
    """What a person must do: nothing continues without that. "": nothing."""
    row: str = ""
    """The gate's sentence in the table of gates."""
    next: str = "when one of its facts changes"
    """When a gate without a time is checked again, in the same table."""
    sooner: str = ""
    """The event at which a gate with a time is checked again before that time."""
    about_error: bool = False
    """The text explains an error itself, so the title needs no "retrying:" before it."""
    purpose: str = ""
    """What `/promote` of the freight is for, where that is what to type next."""

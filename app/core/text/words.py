"""The text of one reason, the same everywhere it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """
    Templates, filled by `titles.fields`: *title* is the run's title, *why* a sentence, *look* what
    happens next and when ("" for an end).

    *names* replaces the names where the verdict has none. *do* is what a person must do; where it
    is set, nothing continues without that.
    """

    title: str
    why: str
    look: str
    names: str = "its upstream"
    do: str = ""
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

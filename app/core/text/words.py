"""What is said of one reason, everywhere that it is said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """
    *title* answers at a glance, *why* is a sentence, *look* says what happens next and when.

    *names* stands in for names where the verdict has none. Ends have no *look* but a way out.
    *do* is what a person does: of these nothing goes on by itself.
    """

    title: str
    why: str
    look: str
    names: str = "its upstream"
    do: str = ""
    row: str = ""
    """Of a gate: its sentence in the table of gates."""
    next: str = "when something about it changes"
    """Of a gate without a time: when it is asked again, in the same table."""
    sooner: str = ""
    """Of a gate with a time: the event at which it is asked again before that."""
    about_error: bool = False
    """It explains why something could not be found out or done: "retrying" adds nothing."""
    purpose: str = ""
    """What `/promote` of the freight is for, where that is what to type next."""

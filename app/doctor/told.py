"""What the doctor found, as values for a page, a terminal and programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.doctor.verdicts import Fine, Todo, Unknown, Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the doctor's report."""

    name: str
    state: Literal["ok", "todo", "unknown"]
    said: str
    """What was seen, or why it is not known."""
    do: str = ""
    """What a person can do; "": nothing is to be done."""


def told(name: str, verdict: Verdict) -> Line:
    """The line of a verdict."""
    match verdict:
        case Fine(said):
            return Line(name, "ok", said)
        case Todo(said, do):
            return Line(name, "todo", said, do)
        case Unknown(why):
            return Line(name, "unknown", why)

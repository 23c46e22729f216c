"""What is said of one thing: it is fine, something must be done, or it cannot be known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fine:
    """Nothing to do; *said* is what was seen."""

    said: str


@dataclass(frozen=True, slots=True)
class Todo:
    """Something is wrong: *said*; a person can *do* this."""

    said: str
    do: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be known from here: *why*. Never the same as fine."""

    why: str


Verdict = Fine | Todo | Unknown


class NotKnown(Exception):  # as the five errors: a state of affairs, no fault
    """A question has no answer; the text says why, for the lines that needed it."""

"""
The keys of `stagelock.yaml`: one table for the parser and for the JSON Schema.

The keys of a step's `with` stand with the step (`steps`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one kind of mapping."""

    known: frozenset[str]
    required: tuple[str, ...] = ()


def table(known: str, required: str = "") -> Keys:
    """Name the keys of a mapping, each list a text with spaces between."""
    return Keys(frozenset(known.split()), tuple(required.split()))


TOP = table("version warehouses stages locks", "version warehouses stages")
WAREHOUSE = table("branch paths paths-ignore checks")
STAGE = table(
    "freight needs needs-any path branch steps auto via merge merge-within verify "
    "timeout-minutes lock soak at-most-every approve allow windows on-drift queue allow-links "
    "include-github",
)
LOCK = table("permits scope max-hold max-wait service refs environments")
SHARED_LOCK = table("permits max-hold max-wait service refs environments")
ORGANIZATION = table("version locks", "version locks")
SERVICE = table("name resource", "name")
WINDOWS = table("allow deny")
APPROVE = table("teams users count allow-author")
ALLOW = table("teams users")
VERIFY = table("checks workflow")
CHECK = table("name app", "name")
STEP = table("uses with", "uses with")

# A control-flow stage writes nothing, so these would have nothing to act on.
WRITING_ONLY = (
    "steps",
    "via",
    "merge",
    "merge-within",
    "verify",
    "timeout-minutes",
    "lock",
    "at-most-every",
    "on-drift",
    "allow-links",
    "include-github",
)

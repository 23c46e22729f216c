"""Every key of `stagelock.yaml`: one table for the parser and for the JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Keys:
    """
    The keys of one kind of mapping.

    *later*: keys of the design that do nothing yet; they are refused with their own words, and
    with what to write *instead*, if anything.
    """

    known: frozenset[str]
    required: tuple[str, ...] = ()
    later: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)


def _keys(known: str, required: str = "", later: str = "", **instead: str) -> Keys:
    names = frozenset(known.split()), tuple(required.split()), frozenset(later.split())
    return Keys(*names, instead)


TOP = _keys("version warehouses stages locks", "version warehouses stages")
WAREHOUSE = _keys("branch paths paths-ignore checks")
STAGE = _keys(
    "freight needs needs-any path branch steps auto via merge merge-within verify "
    "timeout-minutes lock soak at-most-every on-drift queue allow-links include-github",
    later="approve allow windows",
)
LOCK = _keys("permits scope max-hold", later="service environments max-wait")
VERIFY = _keys(
    "checks", "checks", later="workflow", workflow="write `checks: [JOB]`, the name of its job"
)
CHECK = _keys("name app", "name")
STEP = _keys("uses with", "uses with")
COPY = _keys("from to from-stage except", "to")
DELETE = _keys("path", "path")
YAML_SET = _keys("file values", "file values")
STEPS = {"copy": COPY, "delete": DELETE, "yaml-set": YAML_SET}

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

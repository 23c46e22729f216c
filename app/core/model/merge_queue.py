"""The names that GitHub gives to the branches of a merge queue."""

from __future__ import annotations

import re
from typing import NamedTuple

_MERGE_GROUP = re.compile(r"gh-readonly-queue/(?P<base>.+)/pr-(?P<number>\d{1,18})-[0-9a-f]+\Z")


class MergeGroup(NamedTuple):
    """The branch that a merge queue works for, and the pull request that a group adds last."""

    base: str
    number: int


def merge_group(branch: str) -> MergeGroup | None:
    """What GitHub's name for a merge group's *branch* says; None: it is none."""
    match = _MERGE_GROUP.match(branch)
    return MergeGroup(match["base"], int(match["number"])) if match else None

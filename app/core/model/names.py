"""The identifiers that cross every layer: parsed once at the edge, trusted after."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, NewType

Sha = NewType("Sha", str)
"""A full commit (or other object) id, lower-case hex: 40 digits, or 64 in a SHA-256 repository."""

StageName = NewType("StageName", str)
WarehouseName = NewType("WarehouseName", str)
GroupName = NewType("GroupName", str)
"""The name of a lock group."""

PromotionId = NewType("PromotionId", str)

NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?\Z")
RESERVED = frozenset({"plan", "config", "lock"})
REQUESTS = "requests"
"""No lock group may be called so: it stands in an address where a group's requests begin."""
FIRST_FILE = "stagelock/config"
"""
The branch on which we propose a first `stagelock.yaml`. No stage can be called so, and what lies
below `stagelock/` is ours to push, as the hook and the rulesets have it.
"""
_SHA = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")


def is_name(text: str) -> bool:
    """Tell whether *text* may name a stage, a warehouse or a lock group."""
    return (
        NAME.match(text) is not None
        and ".." not in text
        and not text.endswith(".lock")
        and text not in RESERVED
    )


def is_sha(text: str) -> bool:
    """Tell whether *text* is a full object id."""
    return _SHA.match(text) is not None


def short(sha: str) -> str:
    """The seven digits that people read."""
    return sha[:7]


class FreightId(NamedTuple):
    """
    One commit seen through one warehouse: what a stage is *at*.

    A tuple, because plans look freight up by the thousand, and a tuple is hashed and compared in C.
    """

    warehouse: WarehouseName
    sha: Sha

    def __str__(self) -> str:
        return f"{self.warehouse}@{self.sha}"

    @property
    def short(self) -> str:
        """As people read it: ``web 4f2a91c``."""
        return f"{self.warehouse} {short(self.sha)}"

    @classmethod
    def parse(cls, text: str) -> FreightId:
        """Read ``web@<full sha>``; ``ValueError`` on anything else."""
        warehouse, at, sha = text.partition("@")
        if not at or not is_name(warehouse) or not is_sha(sha):
            message = f"not a freight: {text!r}"
            raise ValueError(message)
        return cls(WarehouseName(warehouse), Sha(sha))


@dataclass(frozen=True, slots=True)
class Repo:
    """A repository of an installation."""

    id: int
    """What identifies it."""
    owner: str
    """The account's login; it may change under *id* at any time."""
    name: str
    """It may change under *id* at any time."""
    installation_id: int

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

"""What people say and click, read on our own: whom a word is of, and what it can mean (rules C13, C15)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tests.oracle.organizations import plain

if TYPE_CHECKING:
    from app.core.model.names import FreightId

SHORTEST = 7
OF_FREIGHT = ("block", "allow")
OF_GROUP = ("lock", "unlock")
ASKING = ("promote", "retry")


@dataclass(frozen=True)
class Word:
    """
    One command. *order* is that of GitHub's numbers; *on* the commit or pull request where it was
    said; *may*: who said it may write; *told*: GitHub's delivery arrived when it was said.
    """

    order: int
    at: datetime
    verb: str
    stage: str = ""
    named: str = ""
    on: str | int = ""
    may: bool = True
    told: bool = True
    who: str = ""
    role: str = ""
    group: str = ""
    force: bool = False
    """rule C27."""
    skips: bool = False
    """rule C24."""

    def names(self, freight: FreightId) -> bool:
        """rule C15."""
        house, _, sha = self.named.rpartition("@")
        fits = len(sha) >= SHORTEST and freight.sha.startswith(sha)
        return fits and house in ("", freight.warehouse)

    def can_mean(self, freight: FreightId) -> bool:
        """Where it names none, the place decides, or what is there: it may be this one."""
        return not self.named or self.names(freight)

    def surely_means(self, freight: FreightId) -> bool:
        return self.names(freight) if self.named else self.on == freight.sha


def read(body: str) -> tuple[str, str, str] | None:
    """(verb, stage, freight) of the one command that the simulation says in a comment."""
    if not body.startswith("/"):
        return None
    verb, *rest = body[1:].split()
    first, second = [*rest, "", ""][:2]
    if verb in OF_GROUP:
        return verb, "", ""
    if second.startswith("--"):
        second = ""
    if verb in OF_FREIGHT:
        return verb, "", first
    if verb == "rollback":
        return verb, first, rest[2] if second == "to" and len(rest) > 2 else ""
    return verb, first, second if verb in (*ASKING, "cancel", "approve") else ""


def group_of(body: str) -> tuple[str, bool]:
    """The group that a `/lock` or `/unlock` names, and whether it is by force."""
    verb, *rest = body[1:].split()
    named = rest[0].partition("#")[0] if verb in OF_GROUP and rest else ""
    return named, "--force" in rest


def of_group(words: Iterable[Word], group: str, *verbs: str) -> list[Word]:
    """What anybody said of *group*, in order."""
    return [word for word in words if word.group == plain(group) and word.verb in verbs]


def of_stage(words: Iterable[Word], stage: str, *verbs: str) -> list[Word]:
    """What people who may said of *stage*, in order."""
    return [word for word in words if word.may and word.stage == stage and word.verb in verbs]


def about(words: Sequence[Word], freight: FreightId, known: Sequence[FreightId]) -> list[Word]:
    """
    What people who may said of whether *freight* is blocked, in order. A name that fits freight of
    several warehouses means none (rule C23).
    """
    return [
        word
        for word in words
        if word.may
        and word.verb in OF_FREIGHT
        and word.names(freight)
        and sum(word.names(other) for other in known) == 1
    ]

"""Where the App is installed, and the last answer of GitHub about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.model.installations import InstallationFact


@dataclass(frozen=True, slots=True)
class Standing:
    """How GitHub sees us."""

    app_id: int
    slug: str
    """The App's, as GitHub spells it in addresses."""
    accounts: int
    """On how many it is installed."""
    repositories: int
    """On how many it is."""
    refused: str = ""
    """Why GitHub did not take us for the App when it was last asked; "": it did."""
    answers: int = 0
    """How often it did: it rises with each."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """GitHub did not answer when we started."""

    answers: int
    """How many there had been before, as `Standing.answers`."""
    why: str
    """What kept it from answering."""


class Installs(Protocol):
    """The installations that we know, by their numbers; written by the sweep."""

    def get(self, installation_id: int) -> InstallationFact | None: ...

    def all(self) -> Sequence[InstallationFact]: ...

    def put(self, fact: InstallationFact) -> bool:
        """Keep *fact*; True if its permissions are others than those kept before."""
        ...

    def only(self, installation_ids: Sequence[int]) -> None:
        """Forget all others: there are no more."""
        ...

    def answered(self, standing: Standing) -> None:
        """GitHub knows us; its `answers` is counted by the store."""
        ...

    def refused(self, why: str) -> None:
        """GitHub does not take us for the App."""
        ...

    def standing(self) -> Standing | None:
        """GitHub's last answer; None before the first one."""
        ...

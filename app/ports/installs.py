"""Where the App is installed, and the last answer of GitHub about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.model.installations import InstallationFact


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How GitHub sees us: the App, and on how many accounts and repositories it is.

    *refused* is why it did not take us for the App when it was last asked ("" it did). *answers*
    counts how often it did: it rises with each.
    """

    app_id: int
    slug: str
    accounts: int
    repositories: int
    refused: str = ""
    answers: int = 0


@dataclass(frozen=True, slots=True)
class Unheard:
    """GitHub did not answer when we started: *why*, and how many *answers* there had been."""

    answers: int
    why: str


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

"""Registering the App on GitHub, before there are credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NewApp:
    """
    The credentials of an App just created from a manifest; GitHub sends them once
    (https://docs.github.com/rest/apps/apps).
    """

    id: int
    slug: str
    owner: str
    """The login of its account."""
    page: str
    """Where its owner changes it."""
    client_id: str
    private_key: str = field(repr=False)
    """PEM."""
    webhook_secret: str = field(repr=False)
    client_secret: str = field(repr=False)


class Registrar(Protocol):
    """Turns the code that GitHub gave a browser into the App."""

    def registered(self, github_url: str, code: str) -> NewApp:
        """
        Ask once; a code is good for one hour and for one answer.

        Missing: GitHub does not know the code (any more). Rejected: it answered with something
        else than an App. Transient: it did not answer, and may still.
        """
        ...

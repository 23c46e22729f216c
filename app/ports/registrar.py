"""Where an App is registered: GitHub, before it knows us."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NewApp:
    """What GitHub tells once, of an App that was just made from a manifest."""

    id: int
    slug: str
    owner: str
    page: str
    client_id: str
    private_key: str = field(repr=False)
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

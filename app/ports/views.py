"""What programs and pages read: pages of rows, and the descriptions that looks leave behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.core.model.documents import Document
from app.core.model.lock_requests import OwnRequest
from app.core.model.records import Freight, Promotion

if TYPE_CHECKING:
    from app.ports.store import Claim


@dataclass(frozen=True, slots=True)
class FreightRow:
    """A freight, and its *number* in the order of minting."""

    number: int
    freight: Freight


class Views(Protocol):
    """
    For readers alone: nothing is decided by it. A repository's description has parts
    (`core/model/documents`), kept as its last look left them.
    """

    def put(self, claim: Claim, repo_id: int, documents: Mapping[str, Document]) -> bool:
        """Keep these parts and no others; False: they are so already, and nothing is written."""
        ...

    def document(self, repo_id: int, part: str) -> Document | None: ...

    def documents(self, part: str) -> Mapping[int, Document]:
        """That part of every repository, by its id."""
        ...

    def requests(self) -> Sequence[OwnRequest]:
        """The live lock requests on all groups of all repositories, by seq."""
        ...

    def freights(
        self, repo_id: int, *, warehouse: str = "", before: int | None = None, most: int
    ) -> Sequence[FreightRow]:
        """Newest first, at most *most*, those of numbers below *before*."""
        ...

    def promotions(
        self, repo_id: int, *, stage: str = "", before: int | None = None, most: int
    ) -> Sequence[Promotion]:
        """Newest first, at most *most*, those of numbers below *before*."""
        ...

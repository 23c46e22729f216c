"""The lines of branches as rows: what `core/state/lines` and `core/state/looked_at` say, kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.core.model.names import Sha, WarehouseName
from app.core.model.records import Freight
from app.core.state.lines import Change, Tip
from app.core.state.looked_at import Span

if TYPE_CHECKING:
    from app.ports.store import Claim


@dataclass(frozen=True, slots=True)
class Look:
    """The places that a warehouse has examined."""

    rules: str
    """The digest of the rules under which it did."""
    spans: tuple[Span, ...] = ()
    """In rising order."""
    fires: frozenset[int] = frozenset()
    """The places whose commits changed a watched path."""


@dataclass(frozen=True, slots=True)
class StoredLine:
    """One branch's rows."""

    version: int = 0
    """Rises with each change of the rows; 0: there are none."""
    at: Mapping[int, Sha] = field(default_factory=dict)
    """The commit of each place."""
    tips: tuple[Tip, ...] = ()
    """In the order in which they were seen."""
    looks: Mapping[WarehouseName, Look] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookChange:
    """What a warehouse has examined since it was stored."""

    warehouse: WarehouseName
    rules: str
    """The digest of the rules under which it did."""
    spans: tuple[Span, ...]
    fires: Collection[int] = ()
    """New places only."""
    anew: bool = False
    """Discard what was stored before."""


@dataclass(frozen=True, slots=True)
class Minted:
    """A freight, and its place on the line of a branch."""

    place: int
    freight: Freight


@dataclass(frozen=True, slots=True)
class Heard:
    """A tip of a branch, from a delivery."""

    number: int
    """Its place in the order of arrival."""
    branch: str
    sha: Sha


class Lines(Protocol):
    """Writes take the claim and check its fence in the same transaction."""

    def version(self, repo_id: int, branch: str) -> int:
        """Rises with every change of the branch's rows."""
        ...

    def load(self, repo_id: int, branch: str) -> StoredLine: ...

    def save(
        self,
        claim: Claim,
        repo_id: int,
        branch: str,
        changes: Sequence[Change],
        looks: Sequence[LookChange],
    ) -> int:
        """Store the changes in their order, all at once; the version afterwards."""
        ...

    def minted(
        self, repo_id: int, branch: str, warehouse: WarehouseName, floor: int, count: int
    ) -> Sequence[Minted]:
        """The newest *count* freights above the place *floor*, newest first."""
        ...

    def unplaced(self, repo_id: int, branch: str, warehouse: WarehouseName) -> Sequence[Sha]:
        """The commits of the warehouse's freights that are not on the line, as far as it is."""
        ...

    def hear(self, repo_id: int, branch: str, tips: Sequence[Sha]) -> None:
        """Store tips from a delivery, in their order, for the next tick."""
        ...

    def heard(self, repo_id: int) -> Sequence[Heard]:
        """In the order in which they came."""
        ...

    def forget_heard(self, claim: Claim, repo_id: int, number: int) -> None:
        """They were taken in, up to *number*."""
        ...

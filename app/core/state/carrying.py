"""What a freight is carried by: the commits since the one before it, and our pull requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.core.model.names import FreightId, Sha
from app.core.model.records import Promotion
from app.core.model.snapshot import Snapshot


def minted_before(snapshot: Snapshot, freight: FreightId) -> Sha | None:
    """The commit of the freight before *freight* on its line; None: it is the first, or off it."""
    line = snapshot.lines.get(freight.warehouse)
    place = line.places.get(freight.sha) if line is not None else None
    if line is None or place is None:
        return None
    minted = (f.id.sha for f in snapshot.records.freights if f.id.warehouse == freight.warehouse)
    older = [line.places[sha] for sha in minted if line.places.get(sha, place) < place]
    return line.at[max(older)] if older else None


def carried_by_ours(promotions: Iterable[Promotion]) -> Mapping[int, FreightId]:
    """
    The pull requests of *promotions*, in their order, with what each carries, or carried last.
    """
    return {
        promotion.pull: promotion.freight for promotion in promotions if promotion.pull is not None
    }

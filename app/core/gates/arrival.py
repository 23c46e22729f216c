"""Since when a freight may ask for entry to a stage."""

from __future__ import annotations

from datetime import datetime

from app.core.gates.gate import Entry


def entered(entry: Entry) -> datetime | None:
    """When the soak began: the last of `needs`, the first of `needs-any`, else the minting."""
    ledger, freight, stage = entry.ledger, entry.freight, entry.terms
    if not entry.upstreams:
        return ledger.minted_at(freight)
    proofs = [ledger.views[name].verified.get(freight) for name in entry.upstreams]
    times = [at for proof in proofs if proof and (at := proof.verified_at) is not None]
    if stage.needs_any:
        return min(times, default=None)
    return max(times) if len(times) == len(entry.upstreams) else None


def arrived(entry: Entry) -> datetime | None:
    """Since when the freight waits for what people do here: its `entered`, else its minting."""
    return entered(entry) or entry.ledger.minted_at(entry.freight)

"""A promotion has what its state needs, and nothing that its state cannot have."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.model.records import Promotion


def contradictions(promotion: Promotion) -> Iterator[str]:
    """What of its fields does not go together; decision 0051 has why no type says so."""
    state = promotion.state
    needs = {
        "an end has a time": promotion.ended == (promotion.ended_at is not None),
        "what landed has a time": (promotion.landed is None) == (promotion.landed_at is None),
        "what was written is verified once it landed": state not in ("verifying", "verified")
        or promotion.landed
        or not promotion.written,
        "what is verified has a time": state != "verified" or promotion.verified_at,
        "what was there before has landed": not (promotion.in_sync or promotion.adopted)
        or promotion.landed,
        "only verified is revoked": not promotion.revoked_at or promotion.verified_at,
        "revoked is failed": not promotion.revoked_at or state == "failed",
        "a successor supersedes": not promotion.successor or state == "superseded",
        "an end has no errors": not promotion.ended or promotion.errors_since is None,
        "an error has a next try": promotion.errors_since is None or promotion.retry_at,
        "what landed is to be pushed no more": promotion.intent is None
        or state not in ("verifying", "verified"),
        "checks are run again on what landed": not promotion.rerun_at or promotion.landed,
        "gates are skipped for a reason": not promotion.skipped or promotion.skips,
        "only a rollback restores": not promotion.restores or promotion.leaves,
    }
    return (what for what, holds in needs.items() if not holds)

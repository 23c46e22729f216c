"""The text of `/cancel`."""

from __future__ import annotations

from app.core.model.names import FreightId, StageName
from app.core.text import markup
from app.core.text.links import Site


def cancelled(stage: StageName, freight: FreightId, site: Site) -> str:
    """What ends, what stays, and what happens to its lock."""
    return (
        f"Done: the promotion of {site.freight(freight)} to {markup.code(stage)} is cancelled. "
        "What it has written stays, unverified; a push under way is waited for. Its lock is "
        "released once its checks have ended. "
        f"{markup.code(f'/retry {stage} {freight.sha[:12]}')} tries it again; newer freight can "
        "enter."
    )

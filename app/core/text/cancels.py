"""The text of `/cancel`."""

from __future__ import annotations

from app.core.model.names import FreightId, StageName
from app.core.model.records import Hold
from app.core.text import markup
from app.core.text.links import Site

_LOCK = (
    "Its lock is released once its checks have ended; while they may still run it is suspect, and "
    "a maintainer can press Release. "
)


def cancelled(
    stage: StageName,
    freight: FreightId,
    site: Site,
    *,
    back: bool,
    hold: Hold | None,
    locked: bool = True,
) -> str:
    """
    What ends, what stays, what happens to its lock, and what may come next.

    *back*: it is a rollback that ends; *hold*: what keeps newer freight out, if anything does;
    *locked*: its stage has a lock.
    """
    to, what = markup.code(stage), site.freight(freight)
    cancelled = f"rollback of {to} to {what}" if back else f"promotion of {what} to {to}"
    return (
        f"Done: the {cancelled} is cancelled. What it has written stays, unverified; "
        f"a push under way is waited for. {_LOCK * locked}"
        f"{markup.code(f'/retry {stage} {freight.sha[:12]}')} tries it again; newer freight can "
        f"enter{_after(hold)}."
    )


def taken_back(stage: StageName, freight: FreightId, site: Site, hold: Hold | None) -> str:
    """As `cancelled`, of freight that only waited, or is verified there and had not begun again."""
    return (
        f"Done: the promotion of {site.freight(freight)} to {markup.code(stage)} is cancelled: "
        "it had not begun, and nothing was written for it. "
        f"{markup.code(f'/promote {stage} {freight.sha[:12]}')} asks for it again; newer freight "
        f"can enter{_after(hold)}."
    )


def _after(hold: Hold | None) -> str:
    if hold is None:
        return ""
    timed = f", or at {markup.moment(hold.until)}" if hold.until is not None else ""
    return f" after {markup.code(f'/resume {hold.stage}')}{timed}"

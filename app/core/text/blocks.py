"""The texts of `/block` and `/allow`, and of the blocks that `/stagelock status` lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.model.names import FreightId, StageName
from app.core.model.people import Block
from app.core.text import markup
from app.core.text.links import Site


def blocked(block: Block, site: Site) -> str:
    """Which freight is blocked since when, by whom, why, and how it ends; a line of Markdown."""
    return (
        f"{site.freight(block.freight)} has been blocked since {markup.moment(block.since)} by "
        f"{markup.person(block.by, markup.escape)}: {markup.escape(block.reason)}. It enters no "
        f"further stage until {markup.code(allow(block.freight))}."
    )


def allow(freight: FreightId) -> str:
    """What to type to end a block."""
    return f"/allow {freight.warehouse}@{freight.sha[:12]}"


def listed(blocks: Iterable[Block], site: Site) -> str:
    """One line for each block; "" where nothing is blocked."""
    return "\n".join(f"- {blocked(block, site)}" for block in blocks)


def done(block: Block, before: Block | None, site: Site) -> str:
    """The answer to `/block`; *before* is the block that this one replaces."""
    instead = f" It replaces the block of {markup.moment(before.since)}." if before else ""
    return f"Done: {blocked(block, site)} What is already written stays.{instead}"


def allowed(block: Block, site: Site, manual: Sequence[StageName] = ()) -> str:
    """The answer to `/allow`; *manual* are the stages that a person starts."""
    # No command: other things than the block may keep it out of them.
    stages = markup.listed(markup.code(stage) for stage in manual)
    but = f"; what a person starts ({stages}) waits for that" if manual else ""
    return (
        f"Done: {site.freight(block.freight)} is allowed again; "
        f"{markup.person(block.by, markup.escape)} had blocked it ({markup.escape(block.reason)}). "
        f"It continues automatically where nothing newer has taken its place{but}."
    )


def not_blocked(freight: FreightId, site: Site) -> str:
    """`/allow` of freight that nobody blocked."""
    return f"Not done: {site.freight(freight)} is not blocked."

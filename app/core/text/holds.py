"""The texts of `/hold` and `/resume`, and of the holds that `/stagelock status` lists."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from app.core.commands.arguments import WHY
from app.core.model.names import FreightId, StageName
from app.core.model.records import Hold
from app.core.text import markup
from app.core.text.links import Site
from app.core.text.titles import resumes


def held(hold: Hold) -> str:
    """What is held since when, by whom, why, and how it ends; a paragraph of Markdown."""
    by = f" by {markup.person(hold.by, markup.escape)}" if hold.by else ""
    return (
        f"{markup.code(hold.stage)} has been on hold since {markup.moment(hold.since)}{by}: "
        f"{markup.escape(hold.reason)}. Nothing is promoted there automatically until "
        f"{resumes(hold.stage, hold.until)}; "
        f"{markup.code(f'/promote {hold.stage} SHA')} starts one promotion despite the hold."
    )


def listed(holds: Iterable[Hold]) -> str:
    """One line for each hold; "" where nothing is held."""
    return "\n".join(f"- {held(hold)}" for hold in holds)


def done(hold: Hold, before: Hold | None) -> str:
    """The answer to `/hold`; *before* is the hold that this one replaces."""
    instead = f" It replaces the hold of {markup.moment(before.since)}." if before else ""
    return f"Done: {held(hold)} A promotion that has begun writing finishes.{instead}"


def resumed(hold: Hold, then: str) -> str:
    """The answer to `/resume`; *then*: what goes on by it."""
    by = f" by {markup.person(hold.by, markup.escape)}" if hold.by else ""
    return (
        f"Done: the hold on {markup.code(hold.stage)}{by} has ended "
        f"({markup.escape(hold.reason)}). {then}"
    )


def ended(hold: Hold, until: datetime, then: str) -> str:
    """What the reply to `/hold` says once the hold is over by itself; *then*: what goes on."""
    by = f" by {markup.person(hold.by, markup.escape)}" if hold.by else ""
    return (
        f"Over: the hold on {markup.code(hold.stage)}{by} ended at {markup.moment(until)} "
        f"({markup.escape(hold.reason)}). {then}"
    )


def gone(stage: StageName) -> str:
    """There is no such stage any more."""
    return f"{markup.code(stage)} is no stage of `stagelock.yaml` any more."


def enters(stage: StageName, freight: FreightId, site: Site, *, locks: bool) -> str:
    """*freight* waited for the hold alone; with *locks* its turn in a queue comes first."""
    then = " as soon as its lock is granted" if locks else ""
    return f"{markup.code(stage)} now promotes {site.freight(freight)}{then}."


def under_way(stage: StageName, freight: FreightId, site: Site) -> str:
    """*freight* is under way there, whatever was held."""
    return f"{markup.code(stage)} goes on with {site.freight(freight)}; newer freight comes after."


def nothing_enters(stage: StageName) -> str:
    """Nothing waited for the hold alone."""
    shown = markup.code(f"/why {stage}")
    return f"Nothing is promoted by that alone; {shown} shows what the stage waits for."


def unknown() -> str:
    """What waited for the hold cannot be asked now."""
    return "Promotions that waited for it continue automatically."


def over(stage: str, until: str) -> str:
    """`/hold ... until` a time that has passed."""
    again = markup.code(f"/hold {stage} until 2h {WHY}")
    return f"Not done: {markup.escape(until)} has passed. Try {again}."


def not_held(stage: str) -> str:
    """`/resume` of a stage that is not held."""
    return (
        f"Not done: {markup.code(stage)} is not on hold. {markup.code(f'/why {stage}')} shows "
        "what it waits for."
    )

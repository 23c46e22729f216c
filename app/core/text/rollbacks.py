"""The texts of `/rollback`: what comes back, how much that changes, and what is rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.model.hand_edits import HandEdit
from app.core.model.names import FreightId, StageName
from app.core.model.records import Hold
from app.core.model.renders import Rendered, StepProblem
from app.core.model.step_problems import said
from app.core.text import hand_edits, markup
from app.core.text.links import Site

SHOWN = 10
"""How many changed files a reply names."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rollback will do, as far as it is known in advance."""

    stage: StageName
    at: FreightId
    """What the stage is at."""
    to: FreightId
    away: tuple[FreightId, ...]
    """The freights that are taken back."""
    made: Rendered | StepProblem | None
    """What is written; None: the stage writes nothing."""
    edits: tuple[HandEdit, ...] = ()
    """People's, since our last write there."""
    ends: FreightId | None = None
    """The freight of the promotion under way, which is cancelled; None: none is."""
    before: Hold | None = None
    """The hold that is replaced; None: there is none."""
    locked: bool = False
    """The stage has a lock."""


def begun(preview: Preview, site: Site) -> str:
    """The answer to `/rollback`."""
    stage = markup.code(preview.stage)
    at, to = site.freight(preview.at), site.freight(preview.to)
    resume = markup.code(f"/resume {preview.stage}")
    parts = (
        f"Accepted: {stage} goes back from {at} to {to}.",
        _written(preview, site),
        _ends(preview, site),
        _edits(preview),
        _away(preview, site),
        f"{stage} is on hold until {resume}; then newer freight can enter.",
        _replaces(preview.before),
        _waits(preview),
    )
    return " ".join(part for part in parts if part)


def again(stage: StageName, to: FreightId, site: Site) -> str:
    """The answer where it took effect before, and its own answer was lost."""
    return (
        f"Accepted: {markup.code(stage)} goes back to {site.freight(to)}. It is on hold until "
        f"{markup.code(f'/resume {stage}')}; then newer freight can enter."
    )


def _written(preview: Preview, site: Site) -> str:
    match preview.made:
        case None:
            return "Nothing is written there."
        case StepProblem() as problem:
            return f"It cannot be written to its branch as it is: {markup.escape(said(problem))}."
        case Rendered(changed_files=0):
            return "The stage already has exactly that content: no commit is needed."
        case Rendered() as made:
            count = f"{made.changed_files} file{'s' * (made.changed_files != 1)}"
            names = _named(made.changed, made.changed_files)
            return (
                f"The content that {site.freight(preview.to)} wrote there is restored: "
                f"{count} ({names})."
            )


def _named(changed: Sequence[str], count: int) -> str:
    shown = [markup.code(path) for path in changed[: SHOWN if count <= SHOWN else SHOWN - 1]]
    more = count - len(shown)
    return markup.listed([*shown, *([f"{more} more"] if more else [])], SHOWN + 1)


def _ends(preview: Preview, site: Site) -> str:
    if preview.ends is None:
        return ""
    return f"The promotion of {site.freight(preview.ends)} that is under way is cancelled first."


def _edits(preview: Preview) -> str:
    match preview.made:
        case Rendered(changed_files=count) if count and preview.edits:
            return f"It replaces these hand edits: {hand_edits.sentence(preview.edits)}."
        case _:
            return ""


def _away(preview: Preview, site: Site) -> str:
    if not preview.away:
        return ""
    names = markup.listed((site.freight(freight) for freight in preview.away), SHOWN)
    many = len(preview.away) > 1
    return (
        f"{names} {'are' if many else 'is'} rejected: no longer verified here for later stages, "
        f"and promoted here again only when a person names {'one' if many else 'it'}: "
        f"{markup.code(f'/promote {preview.stage} {preview.away[0].sha[:12]}')}."
    )


def _waits(preview: Preview) -> str:
    lock = " It waits for its lock." if preview.locked else ""
    return f"It does not wait for upstreams, soak, approvals or windows.{lock}"


def _replaces(before: Hold | None) -> str:
    return f"That replaces the hold of {markup.moment(before.since)}." if before else ""

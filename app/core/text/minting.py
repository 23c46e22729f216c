"""What is said of a commit that is no freight yet: minting is the first gate of all."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.model.names import Sha, StageName, short
from app.core.planning.plan_result import MintWait
from app.core.text import markup
from app.core.text.links import Site
from app.core.text.summaries import Row, footer, pipeline_table, section


def title(wait: MintWait) -> str:
    """``waiting for build``, or why it is not promoted."""
    names = markup.listed(markup.titled(name) for name in wait.checks)
    if wait.failed:
        return markup.as_title(f"not promoted: {names} failed")
    if wait.cut_off:
        verb = "is" if len(wait.checks) == 1 else "are"
        return markup.as_title(f"{names} {verb} cancelled by each newer push")
    return markup.as_title(f"waiting for {names}")


def why(wait: MintWait, site: Site) -> str:
    """What the commit waits for, with links to the checks; what a person does about it first."""
    wants = needed(wait)
    return "\n\n".join(((f"**To do:** {wants}",) if wants else ()) + _about(wait, site, told(wait)))


def _about(wait: MintWait, site: Site, words: str) -> tuple[str, str]:
    head = f"Minting: **{markup.escape(title(wait))}**"
    return head, f"{site.commit(wait.commit)}: {words}"


def summary(wait: MintWait, stage: StageName, site: Site, event: str, rows: Sequence[Row]) -> str:
    """
    The run of *stage* on the commit; *rows* are stages that have no run of their own there.

    One that has ended stands for good: what it says to type must not need the stage.
    """
    ask, purpose = (
        ("/stagelock status", "To see every stage")
        if wait.failed
        else (f"/why {stage}", "To ask again where it stands")
    )
    parts = (
        *_about(wait, site, sentence(wait)),
        section("Further stages", pipeline_table(tuple(rows))),
        f"{purpose}: comment {markup.code(ask)}",
    )
    return markup.fit("\n\n".join(p for p in parts if p), footer(event))


def sentence(wait: MintWait) -> str:
    """Why there is no freight of it, and what a person does about that."""
    wants = needed(wait)
    return f"{told(wait)} **To do:** {wants}" if wants else told(wait)


def needed(wait: MintWait) -> str:
    """What a person does about it; "" where it goes on without anybody."""
    it = "it" if len(wait.checks) == 1 else "them"
    if wait.unanswered:
        return ""
    if wait.failed:
        return f"push a fix, or run {it} again."
    return f"let {it} finish (`cancel-in-progress: false`)." if wait.cut_off else ""


def told(wait: MintWait) -> str:
    """Why there is no freight of it, and what is looked at next."""
    pages = {name: url for name, url in wait.urls if url}
    names = markup.listed(
        markup.link(c, pages[c]) if c in pages else markup.code(c) for c in wait.checks
    )
    was = "was" if len(wait.checks) == 1 else "were"
    what = f"{markup.code(f'{wait.warehouse} {short(wait.commit)}')} is not promoted"
    if wait.unanswered:
        return f"{what} yet: {markup.escape(wait.unanswered)}. It is asked again by itself."
    if wait.failed:
        return f"{what}: {names} failed on it."
    if wait.cut_off:
        return (
            f"{what} yet: {names} {was} cancelled on the last heads by newer pushes. It goes on "
            "once one of them has passed."
        )
    return f"{what} yet: it waits for {names}."


def over(successor: Sha | None) -> str:
    """The title of a run whose commit waits no longer."""
    if successor is None:
        return "no longer waited for"
    return f"superseded by {short(successor)}"

"""The texts of a commit that is not freight yet: minting is the first gate of all."""

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
    """What a person must do, then what the commit waits for, with links to the checks."""
    wants = needed(wait)
    return "\n\n".join(((f"**To do:** {wants}",) if wants else ()) + _about(wait, site, told(wait)))


def _about(wait: MintWait, site: Site, words: str) -> tuple[str, str]:
    head = f"Minting: {markup.bold(title(wait))}"
    return head, f"{site.commit(wait.commit)}: {words}"


def summary(wait: MintWait, stage: StageName, site: Site, event: str, rows: Sequence[Row]) -> str:
    """
    The run of *stage* on the commit; *rows* are stages that have no run of their own there.

    A completed run stays for good: the command that it names must not need the stage.
    """
    ask, purpose = (
        ("/stagelock status", "To see every stage")
        if wait.failed
        else (f"/why {stage}", "To see where it stands now")
    )
    parts = (
        *_about(wait, site, sentence(wait)),
        section("Further stages", pipeline_table(tuple(rows))),
        f"{purpose}: comment {markup.code(ask)}",
    )
    return markup.fit(
        "\n\n".join(p for p in parts if p), footer(event), rest=site.everywhere(wait.commit)
    )


def sentence(wait: MintWait) -> str:
    """Why the commit is not promoted, and what a person must do."""
    wants = needed(wait)
    return f"{told(wait)} **To do:** {wants}" if wants else told(wait)


def needed(wait: MintWait) -> str:
    """What a person must do; "" where it continues automatically."""
    them = "it" if len(wait.checks) == 1 else "them"
    if wait.unanswered:
        return ""
    if wait.failed:
        return f"push a fix, or run {them} again."
    return f"let {them} finish (`cancel-in-progress: false`)." if wait.cut_off else ""


def told(wait: MintWait) -> str:
    """Why the commit is not promoted, and what happens next."""
    pages = {name: url for name, url in wait.urls if url}
    names = markup.listed(
        markup.link(c, pages[c]) if c in pages else markup.code(c) for c in wait.checks
    )
    was = "was" if len(wait.checks) == 1 else "were"
    what = f"{markup.code(f'{wait.warehouse} {short(wait.commit)}')} is not promoted"
    if wait.unanswered:
        return f"{what} yet: {markup.escape(wait.unanswered)}. Retried automatically."
    if wait.failed:
        return f"{what}: {names} failed on it."
    if wait.cut_off:
        return (
            f"{what} yet: on the last commits {names} {was} cancelled by newer pushes. It "
            "continues once one of them passes."
        )
    return f"{what} yet: it is waiting for {names}."


def over(successor: Sha | None) -> str:
    """The title of a run whose commit waits no longer."""
    if successor is None:
        return "no longer waiting"
    return f"superseded by {short(successor)}"

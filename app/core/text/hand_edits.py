"""Texts about hand edits: what they are, what became of them, and what happens to them next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.core.model.hand_edits import Fate, HandEdit
from app.core.model.pipeline import OnDrift
from app.core.model.records import Promotion
from app.core.model.verdicts import Drift, Verdict
from app.core.text import markup

SHOWN = 50
HEAD = "| what | by |\n|---|---|"
"""Above each `row`."""
_NEXT: dict[OnDrift, str] = {
    "merge": "The next promotion keeps it; if its freight changes the same content, it fails.",
    "block": "The next promotion waits until it is reverted or a person agrees to replace it; its "
    "run then says how.",
    "overwrite": "The next promotion replaces it (`on-drift: overwrite`).",
}
_FATES: dict[Fate, str] = {
    "kept": "Kept: edited by hand in this stage, not changed by the freight.",
    "replaced": "Replaced: edited by hand in this stage before this promotion.",
    "conflict": "In conflict: edited by hand in this stage and changed by the freight.",
}


def suffix(drift: Drift) -> str:
    """What a title adds: ``drift: x by Bob``, with the last part of the path, for room."""
    first, rest = drift.edits[0], len(drift.edits) - 1
    path, mark, key = first.place.partition("#")
    more = f" and {rest} more" if rest else ""
    who = f" by {markup.listed(map(markup.titled, first.who), 3)}" if first.who else ""
    return f"drift: {markup.titled(path.rpartition('/')[2] + mark + key)}{more}{who}"


def in_conflict(places: Sequence[str]) -> str:
    """Why a stage cannot be written that keeps its hand edits."""
    return f"conflict with hand edits: {markup.listed(places)}"


def what_next(rule: OnDrift) -> str:
    """What the next promotion does with hand edits, a sentence."""
    return _NEXT[rule]


def section(verdict: Verdict) -> str:
    """Everything that was edited by hand: what is there now, and what this promotion did to it."""
    parts = []
    if verdict.drift is not None:
        rule = what_next(verdict.drift.rule)
        lead = f"Edited by hand since the last promotion. {rule} To undo it, revert those commits."
        parts.append(f"### Drift\n\n{lead}\n\n{table(verdict.drift.edits)}")
    if verdict.promotion is not None:
        parts += _done(verdict.promotion)
    return "\n\n".join(parts)


def _done(promotion: Promotion) -> Iterable[str]:
    for fate, words in _FATES.items():
        edits = [edit for edit in promotion.edits if edit.fate == fate]
        if edits:
            yield f"### Hand edits\n\n{words}\n\n{table(edits)}"


def table(edits: Sequence[HandEdit]) -> str:
    """A row each: the file or key, and who changed it."""
    rows = [row(edit) for edit in edits[:SHOWN]]
    rest = len(edits) - SHOWN
    if rest > 0:
        rows.append(f"| and {rest} more | |")
    return "\n".join((HEAD, *rows))


def row(edit: HandEdit) -> str:
    """The file or key, and who changed it."""
    return f"| {markup.code(edit.place)} | {_who(edit)} |"


def sentence(edits: Sequence[HandEdit]) -> str:
    """Each with who changed it in brackets, in Markdown, on one line."""
    return markup.listed(
        f"{markup.code(e.place)} ({_who(e)})" if e.who else markup.code(e.place) for e in edits
    )


def ending(edits: Sequence[HandEdit]) -> str:
    """What the final reply adds: which hand edits were replaced, and which were kept."""
    replaced = [edit for edit in edits if edit.fate == "replaced"]
    kept = [edit for edit in edits if edit.fate == "kept"]
    said = [f"It replaced these hand edits: {sentence(replaced)}."] if replaced else []
    said += [f"It kept these hand edits: {sentence(kept)}."] if kept else []
    return " ".join(said)


def _who(edit: HandEdit) -> str:
    return markup.listed(markup.escape(name) for name in edit.who) or "unknown"

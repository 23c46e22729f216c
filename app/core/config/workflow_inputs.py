"""What a workflow of GitHub Actions takes that is started by a request (`workflow_dispatch`)."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.yamledit.editor import Document
from app.core.yamledit.walk import child, pairs, texts

FOLDER = ".github/workflows/"
TOLD = ("stage", "freight", "promotion", "fence", "permit")
"""The inputs that a run is given, where its workflow declares them."""


def dispatch_inputs(data: bytes) -> tuple[str, ...] | None:
    """
    The names below `on.workflow_dispatch.inputs`; None where no request starts it, or the file
    cannot be read. https://docs.github.com/actions/reference/events-that-trigger-workflows
    """
    on = child(Document(data).root, "on")
    names = dict(pairs(on))
    if "workflow_dispatch" in names:
        return tuple(name for name, _ in pairs(child(names["workflow_dispatch"], "inputs")))
    return () if "workflow_dispatch" in texts(on) else None


def lacking(declared: Iterable[str], *, locked: bool, named: bool) -> tuple[str, ...]:
    """What of `TOLD` is not *declared*: of a stage with a lock, whose permits have names."""
    without = {*declared}
    if not locked:
        without |= {"fence"}
    if not named:
        without |= {"permit"}
    return tuple(name for name in TOLD if name not in without)

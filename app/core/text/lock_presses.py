"""The buttons of a suspect lock, as its run tells of them: what for, and who pressed which."""

from __future__ import annotations

from app.core.locks.pressing import NEEDS
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest
from app.core.text import markup
from app.core.text.freeing import nobody_works
from app.core.text.replies import in_vain, label


def here(stuck: DirectRequest | ForeignRequest | None) -> str:
    """The buttons of a run that stands for a suspect grant of no stage; "" where there is none."""
    if stuck is None:
        return ""
    if isinstance(stuck, ForeignRequest):
        return "Or they press **Release** on this run."
    if stuck.kind == "unknown":
        return f"**Release** on this run (*maintain*) frees it, once {nobody_works()}."
    probe = " **Probe again** (*write*) asks GitHub at once whether it has ended."
    return (
        f"The buttons of this run are for the lock of {markup.escape(stuck.name)}: **Release** "
        "once its job has ended, **Keep** while it still runs, for another `max-hold` (both "
        f"*maintain*).{probe if stuck.of_run else ''}"
    )


def refused(request: AnyRequest) -> str:
    """Who pressed a button without being allowed to, and who may."""
    if isinstance(request, ForeignRequest):
        return ""  # whoever pressed it was answered where they did
    if not request.refused_by or request.state != "suspect":
        return ""
    by, role, verb = request.refused_by, request.refused_role, request.refused_verb or "release"
    return in_vain(by, role, verb, NEEDS[verb], request.repo_name)


def pressed(request: AnyRequest) -> str:
    """What came of Probe again, and who keeps it; "" where nobody pressed that."""
    if isinstance(request, ForeignRequest):
        return ""
    if request.state == "suspect" and request.probed_at is not None:
        by, at = markup.person(request.probed_by, markup.escape), markup.moment(request.probed_at)
        return f"Probed again for {by} on {at}: its job is not known to have ended."
    if not isinstance(request, LockRequest):
        return ""
    if request.state == "held" and request.kept_at is not None:
        return (
            f"Kept by {markup.person(request.kept_by, markup.escape)} on "
            f"{markup.moment(request.kept_at)}: its job still runs. `max-hold` counts from then."
        )
    return ""


def may_not_elsewhere(run: str, role: str, request: ForeignRequest) -> str:
    """The reply to a click on Release for what another repository has, by somebody who may not."""
    home = markup.code(f"{request.owner}/.github")
    have = f"there you have *{role}*" if role != "none" else "you have no access there"
    return (
        f"Not done: {label('release')} on {markup.code(run)} needs *maintain* where the lock is "
        f"held, or in {home}; {have}. Somebody with that can press it."
    )

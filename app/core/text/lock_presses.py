"""The buttons of a suspect lock, as its run tells of them: what for, and who pressed which."""

from __future__ import annotations

from app.core.locks.pressing import NEEDS
from app.core.model.lock_requests import DirectRequest, LockRequest
from app.core.text import markup
from app.core.text.freeing import nobody_works
from app.core.text.replies import in_vain


def here(stuck: DirectRequest | None) -> str:
    """The buttons of a run that stands for a suspect grant of no stage; "" where there is none."""
    if stuck is None:
        return ""
    if stuck.kind == "unknown":
        return f"**Release** on this run (*maintain*) frees it, once {nobody_works()}."
    probe = " **Probe again** (*write*) asks GitHub at once whether it has ended."
    return (
        f"The buttons of this run are for the lock of {markup.escape(stuck.name)}: **Release** "
        "once its job has ended, **Keep** while it still runs, for another `max-hold` (both "
        f"*maintain*).{probe if stuck.of_run else ''}"
    )


def refused(request: LockRequest | DirectRequest) -> str:
    """Who pressed a button without being allowed to, and who may."""
    if not request.refused_by or request.state != "suspect":
        return ""
    by, role, verb = request.refused_by, request.refused_role, request.refused_verb or "release"
    return in_vain(by, role, verb, NEEDS[verb], request.repo_name)


def pressed(request: LockRequest | DirectRequest) -> str:
    """What came of Probe again, and who keeps it; "" where nobody pressed that."""
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

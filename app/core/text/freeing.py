"""Who must release a lock that is suspect or overdue, and how."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.model.group_names import spoken
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest
from app.core.model.verdicts import Reason, Verdict
from app.core.state.indexed import STAGE_RUN
from app.core.text import markup
from app.core.text.foreign_holders import as_told, foreign_name
from app.core.text.links import Site


def freeing(holders: Iterable[AnyRequest], site: Site) -> str:
    """What people do about those of *holders* that do not end by themselves; "" where none is."""
    stuck = {
        request.id: as_told(request)
        for request in holders
        if request.shown in ("suspect", "overdue")
    }
    return "\n\n".join(_free(request, site) for request in stuck.values())


def about(verdict: Verdict, site: Site) -> str:
    """The same for what *verdict* waits for, and for what it has itself."""
    requests = tuple(
        request
        for request in verdict.holders
        if request.shown == "overdue" or verdict.reason is Reason.LOCK_SUSPECT
    )
    own = verdict.request
    return freeing((*((own,) if own else ()), *requests), site)


def _free(request: AnyRequest, site: Site) -> str:
    match request:
        case DirectRequest():
            return _free_direct(request)
        case ForeignRequest():
            return _free_foreign(request)
        case LockRequest():
            return _free_stage(request, site)


def _free_stage(request: LockRequest, site: Site) -> str:
    runs = markup.listed(
        markup.code(f"{STAGE_RUN}lock / {spoken(group)}") for group in request.groups
    )
    where = f"of {site.checks(request.freight)}"
    return (
        f"**To do:** once the job of {markup.code(request.stage)} has ended, somebody with "
        f"*maintain* in {markup.code(request.repo_name)} presses **Release** on the run {runs} "
        f"{where}. **Probe again** asks GitHub at once whether the job has ended; **Keep** keeps "
        "the lock for a job that still runs, for another `max-hold`."
    )


def _free_foreign(request: ForeignRequest) -> str:
    """Who has it may be nobody's business here; who may free it is not."""
    group = request.groups[0]
    force = markup.code(f"/unlock {spoken(group)}#{request.tokens.get(group, 0)} --force reason")
    name, home = markup.escape(foreign_name(request)), markup.code(f"{request.owner}/.github")
    over = _over(request, name)
    if request.alone is not None:
        return (
            f"**To do:** it is {name}, and Stagelock cannot look at that repository any more. Once "
            f"{over}, somebody with *maintain* in {home} comments {force}, here or there."
        )
    return (
        f"**To do:** once {over}, somebody "
        f"with *maintain* there, or in {home}, comments {force}, here or in one of the two."
    )


def _over(request: ForeignRequest, name: str) -> str:
    match request.kind:
        case "unknown":
            return nobody_works()
        case "person":
            return f"{name} needs it no more"
        case _:
            return f"the job of {name} has ended"


def _free_direct(request: DirectRequest) -> str:
    group, who = spoken(request.groups[0]), markup.escape(request.name)
    # The token says whose: there may be several, and another one by the time it is typed.
    force = markup.code(
        f"/unlock {group}#{request.tokens.get(request.groups[0], 0)} --force reason"
    )
    if request.kind == "person":
        return (
            f"**To do:** {who} comments {markup.code(f'/unlock {group}')} when done, or "
            f"{markup.code(f'/lock {group} reason')} to keep it; if {who} does not answer, "
            f"somebody with *maintain* comments {force}."
        )
    over = nobody_works() if request.kind == "unknown" else f"the job of {who} has ended"
    return (
        f"**To do:** once {over}, somebody with *maintain* in "
        f"{markup.code(request.repo_name)} comments {force}."
    )


def nobody_works() -> str:
    """What a person makes sure of who frees what an unknown holder had."""
    return "nobody is at work under it who had it before the database was lost"

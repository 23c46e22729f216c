"""The comment to the author of the change that a suspect lock was held for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.core.locks.protocol import Event, after
from app.core.model.comments import CommandRecord
from app.core.model.group_names import spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import LockRequest
from app.core.text import markup, replies
from app.core.text.freeing import freeing
from app.core.text.links import Site
from app.core.text.lock_reasons import said


def notice(
    request: LockRequest,
    reason: LockReason,
    now: datetime,
    site: Site,
    called: str,
    pull: int | None,
) -> CommandRecord:
    """
    The comment, as a reply that is due: on the promotion's *pull* request, else on the freight's
    commit. *called* is the login of that commit's author now, "" where nobody can tell.
    """
    key = f"suspect-{request.id}-{now.isoformat()}"
    event = markup.event_id("command", request.repo_id, key)
    return CommandRecord(
        key=key,
        order=0,
        kind="commit" if pull is None else "issue",
        body="",
        user="",
        created_at=now,
        pull=pull,
        sha=request.freight.sha if pull is None else None,
        eyes=True,
        outcome=replies.reply((alert(request, reason, site, called),), event),
    )


def alert(request: LockRequest, reason: LockReason, site: Site, called: str) -> str:
    """What is suspect and why, what that holds up, and what frees it."""
    to = f"{markup.called(called)}: " if called else ""
    groups = markup.listed(markup.code(spoken(group)) for group in request.groups)
    return (
        f"{to}the lock {groups} of {markup.code(request.stage)} "
        f"({markup.code(request.freight.short)}) is suspect: {markup.escape(said(reason))}. It "
        "blocks everybody in its queue until its job is known to have "
        f"ended.\n\n{freeing((_suspect(request),), site)}"
    )


def _suspect(request: LockRequest) -> LockRequest:
    return replace(request, state=after(request.state, Event.DOUBTED))

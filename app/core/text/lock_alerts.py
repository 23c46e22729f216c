"""Comments that nobody asked for, to whoever a lock concerns: it is suspect, or was taken away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.core.locks.protocol import Event, after
from app.core.model.comments import CommandRecord, Notice
from app.core.model.group_names import spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest
from app.core.model.names import Sha
from app.core.state.indexed import STAGE_RUN
from app.core.text import markup, replies
from app.core.text.foreign_holders import foreign_name
from app.core.text.freeing import freeing
from app.core.text.links import Site
from app.core.text.lock_reasons import said

ELSEWHERE = "Others wait for it."


def notice(
    about: AnyRequest,
    key: str,
    text: str,
    now: datetime,
    *,
    pull: int | None,
    sha: Sha | None,
) -> Notice:
    """
    The comment *text*, as a reply that is due: on *pull*, else on the commit *sha*; with the audit
    entry that the id opens with which it ends. *key* names it, once for all times.
    """
    event = markup.event_id("command", about.repo_id, key)
    said = CommandRecord(
        key=key,
        order=0,
        kind="commit" if pull is None else "issue",
        body="",
        user="",
        created_at=now,
        pull=pull,
        sha=sha if pull is None else None,
        eyes=True,
        outcome=replies.reply((text,), event),
    )
    return audited(about, said)


def audited(about: AnyRequest, said: CommandRecord) -> Notice:
    """*said*, with the entry that the id opens with which it ends."""
    entry = {
        "kind": "notice",
        "request": about.id,
        "group": ",".join(map(spoken, about.groups)),
        "stage": about.stage if isinstance(about, LockRequest) else None,
        "pull": said.pull,
        "sha": said.sha,
        "answer": said.outcome[:2000],
    }
    kept = {key: value for key, value in entry.items() if value is not None}
    return Notice(said, markup.event_id("command", about.repo_id, said.key), kept)


def alert(request: LockRequest, reason: LockReason, site: Site, called: str) -> str:
    """What of a stage is suspect and why, what that holds up, and what frees it."""
    of = f"{markup.code(request.stage)} ({markup.code(request.freight.short)})"
    suspect = replace(request, state=after(request.state, Event.DOUBTED))
    free = freeing((suspect,), site)
    return f"{_suspect(request, of, reason, called)}\n\n{free}"


def alert_direct(
    request: DirectRequest,
    reason: str,
    site: Site,
    called: str,
    waits: LockRequest | None = None,
) -> str:
    """
    The same of what is no stage's, where the stage of *waits* waits for it; None: who waits is
    elsewhere.
    """
    suspect = replace(request, state=after(request.state, Event.LOST))
    told = _suspect(request, markup.code(request.name), reason, called)
    free = freeing((suspect,), site)
    if waits is None:
        return f"{told} {ELSEWHERE}\n\n{free}"
    shared = next(group for group in waits.groups if group in request.groups)
    run = markup.code(f"{STAGE_RUN}lock / {spoken(shared)}")
    return (
        f"{told} {markup.code(waits.stage)} waits for it, with {site.freight(waits.freight)}.\n\n"
        f"{free} Or they press **Release** on the run {run} of {site.checks(waits.freight)}."
    )


def alert_foreign(
    holder: ForeignRequest, site: Site, called: str, waits: LockRequest | None
) -> str:
    """The same of another repository's: what waits for it here, or that others do elsewhere."""
    to = f"{markup.called(called)}: " if called else ""
    groups = markup.listed(markup.code(spoken(group)) for group in holder.groups)
    held_up = ELSEWHERE
    if waits is not None:
        held_up = f"{markup.code(waits.stage)} waits for it, with {site.freight(waits.freight)}."
    return (
        f"{to}the lock {groups} of {markup.code(foreign_name(holder))} is suspect: its job may "
        f"still run. It blocks everybody in its queue until that is known to have ended. {held_up}"
        f"\n\n{freeing((holder,), site)}"
    )


def _suspect(request: LockRequest | DirectRequest, of: str, reason: str, called: str) -> str:
    to = f"{markup.called(called)}: " if called else ""
    groups = markup.listed(markup.code(spoken(group)) for group in request.groups)
    return (
        f"{to}the lock {groups} of {of} is suspect: {markup.escape(said(reason))}. It "
        "blocks everybody in its queue until its job is known to have ended."
    )

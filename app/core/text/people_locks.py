"""The texts of `/lock` and `/unlock`, and of a person's lock that is overdue."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from app.core.commands import Command
from app.core.commands.arguments import WHY
from app.core.locks.quota import OverQuota
from app.core.model.comments import CommandRecord
from app.core.model.facts import Role
from app.core.model.group_names import organization, spoken
from app.core.model.lock_reasons import LockReason
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest
from app.core.model.names import GroupName
from app.core.text import markup, replies
from app.core.text.foreign_holders import as_told, holder_name
from app.core.text.freeing import nobody_works
from app.core.text.links import Site
from app.core.text.lock_reasons import said

_QUOTA = {
    "repository": "of this repository",
    "pull": "made on this pull request",
    "token": "made with this token",
}


def queued(wanted: DirectRequest, holders: Sequence[AnyRequest]) -> str:
    """The answer to `/lock` before the grant."""
    group = spoken(wanted.groups[0])
    by = markup.listed(holder(request, wanted.groups[0]) for request in holders)
    held = f" It is held by {by}." if by else ""
    return (
        f"Queued: {_who(wanted)} is waiting for {markup.code(group)}, for "
        f"{markup.span(wanted.ttl)} from the grant: {markup.escape(wanted.purpose)}.{held} This "
        f"reply is edited when it is granted; {markup.code(f'/unlock {group}')} leaves the queue."
    )


def prolonged(request: DirectRequest) -> str:
    """The answer to `/lock` by its holder."""
    return f"Done: {_held(request)}"


def ending(request: DirectRequest | None, group: GroupName) -> str | None:
    """What became of a place in the queue; None while it is still waiting."""
    if request is None:
        return f"No longer waiting for {markup.code(spoken(group))}."
    if request.state == "queued":
        return None
    if request.granted_at is not None:
        had = _holding(request, "was", request.ended_at)
        return f"Granted: {_held(request) if request.ended_at is None else had}"
    if request.reason == LockReason.TOO_LARGE:
        return f"Not done: {markup.code(spoken(group))} has no permit: {_undefined(spoken(group))}"
    by = f" ({markup.person(request.ended_by, markup.escape)})" if request.ended_by else ""
    return (
        f"{_who(request)} has left the queue of {markup.code(spoken(group))} before the grant: "
        f"{markup.escape(said(request.reason))}{by}."
    )


def _held(request: DirectRequest) -> str:
    group = spoken(request.groups[0])
    return (
        f"{_holding(request, 'is', request.expires_at)} "
        f"{markup.code(f'/unlock {group}')} releases it, "
        f"{markup.code(f'/lock {group} for 1h {WHY}')} extends it, counted from then."
    )


def _holding(request: DirectRequest, verb: str, until: datetime | None) -> str:
    since = f" since {markup.moment(request.granted_at)}" if request.granted_at else ""
    end = f" until {markup.moment(until)}" if until else ""
    token = _token(request, request.groups[0])
    return (
        f"{markup.code(spoken(request.groups[0]))} {verb} held by {_who(request)}{since}{end}"
        f"{token}: {markup.escape(request.purpose)}."
    )


def left(request: AnyRequest, then: str, *, shared: bool = False) -> str:
    """The answer to `/unlock` by who may; *then*: who comes next; *shared*: clients joined it."""
    group = markup.code(spoken(request.groups[0]))
    if isinstance(request, DirectRequest) and request.state == "queued":
        return f"Done: {_who(request)} has left the queue of {group}."
    had = holder(request, request.groups[0])
    if shared:
        return (
            f"Done: {had} has given {group} back. Clients that joined that grant work on: it is "
            "held until the last of them has ended."
        )
    return f"Done: {group} is free again; it was held by {had}. {then}"


def comes_next(request: AnyRequest | None, site: Site, *, granted: bool) -> str:
    """Who is next in the queue of a lock that was given back, None: nobody; with *granted* now."""
    if request is None:
        return "Nobody is waiting for it."
    told = as_told(request)
    who = markup.code(holder_name(told))
    if not granted:
        return f"{who} is next, and waits for more than this."
    brings = f", for {site.freight(told.freight)}" if isinstance(told, LockRequest) else ""
    return f"{who} gets it now{brings}."


def runs(command: Command, group: GroupName, holders: Sequence[AnyRequest]) -> str:
    """`/unlock` of what a stage, a client or an unknown holder has: its job may run."""
    by = markup.listed(holder(request, group) for request in holders)
    force = markup.code(f"/{command.verb} {spoken(group)} --force reason")
    if any(request.holder_kind == "unknown" for request in holders):
        return (
            f"Not done: {markup.code(spoken(group))} is held by {by}: "
            f"{said(LockReason.UNKNOWN_HOLDER)}. Once {nobody_works()}, somebody with *maintain* "
            f"can comment {force}."
        )
    return (
        f"Not done: {markup.code(spoken(group))} is held by {by}, and what runs under it has not "
        f"ended. It is released automatically when that ends. To take it away before, somebody "
        f"with *maintain* can comment {force}."
    )


def may_not(command: Command, role: Role, request: AnyRequest, group: GroupName) -> str:
    """`/unlock` of somebody else's lock: who has it, who you are, who may, and what to type."""
    have = f"you have *{role}*" if role != "none" else "you have no access"
    needs = "*maintain*"
    if organization(group) is not None:
        told = as_told(request)
        place = told.owner if isinstance(told, ForeignRequest) else told.repo_name
        there = place.partition("/")[0]
        home = markup.code(f"{there}/.github")
        needs = f"*maintain* where it is held, or in {home}"
        have = f"there {have}"
    who = "Somebody with that" if command.force else "The holder, or somebody with that,"
    how = f"comment {markup.code(command.text)}" if command.text.startswith("/") else "do it"
    return (
        f"Not done: {markup.code(spoken(group))} is held by {holder(request, group)}: "
        f"{markup.code(command.text)} by somebody else needs {needs}; {have}. {who} can {how}."
    )


def nobody(group: GroupName) -> str:
    """`/unlock` of what is free."""
    return (
        f"Not done: nobody holds {markup.code(spoken(group))}, and you are not in its queue. "
        f"{markup.code('/stagelock status')} shows the locks."
    )


def which(command: Command, group: GroupName, holders: Sequence[AnyRequest]) -> str:
    """Several hold it, or the token is nobody's: all that there are, and what to type."""
    why = f" {command.reason}" if command.reason else ""
    force = " --force" if command.force else ""
    name = markup.code(spoken(group))
    lines = [
        f"- {holder(request, group)}: "
        + markup.code(f"/{command.verb} {spoken(group)}#{request.tokens.get(group)}{force}{why}")
        for request in holders
    ]
    if command.token is None:
        lead = f"Not done: {name} has {len(holders)} holders; say which one is meant:"
    else:
        lead = f"Not done: no holder of {name} has token {command.token}. Its holders:"
    return "\n".join((lead, "", *lines))


def unknown(command: Command, groups: Sequence[str]) -> str:
    """No such group, the one that was probably meant, and all there are."""
    text = f"Not done: there is no lock group {markup.code(command.group, 80)}"
    if not groups:
        return f"{text}: {_undefined(command.group)}"
    text += "."
    near = difflib.get_close_matches(command.group, groups, n=1)
    if near:
        text += f" Did you mean {markup.code(command.of(near[0]))}?"
    return f"{text} Lock groups here: {markup.listed(map(markup.code, groups), most=20)}."


def again(command: Command) -> str:
    """A comment whose author an older version did not record."""
    return f"Not done: please comment {markup.code(command.text)} again."


def over_quota(group: GroupName, refused: OverQuota) -> str:
    """One request too many."""
    return (
        f"Not done: there are already {refused.most} unfinished requests for "
        f"{markup.code(spoken(group))} {_QUOTA[refused.what]}; try again when one has ended."
    )


def overdue(request: DirectRequest, called: str) -> str:
    """The comment to the holder of an overdue lock, as they are *called* now."""
    group = spoken(request.groups[0])
    since = f" since {markup.moment(request.granted_at)}" if request.granted_at else ""
    return (
        f"{to_holder(request, called)}: your lock {markup.code(group)} is overdue. You have held it"
        f"{since} ({markup.escape(request.purpose)}), and it still blocks others. **To do:** "
        f"comment {markup.code(f'/unlock {group}')} if you are done, or "
        f"{markup.code(f'/lock {group} for 1h {WHY}')} to keep it. Somebody with *maintain* can "
        f"comment {markup.code(f'/unlock {group}')}, too."
    )


def overdue_ones(holders: Iterable[AnyRequest]) -> Iterator[DirectRequest]:
    """The people among *holders* whose lock is overdue."""
    return (r for r in holders if isinstance(r, DirectRequest) and r.shown == "overdue")


def overdue_title(request: DirectRequest) -> str:
    """``overdue: @mia since 14:02 UTC``: since when they have it."""
    at = request.granted_at
    since = f" since {markup.clock(at, request.requested_at)}" if at else ""
    return markup.as_title(f"overdue: {markup.person(request.asker)}{since}")


def holder(request: AnyRequest, group: GroupName, before: str = " since") -> str:
    """Who has it since when, the token, and a person's reason; Markdown."""
    since = f"{before} {markup.moment(request.granted_at)}" if request.granted_at else ""
    why, request = "", as_told(request)
    if not isinstance(request, LockRequest) and request.purpose:
        why = f" ({markup.escape(request.purpose)})"
    return f"{markup.code(holder_name(request))}{since}{_token(request, group)}{why}"


def to_holder(request: DirectRequest, called: str) -> str:
    """Whom it is said to: *called* gets a notice; where that is not known nobody does."""
    return markup.called(called) if called else markup.escape(request.name)


def _token(request: AnyRequest, group: GroupName) -> str:
    which = "".join(f", permit {markup.code(permit)}" for permit in request.permits.get(group, ()))
    return f", token {request.tokens[group]}{which}" if group in request.tokens else which


def _who(request: DirectRequest) -> str:
    return markup.code(request.name)


def _undefined(group: str) -> str:
    return f"define it in `stagelock.yaml`, {markup.code(f'locks: {{{group}: {{permits: 1}}}}')}."


def may_not_press(verb: str, run: str, late: DirectRequest) -> str:
    """A button of an overdue lock, pressed by somebody who may not."""
    who = _who(late)
    may = (
        f"only {who} can press it"
        if verb == "keep"
        else f"{who}, or somebody with *maintain*, can press it"
    )
    return f"Not done: {markup.code(verb)} on {markup.code(run)}: {may}."


def notice(request: DirectRequest, now: datetime, called: str) -> CommandRecord | None:
    """
    The one comment where `/lock` was given, once the lock is overdue, as a reply that is due; None
    where it was given nowhere. *called* is their login now, "" where nobody can tell.
    """
    if request.pull is None and request.commit is None:
        return None
    key = f"overdue-{request.id}-{(request.expires_at or now).isoformat()}"
    return CommandRecord(
        key=key,
        order=0,
        kind="issue" if request.pull is not None else "commit",
        body="",
        user=request.asker,
        user_id=request.asker_id,
        created_at=now,
        pull=request.pull,
        sha=request.commit,
        eyes=True,
        outcome=replies.reply((overdue(request, called),), notice_event(request, key)),
    )


def notice_event(request: DirectRequest, key: str) -> str:
    """The id that the comment ends with: as that of a reply."""
    return markup.event_id("command", request.repo_id, key)

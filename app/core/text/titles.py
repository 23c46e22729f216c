"""The title of a stage's run: the answer at a glance, below 70 characters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial

from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest
from app.core.model.names import StageName
from app.core.model.verdicts import GateAnswer, Reason, Verdict
from app.core.text import approvals, hand_edits, markup, outside
from app.core.text.blocks import allow
from app.core.text.fitted import SHORTEST, fitted
from app.core.text.foreign_holders import as_told, holder_name
from app.core.text.named import Makers, Named
from app.core.text.reason_texts import WORDS

TAIL = 34
"""Characters of what a title adds about hand edits."""
_LONG_AGO = "the time that `stagelock.yaml` asks for has passed"
_TYPED = re.compile(r": \{(?:promote|approve)\}.*")
_NAMING = frozenset({Reason.PULL_CLOSED, Reason.MERGE_OBSTACLE})
"""Their details are words of ours that name people."""
_OWN = re.compile(r" (?:in|to|of|on|from) [\w.-]+/[\w.-]+(?=:)")
"""The repository in an error's words: the reader is in it."""


def title(verdict: Verdict, before: str = "") -> str:
    """
    Say where the freight stands in the stage, after *before*; the same verdict, the same words.

    What does not fit is left out where it is not the news: further names, the command to type
    (the summary has both), folders of a path, the middle of a long name.
    """
    reason = told(verdict)
    template = WORDS[reason].title
    again = retrying(verdict) and not WORDS[reason].about_error
    lead = f"{before}{'retrying: ' * again}"
    tail = ""
    if verdict.drift is not None and verdict.reason is not Reason.DRIFT:
        tail = markup.middle(f"; {hand_edits.suffix(verdict.drift)}", TAIL)
    room = markup.TITLE_LIMIT - len(lead) - len(tail)
    for shown in (5, 2, 1):
        parts = _parts(verdict, reason, shown)
        if len(template.format_map(parts)) <= room:
            break
    else:
        parts = _parts(verdict, reason, 1)
        parts["detail"] = _OWN.sub("", parts["detail"])
        template = _TYPED.sub("", template)
        if "{queue}" in template:
            _make_room(template, parts, _parts(verdict, reason, 0)["queue"], room)
    return markup.as_title(f"{lead}{fitted(template, parts, room)}{tail}")


def _make_room(template: str, parts: Named, bare: str, room: int) -> None:
    """Who has the lock is the answer: its name gives way first, then (*bare*) since when it is."""
    name = parts["names"]
    for queue in (parts["queue"], bare):
        parts["queue"], parts["names"] = queue, name
        over = len(template.format_map(parts)) - room
        parts["names"] = markup.middle(name, max(SHORTEST, len(name) - over))
        if len(name) - len(parts["names"]) >= over:
            return


def retrying(verdict: Verdict) -> bool:
    """Tell whether we could not find something out and are trying again."""
    promotion = verdict.promotion
    return promotion is not None and promotion.errors_since is not None and not promotion.ended


def told(verdict: Verdict) -> Reason:
    """The reason whose words explain the phase."""
    match verdict.phase:
        case "ready":
            return Reason.NOT_STARTED
        case "revoked":
            return Reason.REVOKED
        case _:
            return verdict.reason


def _parts(verdict: Verdict, reason: Reason, most: int) -> Named:
    begun = verdict.since
    for gate in verdict.gates:
        if gate.state == "wait" and gate.until and gate.since:
            begun = gate.since
    return fields(
        verdict,
        reason,
        said=markup.titled,
        time=lambda at: markup.clock(at, begun),
        most=most,
    )


def fields(
    verdict: Verdict,
    reason: Reason,
    *,
    said: Callable[[str], str],
    time: Callable[[datetime], str],
    link: Callable[[str, str], str] | None = None,
    most: int = 5,
) -> Named:
    """
    What the templates of `reasons` may name; *said* makes foreign text harmless for its sink.

    *link*: how a name with a page is written, where links can stand.

    Every field has a value, whatever the verdict lacks. At most *most* names are listed; 0: what
    only adds to the answer is left out, too.
    """
    until = next((g.until for g in verdict.gates if g.state == "wait" and g.until), None)
    gate = next((g for g in verdict.gates if g.reason is reason), None)
    until_when = gate.until if gate else None
    words = partial(markup.naming, said=said) if reason in _NAMING else said
    detail = held_words(gate, said) if gate and gate.detail else words(verdict.detail)
    makers: Makers = {
        "stage": lambda: said(verdict.stage),
        "promote": lambda: verdict.command("promote"),
        "retry": lambda: verdict.command("retry"),
        "there": lambda: verdict.named_in(StageName((*verdict.names, verdict.stage)[0])),
        **approvals.makers(gate, verdict),
        "freight": lambda: said(verdict.freight.short),
        "allow": lambda: allow(verdict.freight),
        "names": lambda: _listed(verdict, gate, said, link, most) or WORDS[reason].names,
        "who": lambda: who(verdict.detail, said) if verdict.detail else "somebody",
        "detail": lambda: detail or "no details are known",
        "by": lambda: said(verdict.by.short if verdict.by else "newer freight"),
        "until": lambda: time(until) if until else _LONG_AGO,
        "opens": lambda: markup.moment(until_when) if until_when else "",
        "ends": lambda: f" until {markup.moment(until_when)}" if until_when else "",
        "resumes": lambda: resumes(verdict.stage, until_when),
        "revoked": lambda: _revoked(verdict, time),
        "held": lambda: _held(verdict),
        "grant": lambda: _grant(gate),
        "service": lambda: _service(verdict, said),
        "taken": lambda: said(gate.detail) if gate and gate.detail else "a commit",
        "queue": lambda: _queue(verdict, said, time, most),
    }
    return Named(makers)


def _listed(
    verdict: Verdict,
    gate: GateAnswer | None,
    said: Callable[[str], str],
    link: Callable[[str, str], str] | None,
    most: int,
) -> str:
    """What the reason speaks of; "" where it speaks of nothing."""
    pages = dict(verdict.about) if link else {}
    shown = [
        link(name, pages[name]) if link and pages.get(name) else said(name)
        for name in subjects(verdict)
    ]
    any_of = gate is not None and gate.any_of
    return markup.listed(shown, most, any_of=any_of) if shown else ""


def _service(verdict: Verdict, said: Callable[[str], str]) -> str:
    """What an external lock service answers, or why it is not asked."""
    outside_answer = verdict.outside
    if outside_answer is not None and outside_answer.refusal is not None:
        return said(outside.no(outside_answer.refusal, outside_answer.use))
    return outside.answer(outside_answer, said)


def _grant(gate: GateAnswer | None) -> str:
    """Who gives the App what it lacks, and on which page."""
    page = gate.detail if gate else ""
    who = "an owner of the account grants it to the App"
    return f"{who}: {markup.address(page)}" if page else f"{who}, on the App's installation page"


def _revoked(verdict: Verdict, time: Callable[[datetime], str]) -> str:
    promotion = verdict.promotion
    revoked = (promotion.revoked_at if promotion else None) or verdict.since
    return time(revoked) if revoked else "an unknown time"


def _held(verdict: Verdict) -> str:
    """A rollback goes on by itself only as long as nobody has ended its hold."""
    back = verdict.promotion is not None and verdict.promotion.leaves is not None
    return f", as long as {verdict.stage} is on hold" if back else ""


def _queue(
    verdict: Verdict, said: Callable[[str], str], time: Callable[[datetime], str], most: int
) -> str:
    """Where it stands in the queue: the fewer names are listed, the less is told of the holder."""
    purpose, since = most > 1, most > 0
    position, holders = verdict.position, verdict.holders
    return queue_words(position, holders, said=said, time=time, purpose=purpose, since=since)


def held_words(gate: GateAnswer, said: Callable[[str], str]) -> str:
    """Why a stage is held, and by whom."""
    by = f" ({who(gate.names[0], said)})" if gate.names and gate.detail else ""
    return f"{said(gate.detail)}{by}"


def who(name: str, said: Callable[[str], str]) -> str:
    """The person of whom a verdict speaks by *name*, as `handle` writes it."""
    return markup.person(name.removeprefix("@"), said)


def resumes(stage: str, until: datetime | None) -> str:
    """What ends a hold, after "until": `` `/resume prod`, or until 2026-11-26 09:00 UTC``."""
    timed = f", or until {markup.moment(until)}" if until is not None else ""
    return f"`/resume {stage}`{timed}"


def subjects(verdict: Verdict) -> tuple[str, ...]:
    """What the reason speaks of: its names, or those that the promotion's row kept as words."""
    if verdict.names:
        return verdict.names
    kept = (
        Reason.CHECK_FAILED,
        Reason.CHECK_UNFINISHED,
        Reason.CHECK_NOT_STARTED,
        Reason.REVOKED,
        Reason.UPSTREAM_REVOKED,
    )
    return (verdict.detail,) if verdict.reason in kept and verdict.detail else ()


def queue_words(
    position: tuple[int, int] | None,
    holders: tuple[AnyRequest, ...],
    *,
    said: Callable[[str], str],
    time: Callable[[datetime], str],
    purpose: bool = True,
    since: bool = True,
) -> str:
    """
    ``2nd of 3, held by acme/api e2e since 14:02 UTC``; by ``e2e`` where that is of this repository,
    by ``another repository of acme`` where its name is nobody's business here.
    Who is past their time comes first: ``1st of 1, overdue: @mia since 14:02 UTC``. With *purpose*
    a person's own words for it stand at the end. Without *since* only who has no name has it.
    """
    place = f"{markup.ordinal(position[0])} of {position[1]}" if position else "queued"
    if not holders:
        return place
    first = next((request for request in holders if request.shown == "overdue"), holders[0])
    first = as_told(first)
    has = "overdue:" if first.shown == "overdue" else "held by"
    more = f" and {len(holders) - 1} more" if len(holders) > 1 else ""
    dated = first.granted_at is not None and not more and (since or _is_nameless(first))
    begun = f" since {time(first.granted_at)}" if first.granted_at and dated else ""
    words = "" if isinstance(first, LockRequest) else first.purpose
    why = f": {said(words)}" if words and begun and purpose else ""
    return f"{place}, {has} {_holder(first, said)}{more}{begun}{why}"


def _is_nameless(holder: AnyRequest) -> bool:
    """It is another repository's, which is not public."""
    return isinstance(holder, ForeignRequest) and not holder.repo_name and holder.kind != "unknown"


def _holder(holder: AnyRequest, said: Callable[[str], str]) -> str:
    if isinstance(holder, DirectRequest) and holder.kind == "person":
        return markup.person(holder.asker, said)
    if isinstance(holder, ForeignRequest) and _is_nameless(holder):
        return f"another repository of {said(holder.owner)}"
    turn = " out of turn" if isinstance(holder, LockRequest) and holder.out_of_turn else ""
    return f"{said(holder_name(holder))}{turn}"

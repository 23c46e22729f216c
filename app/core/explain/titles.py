"""The title of a stage's run: the answer at a glance, below 70 characters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from app.core.explain import drift, markup
from app.core.explain.reasons import WORDS
from app.core.names import FreightId
from app.core.records import LockRequest
from app.core.verdicts import GateAnswer, Reason, Verdict


def title(verdict: Verdict) -> str:
    """Say where the freight stands in the stage; the same verdict gives the same words."""
    text = _phrase(verdict)
    if verdict.drift is not None and verdict.reason is not Reason.DRIFT:
        text = f"{text}; {drift.suffix(verdict.drift)}"
    if retrying(verdict) and not text.startswith("retrying:"):
        text = f"retrying: {text}"
    return markup.as_title(text)


def retrying(verdict: Verdict) -> bool:
    """Tell whether we could not find something out and are trying again."""
    promotion = verdict.promotion
    return promotion is not None and promotion.errors_since is not None and not promotion.ended


def _phrase(verdict: Verdict) -> str:
    match verdict.phase:
        case "ready":
            reason = Reason.NOT_STARTED
        case "revoked":
            reason = Reason.REVOKED
        case _:
            reason = verdict.reason
    return WORDS[reason].title.format_map(
        fields(verdict, reason, said=markup.plain, time=markup.clock)
    )


def fields(
    verdict: Verdict,
    reason: Reason,
    *,
    said: Callable[[str], str],
    time: Callable[[datetime], str],
) -> Mapping[str, str]:
    """
    What the templates of `reasons` may name; *said* makes foreign text harmless for its sink.

    Every field has a value, whatever the verdict lacks.
    """
    names = subjects(verdict)
    until = next((g.until for g in verdict.gates if g.state == "wait" and g.until), None)
    held = next((g for g in verdict.gates if g.gate == "hold" and g.state == "wait"), None)
    detail = held_words(held) if held and reason is Reason.ON_HOLD else verdict.detail
    at = verdict.promotion.revoked_at if verdict.promotion else None
    revoked = at or verdict.since
    return {
        "stage": said(verdict.stage),
        "freight": said(verdict.freight.short),
        "names": markup.listed(said(n) for n in names) if names else WORDS[reason].names,
        "detail": said(detail) or "no more is known",
        "by": said(by.short if (by := successor(verdict)) else "newer freight"),
        "until": time(until) if until else "the time that `stagelock.yaml` asks for has passed",
        "ends": f" until {markup.moment(held.until)}" if held and held.until else "",
        "resumes": resumes(verdict.stage, held.until if held else None),
        "revoked": time(revoked) if revoked else "an unknown time",
        "queue": queue_words(verdict.position, verdict.holders, said=said, time=time),
    }


def held_words(gate: GateAnswer) -> str:
    """Why a stage is held, and by whom, in plain text."""
    return f"{gate.detail} ({gate.names[0]})" if gate.names else gate.detail


def resumes(stage: str, until: datetime | None) -> str:
    """When a hold ends: ``after `/resume prod`, or at 2026-11-26 09:00 UTC``."""
    by_itself = f", or at {markup.moment(until)}" if until is not None else ""
    return f"after `/resume {stage}`{by_itself}"


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
    if verdict.reason in kept and verdict.detail:
        return tuple(name for name in verdict.detail.split(", ") if name)
    return ()


def successor(verdict: Verdict) -> FreightId | None:
    """The freight that superseded it, if that is known."""
    if verdict.by is not None:
        return verdict.by
    try:
        return FreightId.parse(verdict.detail)
    except ValueError:
        return None


def queue_words(
    position: tuple[int, int] | None,
    holders: tuple[LockRequest, ...],
    *,
    said: Callable[[str], str],
    time: Callable[[datetime], str],
) -> str:
    """``2nd of 3, held by acme/api e2e since 14:02 UTC``."""
    place = f"{markup.ordinal(position[0])} of {position[1]}" if position else "queued"
    if not holders:
        return place
    first = holders[0]
    more = f" and {len(holders) - 1} more" if len(holders) > 1 else ""
    since = f" since {time(first.granted_at)}" if first.granted_at and not more else ""
    return f"{place}, held by {said(f'{first.repo_name} {first.stage}')}{more}{since}"

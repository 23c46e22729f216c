"""The summary of a stage's run: reasons, gates, links, and the command to type next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from app.core.explain import drift, markup
from app.core.explain import gates as gate_words
from app.core.explain.reasons import WORDS
from app.core.explain.site import Site
from app.core.explain.titles import fields, retrying, title
from app.core.names import StageName
from app.core.verdicts import FOREIGN, Reason, Verdict

FINAL = frozenset(
    {"verified", "failed", "revoked", "superseded", "unreached", "cancelled", "withdrawn"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """A stage of this freight that has no run of its own yet, and why."""

    stage: StageName
    words: str


_TIMED = frozenset({Reason.VERIFYING, Reason.TO_RUN})


def summary(
    verdict: Verdict,
    site: Site,
    event: str,
    *,
    deadline: datetime | None = None,
    rows: Sequence[Row] = (),
) -> str:
    """
    Explain *verdict*; at most 65,535 bytes.

    *deadline* is when its verification or its retries time out; *rows* are the stages that this
    freight reaches later. Nothing in it changes only because time passes.
    """
    parts = [
        f"**{markup.escape(title(verdict))}**",
        because(verdict),
        upcoming(verdict, deadline),
        drift.section(verdict),
        section("Gates", gate_words.table(gate_words.with_lock(verdict))),
        facts(verdict, site),
        section("Later stages", pipeline_table(tuple(rows))),
        typed(verdict),
    ]
    return markup.fit("\n\n".join(p for p in parts if p), footer(event))


def because(verdict: Verdict) -> str:
    """The reason as sentences."""
    reason = told(verdict)
    words = WORDS[reason]
    said = words.why.format_map(fields(verdict, reason, said=markup.escape, time=markup.moment))
    if retrying(verdict) and reason is not Reason.RETRYING and verdict.promotion is not None:
        said += f" {markup.escape(verdict.promotion.detail)}"
    return said.replace(". no more is known", ".").strip()


def upcoming(verdict: Verdict, deadline: datetime | None = None) -> str:
    """What happens next, and when: never empty for what is unfinished."""
    reason = told(verdict)
    look = WORDS[reason].look.format_map(
        fields(verdict, reason, said=markup.escape, time=markup.moment)
    )
    if deadline is not None and verdict.phase == "verifying" and reason in _TIMED:
        look += f" Undecided at {markup.moment(deadline)}, it has failed."
    return look


def told(verdict: Verdict) -> Reason:
    """The reason whose words explain the phase."""
    match verdict.phase:
        case "ready":
            return Reason.NOT_STARTED
        case "revoked":
            return Reason.REVOKED
        case _:
            return verdict.reason


def facts(verdict: Verdict, site: Site) -> str:
    """What it speaks of, with links."""
    promotion = verdict.promotion
    found = [f"Freight {site.freight(verdict.freight)}", f"stage {markup.code(verdict.stage)}"]
    if promotion is not None:
        if promotion.landed is not None:
            when = f" on {markup.moment(promotion.landed_at)}" if promotion.landed_at else ""
            verb = "in sync with" if promotion.in_sync else "landed as"
            turn = " **out of turn**" if verdict.request and verdict.request.out_of_turn else ""
            found.append(f"{verb} {site.commit(promotion.landed)}{when}{turn}")
        if promotion.pull is not None:
            found.append(site.pull(promotion.pull))
        if promotion.started_by:
            found.append(f"started by {markup.escape(f'@{promotion.started_by}')}")
        if promotion.verified_at is not None and verdict.phase == "verified":
            found.append(f"verified on {markup.moment(promotion.verified_at)}")
        found.append(f"promotion {markup.code(promotion.id)}")
    return " · ".join(found)


@lru_cache(maxsize=256)
def pipeline_table(rows: tuple[Row, ...]) -> str:
    """The stages that get a run of their own when their turn comes."""
    if not rows:
        return ""
    body = "\n".join(f"| {markup.code(r.stage)} | {markup.escape(r.words)} |" for r in rows)
    return f"| stage | where it stands |\n|---|---|\n{body}"


def typed(verdict: Verdict) -> str:
    """The command to type next."""
    command, purpose = next_command(verdict)
    return f"{purpose}: comment {markup.code(command)}" if command else ""


def next_command(verdict: Verdict) -> tuple[str, str]:
    """(command, what it is for) of the likely next move."""
    stage = verdict.stage
    if verdict.reason is Reason.DRIFT:
        return f"/promote {stage} {verdict.freight.sha[:12]}", "To replace what was edited by hand"
    if verdict.phase == "ready" or verdict.reason in FOREIGN:
        return f"/promote {stage} {verdict.freight.sha[:12]}", "To start it"
    if verdict.phase in ("failed", "revoked") or verdict.reason in (
        Reason.PULL_CLOSED,
        Reason.MERGED_ELSEWHERE,
    ):
        return f"/retry {stage}", "To try again"
    if verdict.phase in FINAL:
        return "/stagelock status", "To see every stage"
    return f"/why {stage}", "To ask again where it stands"


def section(head: str, body: str) -> str:
    """A body below its heading; nothing where there is none."""
    return f"### {head}\n\n{body}" if body else ""


def footer(event: str) -> str:
    """The short event id which opens the audit entry."""
    return f"<sub>event `{event}`</sub>"


def deadline_of(verdict: Verdict, timeout: timedelta | None) -> datetime | None:
    """When the verification of *verdict*'s promotion times out; None before it landed."""
    promotion = verdict.promotion
    if promotion is None or timeout is None:
        return None
    begun = promotion.rerun_at or promotion.landed_at
    return begun + timeout if begun else None

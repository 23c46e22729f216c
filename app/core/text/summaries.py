"""The summary of a stage's run: reasons, gates, links, and the command to type next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from app.core.model.names import StageName
from app.core.model.records import Promotion
from app.core.model.verdicts import GateAnswer, PassedBy, Reason, Verdict
from app.core.text import freeing, gates, hand_edits, markup
from app.core.text.links import Site
from app.core.text.reason_texts import WORDS
from app.core.text.titles import fields, retrying, title, told

FINAL = frozenset(
    {
        "verified",
        "failed",
        "revoked",
        "turned-away",
        "superseded",
        "unreached",
        "cancelled",
        "withdrawn",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A stage of this freight that has no run of its own yet, and why."""

    stage: StageName
    words: str


_OVER = FINAL - {"failed", "revoked"}
_TIMED = frozenset({Reason.VERIFYING, Reason.TO_RUN})
_RETRIED = frozenset(r for r, words in WORDS.items() if "{retry}" in words.look or words.purpose)
"""Ends whose words say that it may be tried again, or brought back."""
PASSED_BY: Mapping[PassedBy, str] = {
    "newer": "There is nothing left to do: the stage has moved on to newer freight since, or its "
    "commit left the branch.",
    "again": "There is nothing left to do here: the freight was promoted to the stage again since. "
    "The run on the freight's own commit shows the result.",
    "asked": "There is nothing left to do here: the freight was requested again since. The run on "
    "the freight's own commit shows how it is doing.",
    "blocked": "The freight has been blocked since, and no rollback brings it back before somebody "
    "comments `{allow}`.",
}


def summary(
    verdict: Verdict,
    site: Site,
    event: str,
    *,
    deadline: datetime | None = None,
    rows: Sequence[Row] = (),
    clicked: str = "",
) -> str:
    """
    Explain *verdict*; at most 65,535 bytes.

    *deadline* is when its verification or its retries time out; *rows* are the stages that this
    freight reaches later; *clicked* is what is said of a click by somebody who may not. Nothing in
    it changes only because time passes.
    """
    later = upcoming(verdict, deadline)
    parts = [
        markup.bold(title(verdict)),
        because(verdict),
        later,
        freeing.about(verdict, site),
        clicked,
        _skipped(verdict),
        hand_edits.section(verdict),
        section("Gates", gates.table(verdict, _gates(verdict))),
        facts(verdict, site),
        section("Later stages", pipeline_table(tuple(rows))),
        typed(verdict, later),
    ]
    rest = site.everywhere(verdict.freight.sha)
    return markup.fit("\n\n".join(p for p in parts if p), footer(event), rest=rest)


def _skipped(verdict: Verdict) -> str:
    """Which gates a person had the promotion skip, and why; "" where nobody had."""
    promotion = verdict.promotion
    if promotion is None or not promotion.skips:
        return ""
    names = markup.listed(map(markup.code, promotion.skipped), 20) or "none: all had passed"
    by = markup.person(promotion.started_by, markup.escape)
    return f"**Skipped gates** (`--skip-gates` by {by}: {markup.escape(promotion.skips)}): {names}."


def _gates(verdict: Verdict) -> tuple[GateAnswer, ...]:
    """Those that are still asked: after a gate that failed for good nobody waits for the others."""
    gate_answers = gates.with_lock(verdict)
    if verdict.phase != "unreached":
        return gate_answers
    return tuple(g for g in gate_answers if g.state != "wait")


def because(verdict: Verdict) -> str:
    """The reason as sentences."""
    reason = told(verdict)
    words = WORDS[reason]
    said = words.why.format_map(_fields(verdict, reason))
    if retrying(verdict) and not words.about_error and verdict.promotion is not None:
        said += f" {markup.escape(verdict.promotion.detail)}"
    if "{names}" not in words.why and verdict.about:
        pages = " · ".join(markup.link(*page) for page in verdict.about if page.url)
        said += f" ({pages})" if pages else ""
    return _stopped(said.replace(". no details are known", ".").strip())


def _stopped(sentence: str) -> str:
    """*sentence* with one full stop, whether or not the foreign text at its end has one."""
    if sentence.endswith("..") and not sentence.endswith("..."):
        return sentence[:-1]
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _fields(verdict: Verdict, reason: Reason) -> Mapping[str, str]:
    return fields(verdict, reason, said=markup.escape, time=markup.moment, link=markup.link)


def upcoming(verdict: Verdict, deadline: datetime | None = None) -> str:
    """What happens next and when, and what a person does: never empty for what is unfinished."""
    return " ".join(part for part in (next_look(verdict, deadline), wanted(verdict)) if part)


def next_look(verdict: Verdict, deadline: datetime | None = None) -> str:
    """What happens by itself, and when."""
    reason = told(verdict)
    if verdict.passed_by and offers(verdict):
        return PASSED_BY[verdict.passed_by].format_map(_fields(verdict, reason))
    said = WORDS[reason].look.format_map(_fields(verdict, reason))
    if deadline is not None and verdict.phase == "verifying" and reason in _TIMED:
        said += f" It fails if it is undecided at {markup.moment(deadline)}."
    return said


def wanted(verdict: Verdict) -> str:
    """What a person does now; "" where it goes on without anybody."""
    said = needed(verdict)
    return f"**To do:** {said}" if said else ""


def needed(verdict: Verdict) -> str:
    """The same, where that it is to be done is said already."""
    reason = told(verdict)
    if not _by_people(verdict, reason):
        return ""
    return WORDS[reason].do.format_map(_fields(verdict, reason))


def besides(verdict: Verdict) -> str:
    """
    What a person may do already while *verdict* waits for a time: the first gate besides that opens
    by nobody else; "" where there is none, or something else has to happen before.
    """
    if verdict.phase != "waiting" or needed(verdict):
        return ""
    waits = (g for g in verdict.gates if g.state != "pass" and g.until is None)
    gate = next(waits, None)
    if gate is None or gate.state == "fail":
        return ""
    return WORDS[gate.reason].do.format_map(_fields(verdict, gate.reason))


def _by_people(verdict: Verdict, reason: Reason) -> bool:
    if not WORDS[reason].do or verdict.phase in _OVER or (verdict.passed_by and offers(verdict)):
        return False
    if any(gate.reason is reason and gate.until for gate in verdict.gates):
        return False  # it ends by itself
    match reason:
        case Reason.BRANCH_MISSING:
            return verdict.phase == "failed"
        case Reason.MERGE_READY:
            return not retrying(verdict)
        case _:
            return True


def _merged_so(promotion: Promotion) -> str:
    """What is to be known of the merge of one that nothing verifies: its lock has no run for it."""
    said = promotion.detail if promotion.pull is not None and promotion.state == "verified" else ""
    return f", {markup.escape(said)}" if said else ""


def facts(verdict: Verdict, site: Site) -> str:
    """What it speaks of, with links."""
    promotion = verdict.promotion
    facts = [f"Freight {site.freight(verdict.freight)}", f"stage {markup.code(verdict.stage)}"]
    if promotion is not None:
        if promotion.landed is not None:
            when = f" on {markup.moment(promotion.landed_at)}" if promotion.landed_at else ""
            verb = "in sync with" if promotion.in_sync else "landed as"
            out = verdict.request is not None and verdict.request.out_of_turn
            turn = " **out of turn**" if out else _merged_so(promotion)
            facts.append(f"{verb} {site.commit(promotion.landed)}{when}{turn}")
        if promotion.pull is not None:
            facts.append(site.pull(promotion.pull))
        if promotion.leaves is not None:
            facts.append(f"a rollback from {site.freight(promotion.leaves)}")
        if promotion.started_by:
            facts.append(f"started by {markup.person(promotion.started_by, markup.escape)}")
        if promotion.verified_at is not None and verdict.phase == "verified":
            facts.append(f"verified on {markup.moment(promotion.verified_at)}")
        facts.append(f"promotion {markup.code(promotion.id)}")
    return " · ".join(facts)


@lru_cache(maxsize=256)
def pipeline_table(rows: tuple[Row, ...]) -> str:
    """The stages that get a run of their own when their turn comes."""
    if not rows:
        return ""
    body = "\n".join(f"| {markup.code(r.stage)} | {markup.escape(r.words)} |" for r in rows)
    return f"| stage | where it stands |\n|---|---|\n{body}"


def typed(verdict: Verdict, said: str) -> str:
    """The command to type next; nothing where *said* names it already."""
    command, purpose = next_command(verdict)
    shown = markup.code(command)
    return "" if shown in said else f"{purpose}: comment {shown}"


def offers(verdict: Verdict) -> bool:
    """Its words name a command that starts it, or tries it again."""
    ended = verdict.promotion is not None and verdict.promotion.ended
    if verdict.reason is Reason.TURNED_AWAY and verdict.phase in FINAL:
        return True
    return verdict.phase in ("ready", "failed", "revoked") or (
        ended and verdict.reason in _RETRIED and verdict.phase == "cancelled"
    )


def next_command(verdict: Verdict) -> tuple[str, str]:
    """(command, what it is for) of the likely next move."""
    stage = verdict.stage
    if verdict.passed_by:
        return "/stagelock status", "To see every stage"
    purpose = WORDS[told(verdict)].purpose
    if purpose:
        return verdict.brought_by(), purpose
    lacks = verdict.reason is Reason.SOURCE_PROBLEM  # trying again finds the same
    if offers(verdict) and not lacks:
        return verdict.command("retry"), "To try again"
    if verdict.phase in FINAL or lacks:
        return "/stagelock status", "To see every stage"
    return f"/why {stage}", "To see where it stands now"


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

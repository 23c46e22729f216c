"""Which commits speak for a promotion's content, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from app.core.evidence.judge import Ask, Evidence, Weighed, judge, weigh
from app.core.evidence.started_run import of_started, together
from app.core.model.facts import CommitChecks, Content
from app.core.model.names import Sha
from app.core.model.pipeline import CheckRule, Stage
from app.core.model.records import Promotion
from app.core.model.started_runs import StartedRun
from app.core.model.subjects import Subject
from app.core.state.ledger import Ledger
from app.core.state.past import ask as ask_past
from app.core.state.relocated import relocated

WATCH = timedelta(days=14)


def of_promotion(ledger: Ledger, promotion: Promotion) -> Evidence | None:
    """
    What the checks say of what *promotion* landed, and the workflow run that was started for it;
    None: not known yet (a question was asked).
    """
    if promotion.landed is None:
        return None
    stage = ledger.stage_terms(promotion)
    run = of_started(ledger, promotion, stage.workflow) if stage.workflow is not None else None
    if stage.workflow is not None and run is None:
        return None
    checks = of_checks(ledger, promotion) if stage.verify or run is None else None
    if run is None or (stage.verify and checks is None):
        return checks
    return together(checks, run)


def of_checks(ledger: Ledger, promotion: Promotion) -> Evidence | None:
    """What the checks alone say; None: not known yet."""
    said = None
    for said in counting(ledger, promotion):
        if said is None:
            return None
    return said.weighed.evidence() if said is not None else None


class Said(NamedTuple):
    """What is said at *place*, and what it and the commits before it say together."""

    place: CommitChecks
    weighed: Weighed


def counting(
    ledger: Ledger, promotion: Promotion, turn: int = 0, until: Sha | None = None
) -> Iterator[Said | None]:
    """
    The commits whose checks may count for *promotion*; None at the end: more is not known yet.

    The landed commit first; for what says nothing there, later commits with equal outputs, the
    nearest first and one by one: none is passed over because of how many there are. *turn* and
    *until*: of those before *until*, what is heard of them in that turn.
    """
    rules = ledger.stage_terms(promotion).verify
    places: tuple[CommitChecks, ...] = ()
    sha = promotion.landed
    while sha is not None:
        further = promotion.id if places else ""
        if turn:
            checks = ledger.heard(sha, turn)
        else:
            checks = ledger.checks(sha, further, known=promotion.ended)
        if checks is None:
            yield None
            return
        places = (*places, checks)
        ask = _ask(ledger, places, promotion.landed_at, frozenset(promotion.reran))
        weighed = weigh(rules, ask)
        yield Said(checks, weighed)
        if not weighed.further or promotion.stage not in ledger.pipeline.stages:
            return  # of a stage that is gone nobody knows where its outputs are
        if promotion.landed not in ledger.snapshot.reachable:
            return  # no commit of the branch is later than one that left it
        later = ledger.equal(promotion, _power_of_two(len(places)), until)
        if later is None:
            yield None
            return
        sha = later[len(places) - 1] if len(later) >= len(places) else None


def _power_of_two(least: int) -> int:
    """So that a long way is asked for in few rounds of questions."""
    return 2 << least.bit_length()


class Known(NamedTuple):
    """What is known of content."""

    telling: Sha
    """The commit that speaks."""
    evidence: Evidence
    """What it says."""
    started: StartedRun | None = None
    """The workflow run that verifies it; None: no such run does."""


def of_content(ledger: Ledger, stage: Stage, content: Content) -> Known | None:
    """
    What is known of *content*, which *stage* holds already; None: not known yet.

    Asked: the commits at which earlier promotions landed it, newest first, and the tip. A stage
    that is no longer in the pipeline may have been this one, under another name; and what landed in
    another folder is the same content, but it is the tip that holds it where it is now.
    """
    tip = ledger.snapshot.tips.get(ledger.branch(stage))
    if tip is None:
        return None
    own, stages = stage.name, ledger.pipeline.stages
    for name in (own, *(n for n in ledger.snapshot.records.cut if n not in stages)):
        ask_past(ledger, name, content=content)
    promotions = [
        p
        for p in reversed(ledger.snapshot.records.promotions)
        if (p.stage == own or p.stage not in stages)
        and (p.written == content or relocated(stage, p.written, content))
        and p.landed is not None
        and p.landed in ledger.snapshot.reachable
    ]
    landed = [p.landed for p in promotions if p.landed is not None]
    rules, places = stage.verify, tuple[CommitChecks, ...]()
    asked = tuple(dict.fromkeys([*landed, tip]))
    while True:
        sha = asked[len(places)]
        checks = ledger.checks(sha, "" if sha == tip else f"content of {own}")
        if checks is None:
            return None
        places = (*places, checks)
        evidence = judge(rules, _ask(ledger, places))
        if not evidence.further or len(places) == len(asked):
            break
    here = [p for p in promotions if p.written == content]
    spoken = {p.sha for p in places if _speaks(ledger, rules, p)}
    # Where an attempt was cut short before any check spoke, its checks may still be about to run.
    telling = [p for p in here if p.landed in spoken] or [p for p in here if p.state == "cancelled"]
    told_on = next((p.landed for p in telling if p.landed), tip)
    return _with_run(ledger, stage, promotions, Known(told_on, evidence))


def _with_run(
    ledger: Ledger, stage: Stage, promotions: Sequence[Promotion], known: Known
) -> Known | None:
    """
    *known*, and what the newest run says that was started for one of *promotions* and decided.
    """
    file = stage.workflow
    if file is None:
        return known
    checks = known.evidence if stage.verify else None
    for promotion in promotions:
        if (
            promotion.started is None
            or not promotion.started.suite
            or promotion.started.file != file
        ):
            continue
        said = of_started(ledger, promotion, file)
        if said is None:
            return None
        if said.outcome != "pending" or said.unfinished:
            return Known(
                promotion.landed or known.telling, together(checks, said), promotion.started
            )
    nothing = Evidence("pending", (Subject(file, ""),), (file,))
    return Known(known.telling, together(checks, nothing))


def deadline(ledger: Ledger, promotion: Promotion) -> datetime | None:
    """When verification times out; None before landing."""
    begun = promotion.rerun_at or promotion.landed_at
    return begun + ledger.stage_terms(promotion).timeout if begun else None


def _ask(
    ledger: Ledger,
    places: tuple[CommitChecks, ...],
    pushed_at: datetime | None = None,
    reran: frozenset[int] = frozenset(),
) -> Ask:
    snapshot = ledger.snapshot
    return Ask(places, snapshot.app_id, pushed_at, snapshot.now, snapshot.quiet, reran)


def _speaks(ledger: Ledger, rules: Sequence[CheckRule], place: CommitChecks) -> bool:
    alone = judge(rules, _ask(ledger, (place,)))
    return alone.outcome != "pending" or bool(alone.unfinished)

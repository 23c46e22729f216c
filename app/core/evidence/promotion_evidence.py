"""Which commits speak for a promotion's content, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.core.evidence.judge import Ask, Evidence, judge
from app.core.model.facts import CommitChecks, Content
from app.core.model.names import Sha
from app.core.model.pipeline import CheckRule
from app.core.model.records import Promotion
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask as ask_past
from app.core.state.relocated import relocated

WATCH = timedelta(days=14)


def of_promotion(ledger: Ledger, promotion: Promotion) -> Evidence | None:
    """
    What the checks say of what *promotion* landed; None: not known yet (a question was asked).

    The landed commit first; for what says nothing there, later commits with equal outputs, the
    nearest first and one by one: none is passed over because of how many there are.
    """
    if promotion.landed is None:
        return None
    rules = ledger.under(promotion).verify
    places: tuple[CommitChecks, ...] = ()
    sha = promotion.landed
    while True:
        further = promotion.id if places else ""
        checks = ledger.checks(sha, further, known=promotion.ended)
        if checks is None:
            return None
        places = (*places, checks)
        evidence = _judge(ledger, rules, promotion, places)
        if not evidence.further or promotion.stage not in ledger.pipeline.stages:
            return evidence  # of a stage that is gone nobody knows where its outputs are
        later = ledger.equal(promotion, _power_of_two(len(places)))
        if later is None:
            return None
        if len(later) < len(places):
            return evidence
        sha = later[len(places) - 1]


def _power_of_two(least: int) -> int:
    """So that a long way is asked for in few rounds of questions."""
    return 1 << max(least, 2).bit_length()


def of_content(ledger: Ledger, view: StageView, content: Content) -> tuple[Sha, Evidence] | None:
    """
    What is known of *content*, which the stage holds already: (the commit that speaks, evidence).

    Asked: the commits at which earlier promotions landed it, newest first, and the tip. A stage
    that is no longer in the pipeline may have been this one, under another name; and what landed in
    another folder is the same content, but it is the tip that holds it where it is now.
    """
    tip = ledger.snapshot.tips.get(ledger.branch(view.stage))
    if tip is None:
        return None
    own = view.stage.name
    for name in (own, *(n for n in ledger.snapshot.records.cut if n not in ledger.pipeline.stages)):
        ask_past(ledger, name, content=content)
    rows = [
        p
        for p in reversed(ledger.snapshot.records.promotions)
        if (p.stage == view.stage.name or p.stage not in ledger.pipeline.stages)
        and (p.written == content or relocated(view.stage, p.written, content))
        and p.landed is not None
        and p.landed in ledger.snapshot.reachable
    ]
    landed = [p.landed for p in rows if p.landed is not None]
    snapshot, rules = ledger.snapshot, view.stage.verify
    ask = Ask((), snapshot.app_id, None, snapshot.now, snapshot.quiet)
    evidence = judge(rules, ask)
    for sha in dict.fromkeys([*landed, tip]):
        checks = ledger.checks(sha, "" if sha == tip else f"content of {own}")
        if checks is None:
            return None
        ask = replace(ask, places=(*ask.places, checks))
        evidence = judge(rules, ask)
        if not evidence.further:
            break
    telling = next((p.sha for p in ask.places if _speaks(rules, p, ask)), tip)
    there = any(p.landed == telling and p.written == content for p in rows)
    return telling if there else tip, evidence


def deadline(ledger: Ledger, promotion: Promotion) -> datetime | None:
    """When verification times out; None before landing."""
    begun = promotion.rerun_at or promotion.landed_at
    return begun + ledger.under(promotion).timeout if begun else None


def _judge(
    ledger: Ledger,
    rules: Sequence[CheckRule],
    promotion: Promotion,
    places: tuple[CommitChecks, ...],
) -> Evidence:
    snapshot = ledger.snapshot
    return judge(
        rules,
        Ask(
            places=places,
            own_app=snapshot.app_id,
            pushed_at=promotion.landed_at or snapshot.now,
            now=snapshot.now,
            quiet=snapshot.quiet,
            reran=frozenset(promotion.reran),
        ),
    )


def _speaks(rules: Sequence[CheckRule], place: CommitChecks, ask: Ask) -> bool:
    alone = judge(rules, replace(ask, places=(place,)))
    return alone.outcome != "pending" or bool(alone.unfinished)

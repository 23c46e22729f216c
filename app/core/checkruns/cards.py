"""The pipeline card: what freight waits for a person, and what the card on a pull request says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import Stage
from app.core.model.verdicts import Verdict
from app.core.planning.plan_result import Plan
from app.core.state.ledger import Ledger
from app.core.text import cards as words
from app.core.text.links import Site
from app.core.text.markup import event_id
from app.core.text.outcomes import as_verdict
from app.core.text.summaries import FINAL
from app.core.text.titles import told


@dataclass(frozen=True, slots=True)
class Card:
    """The card on one pull request."""

    pull: int
    event: str
    """The id that *text* ends with."""
    text: str
    over: bool
    """Everything that it tells of has ended, and nobody is waited for."""


def needing(plan: Plan, site: Site) -> Mapping[FreightId, frozenset[str]]:
    """What a person is needed for, by freight, as keys that stay while that stays the same."""
    keys_of: dict[FreightId, set[str]] = {}
    for verdict in plan.verdicts:
        if words.to_do(verdict, site):
            keys_of.setdefault(verdict.freight, set()).add(_key(verdict))
    return {freight: frozenset(keys) for freight, keys in keys_of.items()}


def _key(verdict: Verdict) -> str:
    """Another attempt that ends in the same way is another need."""
    promotion = verdict.promotion
    attempt = (
        f"{promotion.id}:{promotion.rerun_at.isoformat() if promotion.rerun_at else ''}"
        if promotion
        else ""
    )
    return f"{verdict.stage}:{verdict.freight}:{told(verdict)}:{attempt}"


Verdicts = Mapping[tuple[StageName, FreightId], Verdict]


def by_stage(plan: Plan) -> Verdicts:
    """The plan's verdicts, each found at once."""
    return {(verdict.stage, verdict.freight): verdict for verdict in plan.verdicts}


def card(
    ledger: Ledger,
    verdicts: Verdicts,
    pull: int,
    freights: Sequence[FreightId],
    site: Site,
    *,
    ours: bool,
) -> Card:
    """
    The card on a pull request that carries *freights*.

    On *ours* a command without a freight may mean another one, so what is to be typed names it.
    """
    event = event_id("card", ledger.snapshot.repo.id, pull)
    if ledger.snapshot.config.pipeline is None:
        return Card(pull, event, words.no_pipeline(event), over=True)
    parts = [_part(ledger, verdicts, freight, named=ours) for freight in freights]
    shown = [
        verdict for part in parts for _, verdict in part.stages if isinstance(verdict, Verdict)
    ]
    over = not any(verdict.phase not in FINAL or words.to_do(verdict, site) for verdict in shown)
    return Card(pull, event, words.card(parts, site, event, over=over), over)


def _part(ledger: Ledger, verdicts: Verdicts, freight: FreightId, *, named: bool) -> words.Part:
    stages = ledger.pipeline.stages.values()
    fed = (stage for stage in stages if stage.freight == freight.warehouse)
    standings = ((stage.name, _standing(ledger, verdicts, stage, freight)) for stage in fed)
    return words.Part(
        freight,
        tuple((n, v._replace(named=named) if isinstance(v, Verdict) else v) for n, v in standings),
    )


def _standing(
    ledger: Ledger, verdicts: Verdicts, stage: Stage, freight: FreightId
) -> Verdict | words.Absence:
    """The plan's verdict; where it has none any more, how the last attempt ended, or why not."""
    verdict = verdicts.get((stage.name, freight))
    if verdict is not None:
        return verdict
    promotions = [
        promotion
        for promotion in ledger.of_stage(stage.name)
        if promotion.freight == freight and promotion.ended
    ]
    if promotions:
        return as_verdict(promotions[-1])._replace(passed_by="newer")
    return "left" if ledger.age(freight) is None else "passed"

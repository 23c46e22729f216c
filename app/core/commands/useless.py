"""What a command would change for the freight that it means: nothing at all, or hand edits too."""

from __future__ import annotations

from app.core.commands.no_freight import NoFreight, Why
from app.core.commands.spec import Command
from app.core.gates.entry import ONLY_NAMED, waits_for_a_word
from app.core.gates.orders import cancels, cancels_of, rolls_back
from app.core.model.hand_edits import HandEdit
from app.core.model.names import FreightId, StageName
from app.core.model.pipeline import sources
from app.core.model.records import Order
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Reason
from app.core.planning.plan_result import Plan
from app.core.state.drift import consent, standing
from app.core.state.ledger import Ledger, StageView
from app.core.state.rejections import turned_away_by
from app.core.state.stage_state import landed_well


def useless(
    command: Command, stage: StageName, freight: FreightId, snapshot: Snapshot, plan: Plan
) -> NoFreight | None:
    """Why `/promote` or `/retry` would change nothing; it is refused in words, not forgotten."""
    pipeline = snapshot.config.pipeline
    if pipeline is None:
        return NoFreight(Why.NO_FILE)
    ledger = Ledger(snapshot, pipeline)
    view, named = ledger.views[stage], freight.short
    current, latest = view.current, view.latest.get(freight)
    verdict = plan.verdict(stage, freight)
    unproven = command.verb == "retry" and verdict and verdict.reason is Reason.NO_EVIDENCE
    asked_for = unproven or _asked_for(stage, freight, plan)
    if ledger.age(freight) is None:
        return NoFreight(Why.WITHDRAWN, (named,))
    never = next((n for n in sources(view.stage) if not _written(ledger, n, freight)), None)
    if command.skips and never is not None:
        return NoFreight(Why.NEVER_WRITTEN, (named, never))
    over = consent(ledger, view, command.verb, freight)
    going_on = latest is not None and not latest.ended
    word = cancels(view, latest) if latest and going_on else cancels_of(view, freight)  # ends it
    asked = (command.verb, freight, over, command.skips)
    waits = verdict is not None and verdict.reason in ONLY_NAMED  # whatever was said before
    if not waits and asked in _asked(view, word):
        return NoFreight(Why.ASKED_ALREADY, (named, stage))
    if current is not None and ledger.newer(current.freight, freight):
        return NoFreight(Why.NEWER_THERE, (stage, current.freight.short))
    failed = latest is not None and latest.state == "failed"
    away = turned_away_by(ledger, view, freight) is not None
    replaces = command.verb == "promote" and over
    if latest is not None and latest.state == "verified" and not (replaces or away or asked_for):
        return NoFreight(Why.VERIFIED_ALREADY, (named, stage))
    if going_on and word is None and not asked_for and not command.skips:
        return NoFreight(Why.ON_ITS_WAY, (named, stage))
    if failed and command.verb == "promote" and not asked_for and not away:
        again = f"/retry {stage}" + f" {command.freight}" * bool(command.freight)
        return NoFreight(Why.FAILED_THERE, (named, stage), instead=again)
    failed = word is not None or (latest is not None and latest.state in ("failed", "cancelled"))
    if command.verb == "retry" and not failed and not unproven:
        return _to_be_named(stage, freight) if away else NoFreight(Why.DID_NOT_FAIL, (named, stage))
    return None


def _to_be_named(stage: StageName, freight: FreightId) -> NoFreight:
    """Nothing of it failed in the stage: a rollback rejected it, and `/promote` names it."""
    instead = f"/promote {stage} {freight.sha[:12]}"
    return NoFreight(Why.REJECTED_THERE, (freight.short, stage), instead=instead)


def _asked(view: StageView, word: Order | None) -> set[tuple[str, FreightId | None, str, bool]]:
    """What waits for its turn in the stage, and is ended neither by *word* nor by a rollback."""
    ended = max((o.id for o in (word, rolls_back(view)) if o is not None), default=0)
    since = (o for o in view.orders if o.id > ended)
    return {(o.verb, o.freight, o.over, bool(o.skips)) for o in since}


def _written(ledger: Ledger, stage: StageName, freight: FreightId) -> bool:
    """A promotion of *freight* landed in the upstream *stage*, whatever its checks said then."""
    promotions = ledger.of_stage(stage)
    return any(promotion.freight == freight and landed_well(promotion) for promotion in promotions)


def _asked_for(stage: StageName, freight: FreightId, plan: Plan) -> bool:
    """It waits for a person's word: to start, or in spite of something."""
    heads = (h.verdict for h in plan.heads if h.stage == stage)
    said = (plan.verdict(stage, freight), *(v for v in heads if v.freight == freight))
    return any(waits_for_a_word(verdict) for verdict in said if verdict is not None)


def replaced(
    command: Command, stage: StageName, freight: FreightId, snapshot: Snapshot
) -> tuple[str, tuple[HandEdit, ...]]:
    """The hand edits that the command agrees to replace, and their mark ("": none)."""
    pipeline = snapshot.config.pipeline
    if pipeline is None:
        return "", ()
    ledger = Ledger(snapshot, pipeline)
    view = ledger.views[stage]
    over = consent(ledger, view, command.verb, freight)
    return over, standing(ledger, view) if over else ()

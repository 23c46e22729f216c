"""`/rollback` and its button: an order that brings earlier freight back, and the stage's hold."""

from __future__ import annotations

from dataclasses import replace

from app.core.commands import Command, NoFreight, Why
from app.core.model.comments import Followed
from app.core.model.names import FreightId, StageName
from app.core.model.records import Hold, Order, Promotion
from app.core.planning import rolling_back
from app.core.planning.rolling_back import NoTarget, Target
from app.core.remarks import promotions as remarks
from app.core.state.drift import standing
from app.core.state.ledger import Ledger, StageView
from app.core.text import replies
from app.core.text import rollbacks as words
from app.core.text.blocks import allow
from app.engine.commands.given import Answer, Given
from app.engine.commands.show import meant


def rollback(given: Given, command: Command, index: int) -> Answer:
    """Let the freight that is meant come back; the stage is held from now on."""
    stage, repo_id = StageName(command.stage), given.snapshot.repo.id
    before = given.store.history.order(repo_id, given.key(index))
    if before is not None and before.freight is not None:
        # It took effect already, and its answer was lost with a process.
        followed = Followed(index, "rollback", stage, before.freight, before.at)
        return Answer(words.again(stage, before.freight, given.site), followed)
    named: FreightId | None = None
    if command.freight:
        freight, snapshot = meant(given, command, given.context())
        if isinstance(freight, NoFreight):
            return Answer(replies.nothing_to_do(command, freight))
        named, given = freight, replace(given, snapshot=snapshot)
    ledger, goal = _target(given, stage, named)
    view = ledger.views[stage]
    if not isinstance(goal, Target) or view.current is None:
        return Answer(replies.nothing_to_do(command, _refusal(ledger, view, named, goal)))
    if command.verb == "rollback" and _clicked_elsewhere(given, view.current):
        newer = NoFreight(Why.NEWER_THERE, (stage, view.current.freight.short))
        return Answer(replies.nothing_to_do(command, newer))
    return _begin(given, ledger, view, goal, index)


def _clicked_elsewhere(given: Given, current: Promotion) -> bool:
    """
    The button is of a run that speaks of other freight than what the stage is at by now. That of a
    rollback which failed, `/retry`, stands with what was to come back.
    """
    on = given.command.sha if given.command.kind == "click" else None
    return on is not None and on not in (current.freight.sha, current.landed)


def _target(
    given: Given, stage: StageName, named: FreightId | None
) -> tuple[Ledger, Target | NoTarget]:
    """The target, when everything that had to be asked for it is known."""
    snapshot = given.snapshot
    while True:
        pipeline = snapshot.config.pipeline
        if pipeline is None:
            raise ValueError("a stage without a pipeline in force")
        ledger = Ledger(snapshot, pipeline)
        ledger.sees(stage)
        view = ledger.views[stage]
        goal = rolling_back.target(ledger, view, named)
        if isinstance(goal, Target):
            _seen(ledger, view, goal)
        if not ledger.questions:
            return ledger, goal
        snapshot = given.ask(snapshot, ledger.questions)


def _seen(ledger: Ledger, view: StageView, goal: Target) -> None:
    """Ask whatever the preview speaks of."""
    rolling_back.turns_away(ledger, view, goal.freight)
    standing(ledger, view)
    content = rolling_back.written(ledger, view, goal.proof)
    if content is not None and view.stage.writes:
        ledger.restored(view.stage.name, goal.freight, content)


def _begin(given: Given, ledger: Ledger, view: StageView, goal: Target, index: int) -> Answer:
    stage, at, now = view.stage.name, view.current, given.snapshot.now
    if at is None:
        raise ValueError("a rollback leaves something")
    by, to = given.command.user, goal.freight
    content = rolling_back.written(ledger, view, goal.proof) or ()
    made = ledger.restored(stage, to, content) if view.stage.writes else None
    promotion = view.inflight
    preview = words.Preview(
        stage,
        at.freight,
        to,
        rolling_back.turns_away(ledger, view, to),
        made,
        standing(ledger, view),
        promotion.freight if promotion is not None and promotion.leaves is None else None,
        view.hold,
        locked=bool(view.stage.locks),
    )
    order = Order(0, "rollback", stage, to, by, now, over=rolling_back.consent(ledger, view))
    hold = Hold(stage, remarks.rolled_back(at.freight, to), by, now)
    answer = Answer(words.begun(preview, given.site), Followed(index, "rollback", stage, to, now))
    given.store.history.roll_back(
        given.claim, given.snapshot.repo.id, order, given.key(index), hold, given.noted(answer)
    )
    return answer


def _refusal(ledger: Ledger, view: StageView, named: FreightId | None, why: object) -> NoFreight:
    stage, name = view.stage.name, named.short if named is not None else ""
    current = view.current.freight.short if view.current is not None else ""
    match why:
        case NoTarget.NOTHING_EARLIER:
            return NoFreight(Why.NOTHING_EARLIER, (stage,))
        case NoTarget.EARLIER_BLOCKED:
            return _blocked(stage, rolling_back.earlier_blocked(ledger, view))
        case NoTarget.NOT_EARLIER:
            return NoFreight(Why.NOT_EARLIER, (name, current, stage))
        case NoTarget.NEVER_VERIFIED:
            return NoFreight(Why.NEVER_VERIFIED, (name, stage))
        case NoTarget.WITHDRAWN:
            return NoFreight(Why.WITHDRAWN, (name,))
        case NoTarget.IS_BLOCKED:
            return NoFreight(Why.IS_BLOCKED, (name,), instead=allow(named) if named else "")
        case _:
            return NoFreight(Why.NOTHING_THERE, (stage,))


def _blocked(stage: StageName, freight: FreightId | None) -> NoFreight:
    if freight is None:
        return NoFreight(Why.NOTHING_EARLIER, (stage,))
    return NoFreight(Why.EARLIER_BLOCKED, (freight.short, stage), instead=allow(freight))

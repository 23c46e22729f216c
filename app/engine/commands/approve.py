"""`/approve` and `/unapprove`: a person's leave for one freight in one stage."""

from __future__ import annotations

from dataclasses import replace

from app.core.commands import Command, NoFreight, Why
from app.core.gates.approval import NAME
from app.core.model.names import FreightId, StageName
from app.core.model.people import Approval
from app.core.model.pipeline import Stage
from app.core.model.verdicts import GateAnswer, Reason, Tally
from app.core.state.ledger import Ledger
from app.core.state.rejections import turned_away_by
from app.core.state.rights import approvers, only_author, spelled
from app.core.text import approvals as words
from app.core.text import replies
from app.engine.commands.given import Answer, Given
from app.engine.commands.show import meant


def approve(given: Given, command: Command, _index: int) -> Answer:
    """Record leave for the freight that is meant, where the stage asks for it."""
    name, person = StageName(command.stage), given.person
    stage = _stage(given, name)
    if stage is None or stage.approve is None:
        return Answer(words.not_asked(name))
    if not person.id:
        return Answer(words.again(name))
    freight, snapshot = meant(given, command, given.context())
    given = replace(given, snapshot=snapshot)
    if isinstance(freight, NoFreight):
        return Answer(replies.nothing_to_do(command, freight))
    unseen = given.unseen(command, freight)
    if unseen is not None:
        return unseen
    refusal = _useless(given, name, freight)
    if refusal is not None:
        return Answer(replies.nothing_to_do(command, refusal))
    if not stage.approve.allow_author and given.judged(
        lambda ledger: only_author(ledger, name, freight, person)
    ):
        who = spelled(approvers(stage), given.snapshot.repo.owner)
        return Answer(words.own(name, freight, who, given.site))
    made = Approval(name, freight, person.id, person.login, given.snapshot.now)
    answer = Answer(
        words.done(made, _tally(given, made), given.site, _start(given, made)), changed=True
    )
    repo_id, noted = given.snapshot.repo.id, given.noted(answer)
    given.store.history.set_approval(given.claim, repo_id, made, noted)
    return answer


def unapprove(given: Given, command: Command, _index: int) -> Answer:
    """Take back all of that person's approvals of the stage that are not used yet."""
    name, snapshot = StageName(command.stage), given.snapshot
    mine = [
        approval
        for approval in snapshot.records.approvals
        if (approval.stage, approval.user_id) == (name, given.person.id)
        and not _used(given, approval)
    ]
    if not mine:
        stage = _stage(given, name)
        reviewed = stage is not None and stage.via == "pull-request"
        return Answer(words.none_to_take_back(name, reviewed=reviewed))
    answer = Answer(words.taken_back(mine, given.site), changed=True)
    noted = given.noted(answer)
    given.store.history.end_approvals(given.claim, snapshot.repo.id, mine, noted)
    return answer


def _stage(given: Given, name: StageName) -> Stage | None:
    pipeline = given.snapshot.config.pipeline
    return pipeline.stages.get(name) if pipeline is not None else None


def _useless(given: Given, name: StageName, freight: FreightId) -> NoFreight | None:
    """Why the approval would change nothing."""
    ledger = _ledger(given)
    view = ledger.views[name]
    current, before = view.current, view.latest.get(freight)
    if current is not None and ledger.newer(current.freight, freight):
        return NoFreight(Why.NEWER_THERE, (name, current.freight.short))
    away = turned_away_by(ledger, view, freight) is not None
    if before is not None and before.state == "verified" and ledger.holds(before) and not away:
        return NoFreight(Why.VERIFIED_ALREADY, (freight.short, name))
    there = ledger.approvals.get((name, freight), ())
    if any(approval.user_id == given.person.id for approval in there):
        return NoFreight(Why.APPROVED_ALREADY, (freight.short, name))
    return None


def _used(given: Given, approval: Approval) -> bool:
    """
    Its freight is written there, or something newer is.

    A write that is in doubt is repeated only if every gate passes then: it has used none yet.
    """
    ledger = _ledger(given)
    current = ledger.views[approval.stage].current
    return current is not None and (
        current.freight == approval.freight or ledger.newer(current.freight, approval.freight)
    )


def _ledger(given: Given) -> Ledger:
    pipeline = given.snapshot.config.pipeline
    if pipeline is None:
        message = "a stage is of a pipeline in force"
        raise ValueError(message)
    return Ledger(given.snapshot, pipeline)


def _gates(given: Given, made: Approval) -> tuple[GateAnswer, ...]:
    """What the gates said before, if they were asked."""
    verdict = given.plan.verdict(made.stage, made.freight)
    return verdict.gates if verdict is not None else ()


def _tally(given: Given, made: Approval) -> Tally | None:
    """What the gate said before, if it was asked."""
    return next((g.tally for g in _gates(given, made) if g.gate == NAME), None)


def _start(given: Given, made: Approval) -> str:
    """What has to be typed to start it; "": nothing."""
    waits = any(g.reason is Reason.NOT_STARTED for g in _gates(given, made) if g.state == "wait")
    return f"/promote {made.stage} {made.freight.sha[:12]}" if waits else ""

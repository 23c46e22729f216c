"""The workflow that verifies a promotion is started: its intention is stored first."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from app.core.config.workflow_inputs import FOLDER, dispatch_inputs
from app.core.model.group_names import spoken
from app.core.model.records import Promotion
from app.core.model.started_runs import StartedRun
from app.core.model.verdicts import Reason
from app.core.planning.stage_plan import ended
from app.core.remarks import promotions as remarks
from app.engine.actions.context import Desk, put_off
from app.errors import Denied, Missing, OutsideError, Rejected, Transient

log = logging.getLogger("stagelock.runs")


def start(desk: Desk, promotion: Promotion) -> None:
    """
    Ask GitHub for a run of *promotion*'s workflow on its stage's branch.

    Refused, or without a workflow to start: failed. Not answered: it is sought before it is asked
    for again. What could not be asked is tried again later.
    """
    desk.survey.memo.forget_runs()
    try:
        _start(desk, promotion)
    except OutsideError as error:
        if isinstance(error, Denied):
            desk.survey.attempts.doubt()
        log.warning("%s", error.message, extra={"action": "workflows.put-off"})
        stored = desk.store.history.promotion(desk.repo.id, promotion.id) or promotion
        desk.save(put_off(stored, error, desk.now, tried=True))


def _start(desk: Desk, promotion: Promotion) -> None:
    stage = desk.ledger.stage_terms(promotion)
    file, branch = stage.workflow or "", desk.ledger.branch(stage)
    declared = _declared(desk, file, branch)
    if isinstance(declared, str):
        desk.save(ended(promotion, desk.now, "failed", Reason.RUN_REFUSED, declared))
        return
    known = promotion.started or StartedRun(file)
    newest = max((run.id for run in desk.forge.started_runs(desk.repo, file, branch)), default=0)
    desk.lease.check()
    begun = replace(known, begun_at=desk.survey.clock(), after=newest)
    promotion = replace(promotion, started=begun)
    desk.save(promotion)
    wanted = {name: said for name, said in _inputs(desk, promotion).items() if name in declared}
    try:
        run = desk.forge.start_workflow(desk.repo, file, branch, wanted)
    except (Missing, Rejected) as error:
        before = replace(promotion, started=known if known.strays else None)
        desk.save(ended(before, desk.now, "failed", Reason.RUN_REFUSED, error.message))
    except Transient as error:
        if not error.maybe_done:
            desk.save(replace(promotion, started=replace(known, begun_at=None)))
            raise
        log.warning("%s", error.message, extra={"action": "workflows.unanswered"})
    except OutsideError:
        desk.save(replace(promotion, started=replace(known, begun_at=None)))
        raise
    else:
        desk.save(
            replace(promotion, started=replace(begun, answered=True, run=run.id, url=run.url))
        )


def _declared(desk: Desk, file: str, branch: str) -> tuple[str, ...] | str:
    """The inputs that the workflow takes there; words where it cannot be started."""
    tip = desk.git.heads().get(branch)
    text = desk.git.read(tip, FOLDER + file) if tip is not None else None
    if text is None:
        return remarks.no_workflow(file, branch)
    inputs = dispatch_inputs(text)
    return remarks.no_dispatch(file, branch) if inputs is None else inputs


def _inputs(desk: Desk, promotion: Promotion) -> Mapping[str, str]:
    """What a workflow may ask to be told."""
    grant = desk.grant(promotion)
    tokens = {spoken(g): token for g, token in grant.tokens.items()} if grant is not None else {}
    named = {spoken(g): names for g, names in grant.permits.items()} if grant is not None else {}
    return {
        "stage": promotion.stage,
        "freight": str(promotion.freight),
        "promotion": promotion.id,
        "fence": ",".join(f"{group}={token}" for group, token in sorted(tokens.items())),
        "permit": ",".join(f"{g}={name}" for g, names in sorted(named.items()) for name in names),
    }

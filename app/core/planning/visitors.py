"""
Visitors: verifying jobs that run without a grant on what a locked stage landed before.

Somebody ran a check again. It disturbs whoever shares the lock, granted or not: it takes its
stage's permits, beyond them if need be, and gives them back when it has ended (`locking`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.core.evidence.matching import running
from app.core.evidence.promotion_evidence import WATCH, counting
from app.core.model.facts import CommitChecks
from app.core.model.lock_requests import HOLDING
from app.core.model.names import GroupName, Sha, StageName
from app.core.model.pipeline import Stage
from app.core.model.questions import CannotAsk
from app.core.model.records import ENDED, Promotion
from app.core.planning.actions import Action
from app.core.planning.lock_weights import wanted
from app.core.planning.locking import occupy
from app.core.planning.taking_themselves import uninvited
from app.core.state.ledger import Ledger, StageView


def visitors(ledger: Ledger) -> list[Action]:
    """
    What they take. Looked at are the commits whose checks may count for what each stage landed in
    the last 14 days and the records hold, and whatever landed of which a delivery told; who cannot
    be asked takes nothing new.

    Where a stage is, is asked at every sweep, what landed there n places before it in every n-th:
    so all of it is, and the sum grows with the logarithm of how much there is.
    """
    actions: list[Action] = []
    granted = {r.promotion for r in ledger.live if r.state in HOLDING}
    disturbing = _disturbing(ledger)
    for view in ledger.views.values():
        for landing in _landings(ledger, view) if view.stage.name in disturbing else ():
            if landing.promotion.id in granted:
                continue
            try:
                if _visited(ledger, landing):
                    actions += occupy(ledger, landing.promotion)
            except CannotAsk:
                continue
    return actions


def _disturbing(ledger: Ledger) -> set[StageName]:
    """The stages that have both a check and a lock, now or as what they landed began."""
    versions = (ledger.pipeline, *ledger.snapshot.pipelines.values())
    stages = [stage for version in versions for stage in version.stages.values()]
    locked = {s.name for s in stages if s.locks}
    locked |= {request.stage for request in ledger.snapshot.records.requests}
    return {s.name for s in stages if s.name in locked and s.verifies}


class _Landing(NamedTuple):
    """
    The newest *promotion* of a commit, its *stage* as it was for it, the lock *groups* that a job
    of it disturbs, how many landings it is *before* the one at which the stage is, and the commit
    *until* which its outputs lasted.
    """

    promotion: Promotion
    stage: Stage
    groups: tuple[GroupName, ...]
    before: int
    until: Sha | None


def _landings(ledger: Ledger, view: StageView) -> Iterator[_Landing]:
    """Those of a locked stage at which all has ended, the newest first."""
    newest = {p.landed: p for p in view.promotions if p.landed is not None and not p.adopted}
    oldest = ledger.snapshot.now - WATCH
    here = view.current.landed if view.current is not None else None
    before, next_one = 0, None
    for sha, promotion in reversed(newest.items()):
        before = before + 1 if sha != here else 0
        until, next_one = next_one if before else None, sha
        old = (promotion.landed_at or promotion.created_at) <= oldest
        if promotion.state not in ENDED or (old and sha not in ledger.snapshot.records.told):
            continue
        stage = ledger.known(promotion)
        if stage is None or not stage.verifies:
            continue
        groups = wanted(ledger, promotion)
        if groups:
            yield _Landing(promotion, stage, groups, before, until)


def _visited(ledger: Ledger, landing: _Landing) -> bool:
    promotion, rules = landing.promotion, landing.stage.verify
    groups, turn = landing.groups, max(landing.before, 1)
    if promotion.started is not None and promotion.started.suite:
        beside = ledger.heard(promotion.started.head, turn)
        if beside is not None and _goes_on(
            uninvited(ledger, beside, groups), promotion.started.suite
        ):
            return True
    own_app = ledger.snapshot.app_id
    for said in counting(ledger, promotion, turn, landing.until) if rules else ():
        if said is None or not running(rules, said.place, own_app):
            continue
        if running(rules, uninvited(ledger, said.place, groups), own_app):
            return True
    return False


def _goes_on(said: CommitChecks, suite: int) -> bool:
    """
    Tell whether a job of the run that we had started is running again. Where its suite says that it
    is over it is: its evidence reads that, too, and would give back what is taken here.
    """
    if any(
        suite_fact.id == suite and suite_fact.status == "completed" for suite_fact in said.suites
    ):
        return False
    return any(run.suite_id == suite and run.conclusion is None for run in said.runs)

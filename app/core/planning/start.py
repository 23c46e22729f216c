"""From passed gates to a write: the way of a promotion that has nothing on its branch yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.core.evidence.judge import Evidence
from app.core.evidence.matching import ACTIONS
from app.core.evidence.promotion_evidence import of_checks, of_content
from app.core.gates.clearance import Cleared, Stopped, clear
from app.core.gates.entry import entry_gates
from app.core.model.facts import CheckFact
from app.core.model.hand_edits import in_words
from app.core.model.records import Promotion
from app.core.model.renders import Clash, Rendered, StepProblem
from app.core.model.step_problems import said
from app.core.model.verdicts import Reason
from app.core.planning.actions import CreateBranch, Rerun
from app.core.planning.lock_queue import ask
from app.core.planning.locking import held
from app.core.planning.stage_plan import StagePlan, ended, landed, record, superseded, under_way
from app.core.remarks import promotions as remarks
from app.core.state.drift import clashing, fates, outcome, standing
from app.core.state.ledger import Ledger, StageView


def proceed(
    ledger: Ledger, view: StageView, promotion: Promotion, spend: tuple[int, ...] = ()
) -> StagePlan:
    """
    The next step of *promotion*, whose gates have passed.

    A row that is not stored yet is stored with its first step; *spend* are the orders it fulfils.
    """
    stage, snapshot = ledger.stage_terms(promotion), ledger.snapshot
    stored = promotion.id in ledger.promotion
    if not stage.writes:
        done = replace(
            ended(promotion, snapshot.now, "verified", Reason.VERIFIED), verified_at=snapshot.now
        )
        return StagePlan((record(done, spend=spend),))
    branch = ledger.branch(stage)
    if branch not in snapshot.tips:
        begin = () if stored else (record(promotion, spend=spend),)
        return StagePlan(
            (*begin, CreateBranch(branch, promotion)),
            verdict=under_way(promotion, Reason.BRANCH_MISSING, names=(branch,)),
        )
    match outcome(ledger, view, promotion):
        case None:
            return StagePlan(verdict=under_way(promotion, Reason.WRITING))
        case Clash() as clash:
            return StagePlan((record(_torn(ledger, view, promotion, clash), spend=spend),))
        case StepProblem() as problem:
            return StagePlan((record(_broken(ledger, promotion, problem), spend=spend),))
        case Rendered() as rendered:
            return _rendered(ledger, view, promotion, rendered, spend)


def _rendered(
    ledger: Ledger,
    view: StageView,
    promotion: Promotion,
    rendered: Rendered,
    spend: tuple[int, ...],
) -> StagePlan:
    stage = ledger.stage_terms(promotion)
    stored = promotion.id in ledger.promotion
    if rendered.in_sync:
        return in_sync(ledger, view, promotion, rendered, spend)
    if stage.via == "pull-request":
        return StagePlan((record(replace(promotion, state="in-review"), spend=spend),))
    if ledger.groups(promotion) and not held(view, promotion):
        if not stored or promotion.state != "locking":
            waiting = replace(promotion, state="locking", reason=Reason.LOCKING)
            return StagePlan(
                (record(waiting, spend=spend),), verdict=under_way(waiting, Reason.LOCKING)
            )
        return ask(ledger, view, promotion, entry_gates(ledger, view, promotion.freight))
    match clear(ledger, view, promotion):
        case Cleared() as leave:
            begin = () if stored else (record(promotion, spend=spend),)
            return StagePlan(begin, write=leave, verdict=under_way(promotion, Reason.WRITING))
        case Stopped() as stopped:
            return _stopped(ledger, view, promotion, stopped)


def _stopped(ledger: Ledger, view: StageView, promotion: Promotion, stopped: Stopped) -> StagePlan:
    """A write that something forbids by now; a row that is not stored yet is not begun."""
    if promotion.id not in ledger.promotion:
        return StagePlan(wakes=stopped.wakes)
    if stopped.reason == Reason.SUPERSEDED and view.current is not None:
        return StagePlan((record(superseded(ledger, promotion, view.current.freight)),))
    verdict = under_way(promotion, stopped.reason, gates=stopped.gates)
    return StagePlan(verdict=verdict, wakes=stopped.wakes)


def in_sync(
    ledger: Ledger,
    view: StageView,
    promotion: Promotion,
    rendered: Rendered,
    spend: tuple[int, ...] = (),
) -> StagePlan:
    """The stage holds this content already: no commit; what is known of the content decides."""
    tip = ledger.snapshot.tips[ledger.base(promotion)]
    promotion = replace(
        promotion,
        written=rendered.content,
        pure=rendered.pure,
        edits=fates(standing(ledger, view), rendered),
        pull=None,
    )
    if not ledger.stage_terms(promotion).verifies:
        return StagePlan((record(landed(ledger, promotion, tip, in_sync=True), spend=spend),))
    known = of_content(ledger, ledger.stage_terms(promotion), rendered.content)
    if known is None:
        return StagePlan(verdict=under_way(promotion, Reason.VERIFYING))
    evidence = known.evidence
    there = landed(ledger, replace(promotion, started=known.started), known.telling, in_sync=True)
    if evidence.outcome == "passed":
        done = ended(there, ledger.snapshot.now, "verified", Reason.IN_SYNC)
        there = replace(done, verified_at=evidence.at)
    elif evidence.outcome == "failed":
        now = ledger.snapshot.now
        there = ended(there, now, "failed", Reason.CHECK_FAILED, about=evidence.about)
    return StagePlan((record(there, spend=spend),))


def rerun(ledger: Ledger, view: StageView, promotion: Promotion) -> StagePlan:
    """
    `/retry` of what landed and failed: its failed checks run again, under the lock.

    Which runs are meant is stored before they are asked for: what ran after these is that re-run,
    whoever began it, also where its answer was lost and it has ended since. A workflow that we
    start ourselves is started anew, with the tokens of this grant.
    """
    if ledger.groups(promotion) and not held(view, promotion):
        return ask(ledger, view, promotion, ())
    evidence = of_checks(ledger, replace(promotion, rerun_at=None, reran=()))
    if evidence is None:
        return StagePlan(verdict=under_way(promotion, Reason.VERIFYING))
    verdict = under_way(promotion, Reason.VERIFYING)
    if not promotion.reran and evidence.outdated_by_rerun:
        meant = replace(promotion, reran=evidence.outdated_by_rerun)
        return StagePlan((record(meant),), verdict=verdict)
    now = ledger.snapshot.now
    again = replace(
        promotion, state="verifying", reason=Reason.VERIFYING, rerun_at=now, updated_at=now
    )
    return StagePlan((Rerun(again, rerunnable(evidence, promotion.reran)),), verdict=verdict)


def rerunnable(evidence: Evidence, meant: Collection[int]) -> tuple[CheckFact, ...]:
    """
    One failed check, of those that are *meant*, for each request that runs it again.

    Failed jobs of one workflow run are one request, and none where somebody has begun it already.
    """
    going = {run.suite_id for run in evidence.unfinished if run.suite_id}
    again: dict[tuple[int, int], CheckFact] = {}
    for run in evidence.failed:
        if run.id in meant and run.suite_id not in going:
            one_request = run.suite_id and run.app == ACTIONS
            again.setdefault((run.suite_id, 0 if one_request else run.id), run)
    return tuple(again.values())


def _torn(ledger: Ledger, view: StageView, promotion: Promotion, clash: Clash) -> Promotion:
    """People and the freight changed the same: neither is written, and the files are named."""
    edits = clashing(standing(ledger, view), clash)
    failed = ended(promotion, ledger.snapshot.now, "failed", Reason.DRIFT_CONFLICT, in_words(edits))
    return replace(failed, edits=edits)


def _broken(ledger: Ledger, promotion: Promotion, problem: StepProblem) -> Promotion:
    detail = remarks.step_problem(said(problem), problem.commit, problem.unchanged_since)
    reason = Reason.SOURCE_PROBLEM if problem.is_source else Reason.STEP_PROBLEM
    failed = ended(promotion, ledger.snapshot.now, "failed", reason, detail)
    return replace(failed, problem=problem.fingerprint)

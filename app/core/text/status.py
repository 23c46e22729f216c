"""The answer to `/stagelock status`: what each stage holds, and what is on its way to it."""

from __future__ import annotations

from app.core.model.names import StageName, short
from app.core.model.snapshot import Snapshot
from app.core.model.verdicts import Drift, Verdict
from app.core.planning.plan_result import Plan
from app.core.state.drift import shown
from app.core.state.ledger import Ledger, StageView
from app.core.state.rejections import standing
from app.core.text import blocks, holds, markup, minting
from app.core.text import pipeline_file as config_words
from app.core.text.hand_edits import sentence
from app.core.text.links import Site
from app.core.text.lock_table import board_table
from app.core.text.summaries import besides, needed, section
from app.core.text.titles import title

OVER = frozenset({"verified", "turned-away", "superseded", "unreached", "cancelled", "withdrawn"})


def status(snapshot: Snapshot, plan: Plan, site: Site) -> str:
    """The stage table, and the commits that wait for their checks before they are freight."""
    config = snapshot.config
    if config.pipeline is None:
        if config.status == "absent":
            return _absent(snapshot)
        return (
            "**To do:** fix `stagelock.yaml`: no valid version is in force, so nothing is "
            "promoted. The check `stagelock / config` says what is wrong."
        )
    ledger = Ledger(snapshot, config.pipeline)
    rows = [
        f"| {markup.code(name)} | {_at(ledger, view, site)}{_by_hand(shown(ledger, view))} "
        f"| {_coming(plan, name, site)} |"
        for name, view in ledger.views.items()
    ]
    table = "\n".join(("| stage | holds | on its way |", "|---|---|---|", *rows))
    if config.status == "absent":  # it was removed, or there are groups of the organisation alone
        table = _absent(snapshot)
    broken = (
        "**To do:** fix `stagelock.yaml`: it is invalid; the newest valid version stays in force. "
        "The check `stagelock / config` says what is wrong."
        if config.status == "invalid"
        else ""
    )
    waiting = "\n".join(f"- {minting.told(wait)}" for wait in plan.minting)
    held = holds.listed(h for name, h in ledger.holding.items() if name in ledger.views)
    blocked = blocks.listed(snapshot.records.blocks, site)
    locks = section("Locks", board_table(ledger.board, snapshot.permits, site))
    return "\n\n".join(
        p for p in (broken, _to_do(plan, ledger), table, waiting, held, blocked, locks) if p
    )


def _absent(snapshot: Snapshot) -> str:
    return (
        f"There is no `stagelock.yaml` on {markup.code(snapshot.default_branch)}: nothing is "
        f"promoted here. To begin: {markup.code('stagelock init')} in a clone proposes one."
    )


def _to_do(plan: Plan, ledger: Ledger) -> str:
    """What people must do, a line a stage; it comes first because it is the news."""
    verdicts = [(name, of_interest(plan, name)) for name in ledger.views]
    said = [
        (name, needed(named) or besides(named))
        for name, v in verdicts
        if v and v.phase not in OVER
        for named in (v._replace(named=True),)
    ]
    minted = (
        (f"{wait.warehouse} {short(wait.commit)}", minting.needed(wait)) for wait in plan.minting
    )
    own = ledger.snapshot.installation
    lacking = config_words.lacking(ledger.pipeline, own)
    wants = (*minted, *said)
    lines = [f"**To do:** {markup.code(name)}: {words}" for name, words in wants if words]
    return "\n".join(
        (*lines, *(f"**To do:** {markup.marked(problem.message)}" for problem in lacking))
    )


def of_interest(plan: Plan, stage: StageName) -> Verdict | None:
    """What people mean when they ask about *stage*: what is on its way, else what failed there."""
    verdicts = [v for v in plan.verdicts if v.stage == stage]
    moving = [v for v in verdicts if v.phase not in OVER]
    begun = [v for v in moving if v.promotion is not None and not v.promotion.ended]
    return next(iter((*begun, *moving, *verdicts)), None)


_KNOWN = frozenset({"verified", "failed", "revoked", "rejected"})


def _at(ledger: Ledger, view: StageView, site: Site) -> str:
    if view.current is None:
        return "nothing promoted yet"
    state = standing(ledger, view, view.current)
    return f"{site.freight(view.current.freight)}, {state if state in _KNOWN else 'not verified'}"


def _by_hand(drift: Drift | None) -> str:
    return f"; edited by hand: {sentence(drift.edits)}" if drift is not None else ""


def _coming(plan: Plan, stage: StageName, site: Site) -> str:
    verdict = of_interest(plan, stage)
    if verdict is None or verdict.phase in OVER:
        return ""
    # This stands anywhere: on a commit or pull request of another freight, too.
    return f"{site.freight(verdict.freight)}: {markup.escape(title(verdict._replace(named=True)))}"

"""`needs` and `needs-any`: the freight is verified upstream."""

from __future__ import annotations

from datetime import datetime

from app.core.gates.arrival import entered
from app.core.gates.gate import Entry, Gate
from app.core.model.names import FreightId
from app.core.model.questions import CannotAsk
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import recent
from app.core.state.rejections import turned_away_by

NAME = "needs"
_PASSED = Reason.PASSED  # looking a member up takes longer than all else here


def needs(entry: Entry) -> GateAnswer | None:
    """Verified in all of `needs`, or in any of `needs-any`, as far as is known."""
    ledger, view, freight, _, _ = entry
    stage = view.stage
    upstreams = stage.upstreams
    if not upstreams:
        return None
    for name in upstreams:
        recent(ledger, ledger.views[name], freight)
    missing = [n for n in upstreams if freight not in ledger.views[n].verified]
    if not missing or (stage.needs_any and len(missing) < len(stage.needs_any)):
        since = entered(entry)
        return GateAnswer(NAME, "pass", _PASSED, upstreams, since)
    failed = [n for n in missing if _failed(ledger, ledger.views[n], freight)]
    if failed and (not stage.needs_any or len(failed) == len(missing)):
        ends = [at for n in failed if (at := _failed_at(ledger, ledger.views[n], freight))]
        since = (max if stage.needs_any else min)(ends, default=None)
        return GateAnswer(NAME, "fail", Reason.UPSTREAM_FAILED, tuple(failed), since)
    since = ledger.minted_at(freight)
    return GateAnswer(
        NAME,
        "wait",
        Reason.UPSTREAM_UNVERIFIED,
        tuple(missing),
        since,
        any_of=bool(stage.needs_any),
    )


def _failed_at(ledger: Ledger, view: StageView, freight: FreightId) -> datetime | None:
    """When it failed there, or a rollback turned it away."""
    promotion = view.latest.get(freight)
    if promotion is not None and promotion.state == "failed":
        return promotion.ended_at
    back = turned_away_by(ledger, view, freight)
    return back.since if back is not None else None


def _failed(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    promotion = view.latest.get(freight)
    if promotion is not None and promotion.state == "failed":
        return True
    return view.back is not None and turned_away_by(ledger, view, freight) is not None


def _proven(entry: Entry) -> GateAnswer | None:
    """
    As `needs`; CannotAsk where the evidence that it passes by was asked for and has no answer: what
    was said before stays so, and begins nothing new. One of `needs-any` is enough.
    """
    answer, view = needs(entry), entry.view
    if answer is None or answer.state != "pass":
        return answer
    names = [n for n in view.stage.upstreams if entry.freight in entry.ledger.views[n].verified]
    silent = []
    for name in names:
        try:
            entry.ledger.proves(name, entry.freight)
        except CannotAsk as error:
            silent.append(error)
    if silent and (view.stage.needs or len(silent) == len(names)):
        raise silent[0]
    return answer


GATE = Gate(
    NAME,
    _proven,
    (Reason.UPSTREAM_UNVERIFIED, Reason.UPSTREAM_FAILED),
    opens_review=True,
    rollback_passes=True,
)

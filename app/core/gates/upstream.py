"""`needs` and `needs-any`: the freight is verified upstream."""

from __future__ import annotations

from datetime import datetime

from app.core.gates.arrival import entered
from app.core.gates.gate import Entry, Gate
from app.core.gates.orders import order_for
from app.core.model.names import FreightId, StageName
from app.core.model.questions import CannotAsk
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import recent
from app.core.state.rejections import turned_away_by

NAME = "needs"
_PASSED = Reason.PASSED  # looking a member up takes longer than all else here


def needs(entry: Entry) -> GateAnswer | None:
    """Verified in all of `needs`, or in any of `needs-any`, as far as is known."""
    ledger, freight = entry.ledger, entry.freight
    stage, upstreams = entry.terms, entry.upstreams
    if not upstreams:
        return None
    for name in upstreams:
        recent(ledger, ledger.views[name], freight)
    missing = [n for n in upstreams if freight not in ledger.views[n].verified]
    if not missing or (stage.needs_any and len(missing) < len(upstreams)):
        since = entered(entry)
        return GateAnswer(NAME, "pass", _PASSED, upstreams, since)
    failed = [n for n in missing if _failed(ledger.views[n], freight)]
    rejected = [n for n in missing if n not in failed and _rejected(ledger, n, freight)]
    gone = failed + rejected
    if gone and (not stage.needs_any or len(gone) == len(missing)):
        ends = [at for n in gone if (at := _gone_at(ledger, ledger.views[n], freight))]
        since = (max if stage.needs_any else min)(ends, default=None)
        if failed:
            return GateAnswer(NAME, "fail", Reason.UPSTREAM_FAILED, tuple(failed), since)
        # The first is the one where to name it: not where newer freight is.
        rejected.sort(key=lambda name: _passed(ledger, ledger.views[name], freight))
        return GateAnswer(NAME, "fail", Reason.UPSTREAM_REJECTED, tuple(rejected), since)
    since = ledger.minted_at(freight)
    return GateAnswer(
        NAME,
        "wait",
        Reason.UPSTREAM_UNVERIFIED,
        tuple(missing),
        since,
        any_of=bool(stage.needs_any),
    )


def _gone_at(ledger: Ledger, view: StageView, freight: FreightId) -> datetime | None:
    """When it failed there, or a rollback turned it away."""
    if _failed(view, freight):
        return view.latest[freight].ended_at
    back = turned_away_by(ledger, view, freight)
    return back.since if back is not None else None


def _failed(view: StageView, freight: FreightId) -> bool:
    promotion = view.latest.get(freight)
    return promotion is not None and promotion.state == "failed"


def _rejected(ledger: Ledger, name: StageName, freight: FreightId) -> bool:
    """A rollback turned it away there, and nobody has named it since."""
    view = ledger.views[name]
    if view.back is None or order_for(view, freight) is not None:
        return False
    return turned_away_by(ledger, view, freight) is not None


def _passed(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    return view.current is not None and ledger.newer(view.current.freight, freight)


def _proven(entry: Entry) -> GateAnswer | None:
    """
    As `needs`; CannotAsk where the evidence that it passes by was asked for and has no answer: what
    was said before stays so, and begins nothing new. One of `needs-any` is enough.
    """
    answer = needs(entry)
    if answer is None or answer.state != "pass":
        return answer
    names = [n for n in entry.upstreams if entry.freight in entry.ledger.views[n].verified]
    silent = []
    for name in names:
        try:
            entry.ledger.proves(name, entry.freight)
        except CannotAsk as error:
            silent.append(error)
    if silent and (entry.terms.needs or len(silent) == len(names)):
        raise silent[0]
    return answer


GATE = Gate(
    NAME,
    _proven,
    (Reason.UPSTREAM_UNVERIFIED, Reason.UPSTREAM_FAILED, Reason.UPSTREAM_REJECTED),
    opens_review=True,
    rollback_passes=True,
)

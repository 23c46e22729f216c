"""Where each freight of interest stands in a stage."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.core.gates.entry import entry_gates, first_open
from app.core.gates.orders import order_for, rolls_back
from app.core.model.names import FreightId
from app.core.model.questions import CannotAsk
from app.core.model.records import ENDED, Promotion
from app.core.model.subjects import names_of
from app.core.model.verdicts import Drift, GateAnswer, Phase, Reason, Verdict
from app.core.planning.containment import unknown, verdict_alone
from app.core.planning.eligibility import displaced_by, enters_again
from app.core.planning.lock_queue import queued
from app.core.planning.rolling_back import goes_back
from app.core.planning.stage_plan import StagePlan
from app.core.planning.tried_again import passed_by, untried
from app.core.state.drift import shown
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask, recent
from app.core.state.rejections import turned_away_by

KEEP = 3
"""How many of the newest freights are always of interest."""


_FAR = 1 << 30
"""The age of what is not on its line, for sorting: older than everything that is."""


def standings(ledger: Ledger, view: StageView, plan: StagePlan) -> list[Verdict]:
    """
    A verdict for each freight of interest, newest first.

    People are invited to start the newest freight only; older freight is started by naming it. Hand
    edits are shown with the newest freight, with what is on its way, and with what they changed.
    """
    verdicts = _standings(ledger, view, plan)
    drifted = _drifted(ledger, view)
    if drifted is None:
        return verdicts
    concerned = [
        promotion.freight for promotion in (view.current, view.inflight) if promotion is not None
    ]
    return [
        verdict._replace(drift=drifted) if not place or verdict.freight in concerned else verdict
        for place, verdict in enumerate(verdicts)
    ]


def _drifted(ledger: Ledger, view: StageView) -> Drift | None:
    try:
        return shown(ledger, view)
    except CannotAsk:
        return None


def _standings(ledger: Ledger, view: StageView, plan: StagePlan) -> list[Verdict]:
    said, verdicts = plan.verdict, []
    invited: FreightId | None = None
    for freight in _of_interest(ledger, view):
        if said is not None and said.freight == freight:
            verdicts.append(_with_request(ledger, view, said))
            continue
        verdict = verdict_alone(ledger, view, freight, _standing)
        if plan.unanswered is not None and verdict.reason is Reason.PASSED:
            verdict = unknown(view, freight, plan.unanswered)  # its first step cannot be decided
        if verdict.phase == "ready" and view.stage.queue == "latest":
            if invited is not None:
                verdict = Verdict(
                    view.stage.name, freight, "superseded", Reason.SUPERSEDED, by=invited
                )
            invited = invited or freight
        verdicts.append(verdict)
    return verdicts


def _of_interest(ledger: Ledger, view: StageView) -> list[FreightId]:
    current = view.current.freight if view.current is not None else None
    promotions = [*view.promotions[-KEEP:], view.inflight, view.current]
    wanted = [
        *islice(ledger.fresh(view.stage.freight, current), KEEP),
        *[order.freight for order in view.orders if order.freight],
        *[promotion.freight for promotion in promotions if promotion is not None],
        *_left(ledger, view),
        *_speaking(ledger, view),
    ]
    age_of = ledger.age
    ages = {f: _FAR if (age := age_of(f)) is None else age for f in wanted}
    return sorted(ages, key=ages.__getitem__)


def _left(ledger: Ledger, view: StageView) -> Iterator[FreightId]:
    """What the newest rollback turned away, of the freight that is known to have been here."""
    if view.back is not None:
        for freight in view.latest:
            if turned_away_by(ledger, view, freight) is not None:
                yield freight


def _speaking(ledger: Ledger, view: StageView) -> Iterator[FreightId]:
    """Freight whose run of this stage still promises something, or offers a command."""
    for sha in ledger.open_runs.get(view.stage.name, ()):
        freight = FreightId(view.stage.freight, sha)
        landed = [promotion.freight for promotion in view.promotions if promotion.landed == sha]
        yield from landed
        if ledger.minted_at(freight) is not None:
            yield freight
        elif not landed:
            ask(ledger, view.stage.name, landed=sha)  # its end says what became of it


# Looking a member up takes five times as long as a name of the module, and there are thousands.
_NOT_STARTED = Reason.NOT_STARTED
_STARTED_ANYWAY = frozenset({Reason.NOT_STARTED, Reason.ON_HOLD})
"""What a person's `/promote` passes."""


def _standing(ledger: Ledger, view: StageView, freight: FreightId) -> Verdict:
    promotion = recent(ledger, view, freight)
    if view.orders or view.back is not None:
        away = _coming_back(view, freight) or _rejected(ledger, view, freight, promotion)
        if away is not None:
            return away
    if promotion is not None and (
        promotion.state not in ENDED or not enters_again(ledger, view, promotion)
    ):
        return _of_row(ledger, view, promotion)
    name = view.stage.name
    if ledger.age(freight) is None:
        return Verdict(name, freight, "withdrawn", Reason.WITHDRAWN, promotion=promotion)
    ahead = _ahead(ledger, view, freight)
    if ahead is not None:
        return Verdict(
            name, freight, "superseded", Reason.SUPERSEDED, by=ahead, promotion=promotion
        )
    unreached = _unreached(ledger, view, freight)
    if unreached is not None:
        return unreached
    gates = entry_gates(ledger, view, freight)
    missing = first_open(gates)
    if missing is None:
        reason = Reason.BUSY if view.inflight else Reason.PASSED
        names = (view.inflight.freight.short,) if view.inflight else ()
        return Verdict(name, freight, "waiting", reason, gates, names)
    if missing.state == "fail":
        return Verdict(name, freight, "unreached", missing.reason, gates, missing.names)
    ready = missing.reason is _NOT_STARTED and (
        view.stage.via == "pull-request" or all(_would_pass(g) for g in gates)
    )
    if not ready and missing.reason is _NOT_STARTED:  # starting it would not be enough
        missing = next((g for g in gates if not _would_pass(g)), missing)
    untils = [g.until for g in gates if g.until is not None]
    phase: Phase = "ready" if ready else "waiting"
    verdict = Verdict(
        name, freight, phase, missing.reason, gates, missing.names, since=missing.since
    )
    return verdict._replace(wake_at=min(untils)) if untils else verdict


def _coming_back(view: StageView, freight: FreightId) -> Verdict | None:
    """A rollback to it was ordered and waits for the promotion under way; ignore its past."""
    word, promotion = rolls_back(view) if view.orders else None, view.inflight
    if word is None or promotion is None or word.freight != freight or promotion.freight == freight:
        return None
    names = (promotion.freight.short,)
    return Verdict(view.stage.name, freight, "waiting", Reason.BUSY, (), names, since=word.at)


def _would_pass(gate: GateAnswer) -> bool:
    """It passes, or would with a person's `/promote`."""
    return gate.state == "pass" or gate.reason in _STARTED_ANYWAY


def _rejected(
    ledger: Ledger, view: StageView, freight: FreightId, promotion: Promotion | None
) -> Verdict | None:
    """
    A rollback rejected it and nobody has named it since; what is under way is still to end by that,
    and failures keep their own reason.
    """
    if view.back is None or order_for(view, freight) is not None:
        return None
    back = turned_away_by(ledger, view, freight)
    if back is None or (promotion is not None and promotion.state not in _REJECTED):
        return None
    phase: Phase = (
        "turned-away" if promotion is not None and promotion.state == "verified" else "superseded"
    )
    names, since = (back.freight.short,), back.since
    verdict = Verdict(
        view.stage.name,
        freight,
        phase,
        Reason.TURNED_AWAY,
        names=names,
        since=since,
        promotion=promotion,
    )
    return verdict._replace(passed_by="newer" if passed_by(ledger, view, freight) else "")


_REJECTED = frozenset({"verified", "superseded"})


def _of_row(ledger: Ledger, view: StageView, promotion: Promotion) -> Verdict:
    phase: Phase = promotion.state
    if phase == "failed" and promotion.revoked_at is not None:
        phase = "revoked"
    freight, about, detail, ended = (
        promotion.freight,
        promotion.about,
        promotion.detail,
        promotion.state in ENDED,
    )
    # A row of older times has the names in its words only: they are shown as they are.
    names = (detail,) if detail and promotion.reason in _NAMING else ()
    verdict = Verdict(  # by place: by name it takes twice as long
        promotion.stage,
        freight,
        phase,
        _REASONS[promotion.reason] if promotion.reason else Reason.WRITING,
        () if ended else entry_gates(ledger, view, freight),
        names_of(about) if about else names,
        detail,
        promotion.successor,
        promotion.verified_at or promotion.ended_at or promotion.created_at,
        promotion,
        about,
        untried(ledger, view, promotion) if ended else "",
        may_go_back=promotion.state == "failed" and goes_back(ledger, view, freight),
    )
    return verdict if view.request is None else _with_request(ledger, view, verdict)


_REASONS = {reason.value: reason for reason in Reason}


_NAMING = frozenset(
    {
        Reason.CHECK_FAILED,
        Reason.CHECK_UNFINISHED,
        Reason.CHECK_NOT_STARTED,
        Reason.REVOKED,
        Reason.UPSTREAM_REVOKED,
    }
)


def _with_request(ledger: Ledger, view: StageView, verdict: Verdict) -> Verdict:
    request = view.request
    promotion = verdict.promotion
    if (
        verdict.request is not None
        or request is None
        or promotion is None
        or request.promotion != promotion.id
    ):
        return verdict
    return queued(ledger, verdict, request)


def _ahead(ledger: Ledger, view: StageView, freight: FreightId) -> FreightId | None:
    """Newer freight that this stage is at, or is bringing in for good."""
    current, promotion = view.current, view.inflight
    if current is not None and ledger.newer(current.freight, freight):
        return current.freight
    if (
        promotion is not None
        and ledger.newer(promotion.freight, freight)
        and view.stage.queue == "latest"
    ):
        return promotion.freight
    return None if freight in view.latest else displaced_by(ledger, view, freight)


def _unreached(ledger: Ledger, view: StageView, freight: FreightId) -> Verdict | None:
    """Every way through the upstreams was taken over by newer freight."""
    overtaken = []
    for name in view.stage.upstreams:
        upstream = ledger.views[name]
        if freight in upstream.verified:
            continue
        promotion = recent(ledger, upstream, freight)
        if promotion is not None and (promotion.state == "failed" or not promotion.ended):
            continue
        ahead = _ahead(ledger, upstream, freight)
        if ahead is not None:
            overtaken.append(ahead)
    needed = 1 if view.stage.needs else len(view.stage.needs_any)
    if not needed or len(overtaken) < needed:
        return None
    return Verdict(view.stage.name, freight, "superseded", Reason.SUPERSEDED, by=overtaken[0])

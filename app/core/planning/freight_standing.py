"""Where each freight of interest stands in a stage, and first contact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from app.core.gates.entry import entry_gates, first_open
from app.core.gates.foreign_content import is_empty
from app.core.gates.orders import order_for, rolls_back
from app.core.model.names import FreightId
from app.core.model.questions import CannotAsk
from app.core.model.records import ENDED, Freight, Promotion
from app.core.model.subjects import names_of
from app.core.model.verdicts import Drift, GateAnswer, Phase, Reason, Verdict
from app.core.planning.actions import Mint
from app.core.planning.containment import unknown, verdict_alone
from app.core.planning.eligibility import displaced_by, enters_again
from app.core.planning.lock_queue import queued
from app.core.planning.rolling_back import goes_back, last_word
from app.core.planning.stage_plan import StagePlan, ended, new_promotion, record
from app.core.state.drift import shown
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask, recent
from app.core.state.rejections import turned_away_by

KEEP = 3
"""How many of the newest freights are always of interest."""


def adopt(ledger: Ledger, view: StageView) -> StagePlan | None:
    """First contact: content that some freight explains makes the stage *at* that freight."""
    snapshot, name = ledger.snapshot, view.stage.name
    if view.current is not None or view.inflight is not None or not view.stage.writes:
        return None
    if is_empty(ledger, view):
        return None
    freight = ledger.adoptable(name)
    tip = snapshot.tips.get(ledger.branch(view.stage))
    if freight is None or tip is None:
        return None
    row = ended(
        new_promotion(ledger, view, freight, "waiting"), snapshot.now, "superseded", Reason.ADOPTED
    )
    there = replace(
        row,
        landed=tip,
        landed_at=snapshot.now,
        adopted=True,
        started_by="",
        written=snapshot.contents.get(name, ()),
        pure=snapshot.contents.get(name, ()),
    )
    minted = () if ledger.minted_at(freight) else (Mint(Freight(freight, snapshot.now)),)
    return StagePlan((*minted, record(there)))


_FAR = 1 << 30
"""The age of what is not on its line, for sorting: older than everything that is."""


def standings(ledger: Ledger, view: StageView, plan: StagePlan) -> list[Verdict]:
    """
    A verdict for each freight of interest, newest first.

    People are invited to start the newest freight only; older freight is started by naming it. Hand
    edits are shown with the newest freight, with what is on its way, and with what they changed.
    """
    found = _standings(ledger, view, plan)
    drifted = _drifted(ledger, view)
    if drifted is None:
        return found
    concerned = [row.freight for row in (view.current, view.inflight) if row is not None]
    return [
        verdict._replace(drift=drifted) if not place or verdict.freight in concerned else verdict
        for place, verdict in enumerate(found)
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
        found = verdict_alone(ledger, view, freight, _standing)
        if plan.unanswered is not None and found.reason is Reason.PASSED:
            found = unknown(view, freight, plan.unanswered)  # its first step cannot be decided
        if found.phase == "ready" and view.stage.queue == "latest":
            if invited is not None:
                found = Verdict(
                    view.stage.name, freight, "superseded", Reason.SUPERSEDED, by=invited
                )
            invited = invited or freight
        verdicts.append(found)
    return verdicts


def _of_interest(ledger: Ledger, view: StageView) -> list[FreightId]:
    current = view.current.freight if view.current is not None else None
    rows = [*view.promotions[-KEEP:], view.inflight, view.current]
    wanted = [
        *islice(ledger.fresh(view.stage.freight, current), KEEP),
        *[order.freight for order in view.orders if order.freight],
        *[row.freight for row in rows if row is not None],
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
    for sha in ledger.speaking.get(view.stage.name, ()):
        freight = FreightId(view.stage.freight, sha)
        landed = [row.freight for row in view.promotions if row.landed == sha]
        yield from landed
        if ledger.minted_at(freight) is not None:
            yield freight
        elif not landed:
            ask(ledger, view.stage.name, landed=sha)  # its end says what became of it


# Looking a member up takes five times as long as a name of the module, and there are thousands.
_UPSTREAM_FAILED, _NOT_STARTED = Reason.UPSTREAM_FAILED, Reason.NOT_STARTED
_STARTED_ANYWAY = frozenset({Reason.NOT_STARTED, Reason.ON_HOLD})
"""What a person's `/promote` passes."""


def _standing(ledger: Ledger, view: StageView, freight: FreightId) -> Verdict:
    row = recent(ledger, view, freight)
    if view.orders or view.back is not None:
        away = _coming_back(view, freight) or _rejected(ledger, view, freight, row)
        if away is not None:
            return away
    if row is not None and (row.state not in ENDED or not enters_again(ledger, view, row)):
        return _of_row(ledger, view, row)
    name = view.stage.name
    if ledger.age(freight) is None:
        return Verdict(name, freight, "withdrawn", Reason.WITHDRAWN, promotion=row)
    ahead = _ahead(ledger, view, freight)
    if ahead is not None:
        return Verdict(name, freight, "superseded", Reason.SUPERSEDED, by=ahead, promotion=row)
    unreached = _unreached(ledger, view, freight)
    if unreached is not None:
        return unreached
    gates = entry_gates(ledger, view, freight)
    missing = first_open(gates)
    if missing is None:
        reason = Reason.BUSY if view.inflight else Reason.PASSED
        names = (view.inflight.freight.short,) if view.inflight else ()
        return Verdict(name, freight, "waiting", reason, gates, names)
    if missing.reason is _UPSTREAM_FAILED:
        return Verdict(name, freight, "unreached", missing.reason, gates, missing.names)
    ready = missing.reason is _NOT_STARTED and (
        view.stage.via == "pull-request" or all(_would_pass(g) for g in gates)
    )
    if not ready and missing.reason is _NOT_STARTED:  # starting it would not be enough
        missing = next((g for g in gates if not _would_pass(g)), missing)
    untils = [g.until for g in gates if g.until is not None]
    phase: Phase = "ready" if ready else "waiting"
    found = Verdict(name, freight, phase, missing.reason, gates, missing.names, since=missing.since)
    return found._replace(wake_at=min(untils)) if untils else found


def _coming_back(view: StageView, freight: FreightId) -> Verdict | None:
    """A rollback to it was ordered and waits for the promotion under way; ignore its past."""
    word, row = rolls_back(view) if view.orders else None, view.inflight
    if word is None or row is None or word.freight != freight or row.freight == freight:
        return None
    names = (row.freight.short,)
    return Verdict(view.stage.name, freight, "waiting", Reason.BUSY, (), names, since=word.at)


def _would_pass(gate: GateAnswer) -> bool:
    """It passes, or would with a person's `/promote`."""
    return gate.state == "pass" or gate.reason in _STARTED_ANYWAY


def _rejected(
    ledger: Ledger, view: StageView, freight: FreightId, row: Promotion | None
) -> Verdict | None:
    """A rollback rejected it and nobody has named it since; failures keep their own reason."""
    if view.back is None or order_for(view, freight) is not None:
        return None
    back = turned_away_by(ledger, view, freight)
    if back is None or (row is not None and row.state in ("failed", "cancelled")):
        return None
    phase: Phase = "turned-away" if row is not None and row.state == "verified" else "superseded"
    names, since = (back.freight.short,), back.created_at
    found = Verdict(
        view.stage.name, freight, phase, Reason.TURNED_AWAY, names=names, since=since, promotion=row
    )
    return found._replace(passed_by="newer" if _passed_by(ledger, view, freight) else "")


def _of_row(ledger: Ledger, view: StageView, row: Promotion) -> Verdict:
    phase: Phase = row.state
    if phase == "failed" and row.revoked_at is not None:
        phase = "revoked"
    freight, about, detail, ended = row.freight, row.about, row.detail, row.state in ENDED
    # A row of older times has the names in its words only: they are shown as they are.
    names = (detail,) if detail and row.reason in _NAMING else ()
    found = Verdict(  # by place: by name it takes twice as long
        row.stage,
        freight,
        phase,
        _REASONS[row.reason] if row.reason else Reason.WRITING,
        () if ended else entry_gates(ledger, view, freight),
        names_of(about) if about else names,
        detail,
        row.successor,
        row.verified_at or row.ended_at or row.created_at,
        row,
        about,
        "newer" if ended and _passed_by(ledger, view, freight) and not last_word(view, row) else "",
        may_go_back=row.state == "failed" and goes_back(ledger, view, freight),
    )
    return found if view.request is None else _with_request(ledger, view, found)


def _passed_by(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    """The stage is at newer freight, or its commit left the branch: it cannot be retried."""
    age = ledger.age(freight)
    if age is None or view.current is None:
        return age is None
    here = ledger.age(view.current.freight)
    return here is not None and here < age


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
    row = verdict.promotion
    if verdict.request is not None or request is None or row is None or request.promotion != row.id:
        return verdict
    return queued(ledger, verdict, request)


def _ahead(ledger: Ledger, view: StageView, freight: FreightId) -> FreightId | None:
    """Newer freight that this stage is at, or is bringing in for good."""
    current, row = view.current, view.inflight
    if current is not None and ledger.newer(current.freight, freight):
        return current.freight
    if row is not None and ledger.newer(row.freight, freight) and view.stage.queue == "latest":
        return row.freight
    return None if freight in view.latest else displaced_by(ledger, view, freight)


def _unreached(ledger: Ledger, view: StageView, freight: FreightId) -> Verdict | None:
    """Every way through the upstreams was taken over by newer freight."""
    overtaken = []
    for name in view.stage.upstreams:
        upstream = ledger.views[name]
        if freight in upstream.verified:
            continue
        row = recent(ledger, upstream, freight)
        if row is not None and (row.state == "failed" or not row.ended):
            continue
        ahead = _ahead(ledger, upstream, freight)
        if ahead is not None:
            overtaken.append(ahead)
    needed = 1 if view.stage.needs else len(view.stage.needs_any)
    if not needed or len(overtaken) < needed:
        return None
    return Verdict(view.stage.name, freight, "superseded", Reason.SUPERSEDED, by=overtaken[0])

"""Which freight may enter a stage next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, takewhile
from math import inf

from app.core.gates.entry import ALIKE, entry_gates, opening_gates, passed
from app.core.gates.orders import order_for, starts
from app.core.model.names import FreightId, StageName
from app.core.model.records import Promotion
from app.core.model.verdicts import GateAnswer, Reason
from app.core.planning.planned_again import RETRYABLE, cause_is_gone
from app.core.state.drift import put_back
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask, latest
from app.core.state.rejections import turned_away_by


def pick(ledger: Ledger, view: StageView) -> FreightId | None:
    """
    The freight whose gates have all passed: the newest, or with `queue: all` the oldest.

    With a pull request, those gates that are asked before it opens.
    """
    for freight in _in_turn(ledger, view):
        if not enterable(ledger, view, freight):
            continue
        gates = asked(ledger, view, freight)
        if passed(gates):
            return freight
        if _alike(ledger, view, gates):
            return None
    return None


def _alike(ledger: Ledger, view: StageView, gates: tuple[GateAnswer, ...]) -> bool:
    """All further freight waits at one of *gates*, too, so it need not be examined."""
    if view.stage.name in ledger.snapshot.records.cut or view.latest or view.orders:
        return False
    return any(gate.state != "pass" and gate.gate in ALIKE for gate in gates)


def asked(ledger: Ledger, view: StageView, freight: FreightId) -> tuple[GateAnswer, ...]:
    """The gates that decide whether a promotion of *freight* begins."""
    if view.stage.via == "pull-request":
        return opening_gates(ledger, view, freight)
    return entry_gates(ledger, view, freight)


def pool(ledger: Ledger, view: StageView) -> Iterable[FreightId]:
    """
    Freight not older than what the stage is at that came through an upstream, newest first.

    What the stage is at may enter again where `enterable` says so, and by nothing else: what was
    adopted unverified, what ended without a word on its freight (its stage was removed meanwhile,
    its evidence upstream taken back), what a person wants back instead of hand edits.
    """
    stage, current = view.stage, view.current
    again = (current.freight,) if current is not None else ()
    if stage.upstreams:
        through = _through(ledger, view, again)
        return chain(_skipping(ledger, view, again), through) if view.orders else through
    return chain(ledger.fresh(stage.freight, current.freight if current else None), again)


def _skipping(ledger: Ledger, view: StageView, again: tuple[FreightId, ...]) -> Iterator[FreightId]:
    """What a person has skip the gates, no older than what is there: verified upstream or not."""
    freights = {o.freight for o in view.orders if o.skips and o.freight is not None}
    ages = {freight: age for freight in freights if (age := ledger.age(freight)) is not None}
    for freight in sorted(ages, key=ages.__getitem__):
        if view.current is None or freight in again or ledger.newer(freight, view.current.freight):
            yield freight


def _through(ledger: Ledger, view: StageView, again: tuple[FreightId, ...]) -> Iterable[FreightId]:
    """Freight verified upstream, as far as it is loaded; the last step requests older rows."""
    stage, current, age_of = view.stage, view.current, ledger.age
    here = age_of(current.freight) if current else None
    floor = inf if here is None else here
    able = {
        f: age
        for name in stage.upstreams
        for f in ledger.views[name].verified
        if (age := age_of(f)) is not None and (age < floor or f in again)
        if f.warehouse == stage.freight
    }
    freights = sorted(able, key=able.__getitem__)
    known = {n: age for n in stage.upstreams if (age := ledger.known_back(n)) is not None}
    return _as_known(ledger, freights, known, floor) if known else freights


def _as_known(
    ledger: Ledger, freights: list[FreightId], known: Mapping[StageName, int], floor: float
) -> Iterator[FreightId]:
    """
    As much of *freights* as lies where all upstreams are known; then older freight is asked for.
    """
    far = min(known.values())
    yield from takewhile(lambda f: (ledger.age(f) or 0) <= far, freights)
    for name, age in known.items():
        if age < floor:
            ask(ledger, name)


def enterable(ledger: Ledger, view: StageView, freight: FreightId) -> bool:
    """Tell whether nothing that happened here before forbids another attempt of *freight*."""
    before = latest(ledger, view, freight)
    if before is not None:
        return enters_again(ledger, view, before)
    if turned_away_by(ledger, view, freight) is not None:
        return order_for(view, freight) is not None
    return displaced_by(ledger, view, freight) is None


def enters_again(ledger: Ledger, view: StageView, before: Promotion) -> bool:
    """As `enterable`, of freight whose newest attempt in the stage is *before*."""
    freight = before.freight
    if view.back is not None and turned_away_by(ledger, view, freight) is not None:
        return order_for(view, freight) is not None
    if before.state == "verified":
        # Unless a force push dropped what it had written, or people changed it and want it back.
        return not ledger.holds(before) or put_back(ledger, view, freight)
    orders = [o for o in view.orders if o.freight == freight and starts(o, freight)]
    if before.leaves is not None and not orders:
        return False  # a rollback begins anew as one (`rolling_back`)
    match before.state:
        case "superseded" | "cancelled":
            return bool(orders) or before.reason in RETRYABLE or _successor_gone(ledger, before)
        case "failed":
            return any(o.verb == "retry" for o in orders) or cause_is_gone(ledger, before)
        case _:
            return False


_CANCELLED, _CANCELLED_EARLY = Reason.CANCELLED, Reason.CANCELLED_EARLY


def displaced_by(ledger: Ledger, view: StageView, freight: FreightId) -> FreightId | None:
    """
    What began here in the place of older *freight*, and was cancelled then: nothing older comes
    instead of it by itself. What was cancelled while it waited had taken nobody's place.
    """
    if view.stage.queue == "all":
        return None
    begun = (p for p in reversed(view.promotions) if p.reason != _CANCELLED_EARLY)
    last = next(begun, None)
    if last is None or last.reason != _CANCELLED or order_for(view, freight) is not None:
        return None
    return last.freight if ledger.newer(last.freight, freight) else None


def _successor_gone(ledger: Ledger, before: Promotion) -> bool:
    """What superseded it was withdrawn."""
    by = before.successor
    if before.reason != Reason.SUPERSEDED or by is None:
        return False
    return by.warehouse == before.freight.warehouse and ledger.age(by) is None


def _in_turn(ledger: Ledger, view: StageView) -> Iterable[FreightId]:
    freights = pool(ledger, view)
    if view.stage.queue == "all":
        return reversed(tuple(freights))
    return freights

"""
The gates: one small function each, freight x stage -> answer.

The lock is not among them: it is asked for when they have all passed, and they are asked again with
the grant in hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from app.core.gates.permissions import permission
from app.core.model.facts import Rendered
from app.core.model.names import FreightId
from app.core.model.records import Order, Promotion
from app.core.model.verdicts import GateAnswer, Reason
from app.core.state import drift
from app.core.state.ledger import Ledger, StageView
from app.core.state.past import ask, recent
from app.core.state.relocated import relocated

EMPTY_TEXT = '""'
"""How `scalars.spelled` writes a text without characters."""
EMPTY_TREES = (
    "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
)


def opening_gates(ledger: Ledger, view: StageView, freight: FreightId) -> tuple[GateAnswer, ...]:
    """What must pass before a pull request is opened: verified upstream, and started."""
    found = (permission(ledger, view), needs(ledger, view, freight), started(view, freight))
    return tuple(gate for gate in found if gate is not None)


def entry_gates(ledger: Ledger, view: StageView, freight: FreightId) -> tuple[GateAnswer, ...]:
    """All gates of *freight* in the stage, in the order in which people read them."""
    found = (
        permission(ledger, view),
        needs(ledger, view, freight),
        started(view, freight),
        soak(ledger, view, freight),
        hold(view, freight),
        at_most_every(ledger, view),
        content(ledger, view, freight),
    )
    others = tuple(answer for answer in found if answer is not None)
    unedited = hand_edits(ledger, view, freight, alone=passed(others))
    return others if unedited is None else (*others, unedited)


def passed(gates: tuple[GateAnswer, ...]) -> bool:
    """Tell whether every gate passed."""
    return all(g.state == "pass" for g in gates)


def first_open(gates: tuple[GateAnswer, ...]) -> GateAnswer | None:
    """The gate that it waits for: the first that has not passed."""
    return next((g for g in gates if g.state != "pass"), None)


def needs(ledger: Ledger, view: StageView, freight: FreightId) -> GateAnswer | None:
    """Verified in all of `needs`, or in any of `needs-any`."""
    stage = view.stage
    if not stage.upstreams:
        return None
    for name in stage.upstreams:
        recent(ledger, ledger.views[name], freight)
    missing = tuple(n for n in stage.upstreams if freight not in ledger.views[n].verified)
    if stage.needs_any:
        missing = missing if len(missing) == len(stage.needs_any) else ()
    if not missing:
        since = _entered(ledger, view, freight)
        return GateAnswer("needs", "pass", Reason.PASSED, stage.upstreams, since=since)
    failed = tuple(n for n in missing if _failed(ledger.views[n], freight))
    gone = failed if not stage.needs_any or len(failed) == len(missing) else ()
    if gone:
        return GateAnswer("needs", "fail", Reason.UPSTREAM_FAILED, gone)
    return GateAnswer(
        "needs",
        "wait",
        Reason.UPSTREAM_UNVERIFIED,
        missing,
        event=f"when {' and '.join(missing)} has verified it",
    )


def started(view: StageView, freight: FreightId) -> GateAnswer | None:
    """`auto: false` waits for a person's `/promote`."""
    if view.stage.auto:
        return None
    order = next((o for o in view.orders if starts(o, freight)), None)
    if order is not None:
        return GateAnswer("auto", "pass", Reason.PASSED, (f"@{order.actor}",), since=order.at)
    row = started_before(view, freight)
    if row is not None:
        return GateAnswer(
            "auto", "pass", Reason.PASSED, (f"@{row.started_by}",), since=row.created_at
        )
    return GateAnswer("auto", "wait", Reason.NOT_STARTED, event=f"/promote {view.stage.name}")


def starts(order: Order, freight: FreightId) -> bool:
    """Tell whether a person's *order* is for *freight* (`/retry` always names its freight)."""
    return order.freight == freight or (order.freight is None and order.verb == "promote")


def started_before(view: StageView, freight: FreightId) -> Promotion | None:
    """The attempt that a person started: under way, or to be planned again without being asked."""
    row = view.latest.get(freight)
    if row is None or not row.started_by:
        return None
    again = row.state == "failed" or row.reason == Reason.MOVED
    return row if again or not row.ended else None


def soak(ledger: Ledger, view: StageView, freight: FreightId) -> GateAnswer | None:
    """The shortest time between verification upstream and entry here."""
    stage = view.stage
    if not stage.soak:
        return None
    since = _entered(ledger, view, freight)
    if since is None:
        return GateAnswer("soak", "wait", Reason.SOAKING, event="counts from the verification")
    until = since + stage.soak
    if ledger.snapshot.now >= until:
        return GateAnswer("soak", "pass", Reason.PASSED, since=since)
    return GateAnswer("soak", "wait", Reason.SOAKING, since=since, until=until)


def hold(view: StageView, freight: FreightId) -> GateAnswer | None:
    """A person's "not now"; what a person starts passes it. None where the stage is not held."""
    held = view.hold
    if held is None:
        return None
    order = next((o for o in view.orders if starts(o, freight)), None)
    before = started_before(view, freight)
    by = order.actor if order else before.started_by if before else ""
    if by:
        return GateAnswer("hold", "pass", Reason.PASSED, (f"@{by}",), since=held.since)
    return GateAnswer(
        "hold",
        "wait",
        Reason.ON_HOLD,
        (f"@{held.by}",) if held.by else (),
        since=held.since,
        until=held.until,
        event=f"/resume {view.stage.name}",
        detail=held.reason,
    )


def at_most_every(ledger: Ledger, view: StageView) -> GateAnswer | None:
    """The shortest time between a landing and the next write here."""
    stage = view.stage
    if not stage.at_most_every:
        return None
    landings = (
        p.landed_at
        for p in reversed(view.promotions)
        if p.landed_at and not p.in_sync and not p.adopted and p.reason != Reason.LANDED_OTHERWISE
    )
    last = next(landings, None)
    if last is None:
        ask(ledger, stage.name)
        return GateAnswer("at-most-every", "pass", Reason.PASSED)
    until = last + stage.at_most_every
    if ledger.snapshot.now >= until:
        return GateAnswer("at-most-every", "pass", Reason.PASSED, since=last)
    return GateAnswer("at-most-every", "wait", Reason.TOO_SOON, since=last, until=until)


def content(ledger: Ledger, view: StageView, freight: FreightId) -> GateAnswer | None:
    """First contact: content that no freight explains is replaced only when a person says so."""
    if not foreign(ledger, view):
        return None
    if any(starts(o, freight) for o in view.orders) or started_before(view, freight):
        return GateAnswer("content", "pass", Reason.PASSED)
    event = f"/promote {view.stage.name} replaces it"
    files = ledger.snapshot.unexplained.get(view.stage.name, 0)
    values = tuple(mark for key, mark in _held(ledger, view) if key in _keys(view))
    if not files and values:
        return GateAnswer("content", "wait", Reason.FOREIGN_VALUE, values, event=event)
    names = (f"{files} file{'s' * (files != 1)}",) if files else ()
    return GateAnswer("content", "wait", Reason.FOREIGN_CONTENT, names, event=event)


def hand_edits(
    ledger: Ledger, view: StageView, freight: FreightId, *, alone: bool
) -> GateAnswer | None:
    """
    `on-drift: block`: what people changed is replaced only when one of them says so.

    *alone*: every other gate has passed, so it is worth asking whether they changed it to just
    what the freight gives.
    """
    if not drift.blocked(ledger, view):
        return None
    row = view.latest.get(freight)
    words = [o.over for o in view.orders if starts(o, freight)]
    if row is not None and (not row.ended or started_before(view, freight) is row):
        words.append(row.over)
    if any(drift.agreed(ledger, view, over) for over in words):
        return GateAnswer("drift", "pass", Reason.PASSED)
    if alone:
        found = ledger.render(view.stage.name, freight)
        if isinstance(found, Rendered) and found.in_sync:
            return GateAnswer("drift", "pass", Reason.PASSED)
    names = tuple(edit.place for edit in drift.standing(ledger, view))
    event = f"/promote {view.stage.name} replaces it"
    return GateAnswer("drift", "wait", Reason.DRIFT, names, event=event)


def foreign(ledger: Ledger, view: StageView) -> bool:
    """The stage holds content, we never brought any, and no freight explains it."""
    if view.current is not None or not view.stage.writes:
        return False
    if is_empty(ledger, view) or ledger.adoptable(view.stage.name) is not None:
        return False
    return not _written_by_us(ledger, view)


def _written_by_us(ledger: Ledger, view: StageView) -> bool:
    """
    It is just what a promotion of ours wrote here, or in the folder that the stage had before: its
    freight was withdrawn, or is none by the rules of today, and nobody's work is in it.
    """
    there = ledger.snapshot.contents.get(view.stage.name, ())
    ask(ledger, view.stage.name, content=there)
    rows = (row for row in view.promotions if row.landed is not None and not row.adopted)
    return any(row.written == there or relocated(view.stage, row.written, there) for row in rows)


def is_empty(ledger: Ledger, view: StageView) -> bool:
    """No output holds anything: a folder without files, a key that is null or an empty text."""
    return not any(True for _ in _held(ledger, view))


def _held(ledger: Ledger, view: StageView) -> Iterator[tuple[str, str]]:
    """The outputs that hold something, with what they hold."""
    for output, mark in ledger.snapshot.contents.get(view.stage.name, ()):
        if mark and mark != EMPTY_TEXT and not mark.endswith(EMPTY_TREES):
            yield output, mark


def _keys(view: StageView) -> frozenset[str]:
    return frozenset(str(o) for o in view.stage.outputs if o.key is not None)


def _entered(ledger: Ledger, view: StageView, freight: FreightId) -> datetime | None:
    """When the soak began: the last of `needs`, the first of `needs-any`, else the minting."""
    stage = view.stage
    if not stage.upstreams:
        return ledger.minted_at(freight)
    times = [
        at
        for name in stage.upstreams
        if (at := ledger.views[name].verified.get(freight)) is not None
    ]
    if stage.needs_any:
        return min(times, default=None)
    return max(times) if len(times) == len(stage.needs) else None


def _failed(view: StageView, freight: FreightId) -> bool:
    row = view.latest.get(freight)
    return row is not None and row.state == "failed"

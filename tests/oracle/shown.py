"""What must be visible, or done, once nothing disturbs the App: (key, sentence) while it is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.oracle import leave, rollbacks, started
from tests.oracle.moment import Moment
from tests.oracle.pipeline import House, Spot, fires

if TYPE_CHECKING:
    from app.core.model.records import Freight, Promotion

WATCHED = timedelta(days=14)
SLACK = timedelta(minutes=10)
MOST = 8
"""rule R30: so many runs of ours are made on a commit at once."""


def owing(
    moment: Moment,
    titles: Callable[[str], Sequence[tuple[str, str]]],
    changed: Callable[[str], Sequence[str]],
) -> Iterator[tuple[str, str]]:
    """*titles* are our runs on a commit, (name, title); *changed* what a commit of a line changed."""
    last = {
        (promotion.stage, promotion.freight): promotion for promotion in moment.records.promotions
    }
    for row in last.values():
        spot = moment.plan.spots.get(row.stage)
        if spot is None:
            continue
        if not row.ended:
            yield from _reasons(row, titles(row.freight.sha))
        elif row.state == "verified" and _outlived(moment, row, spot):
            words = f"V16: {row.freight.short} failed in {row.stage}, which goes on saying verified"
            yield f"revoked {row.id}", words
        if row.state == "verifying" and _overdue(moment, row):
            words = f"V18: {row.freight.short} is verifying in {row.stage} after its timeout"
            yield f"overdue {row.id}", words
        elif row.state == "failed" and _recovered(moment, row, spot):
            words = f"V12: {row.freight.short} passed in {row.stage} after all, and is still failed"
            yield f"recovered {row.id}", words
    yield from leave.owing(moment)
    yield from rollbacks.owing(moment)
    yield from started.owing(moment)
    for spot in moment.plan.spots.values():
        yield from _stuck(moment, spot)
    for house in moment.plan.houses.values():
        if not house.checks:
            yield from _unminted(moment, house, changed)


def _reasons(row: Promotion, ours: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """rule T5: everything unfinished says why."""
    titles = [title for name, title in ours if name == f"stagelock / {row.stage}"]
    if (not titles and len(ours) < MOST) or (titles and not titles[-1].strip()):
        words = f"T5: {row.freight.short} is {row.state} in {row.stage}, and no run says why"
        yield f"silent {row.id}", words


def _outlived(moment: Moment, row: Promotion, spot: Spot) -> bool:
    """rules V15, V16: its evidence failed while a stage below still waits for it."""
    house = moment.plan.houses.get(spot.house)
    line = moment.lines.get(house.branch) if house else None
    if not spot.verifies or line is None or line.place(row.freight.sha) is None:
        return False
    if rollbacks.turned_away(moment, spot.name, row.freight) is not None:
        return False  # it verifies nothing any more
    if row.verified_at is None or moment.now > row.verified_at + WATCHED:
        return False
    waits = [
        below
        for below in moment.plan.below(spot.name)
        if not any(
            there.freight == row.freight or line.newer(there.freight.sha, row.freight.sha)
            for there in moment.records.promotions
            if there.stage == below.name and (there.landed or there.state == "verified")
        )
    ]
    return bool(waits) and moment.answers(row) == {"fail"}


def _overdue(moment: Moment, row: Promotion) -> bool:
    """rules V18, V19; some minutes are left for the end of what is cancelled."""
    since = max((at for at in (row.landed_at, row.rerun_at) if at), default=None)
    spots = moment.spots(row)
    if since is None or row.in_sync or row.errors_since or not spots:
        return False
    return moment.now > since + max(spot.timeout for spot in spots) + SLACK


def _recovered(moment: Moment, row: Promotion, spot: Spot) -> bool:
    """
    rule V12: what the stage is at failed, and a re-run passed. Where the freight was revoked
    upstream since, the rules do not say what becomes of it: nothing is demanded.
    """
    if not all(moment.may_be_verified(up, row.freight) for up in spot.upstreams):
        return False
    newest = moment.rows(row.stage)[-1:] == [row]
    house = moment.plan.houses.get(spot.house)
    line = moment.lines.get(house.branch) if house else None
    here = line is not None and line.place(row.freight.sha) is not None
    if not newest or not here or not spot.verifies or row.landed_at is None:
        return False
    return moment.now < row.landed_at + WATCHED and moment.answers(row) == {"pass"}


def _stuck(moment: Moment, spot: Spot) -> Iterator[tuple[str, str]]:
    """
    rules F8, G1, I17: nothing is missing for the newest freight, nobody else is under way there, and
    it does not even wait. Whether it then lands is judged at rest, or by its own rules.
    """
    house = moment.plan.houses.get(spot.house)
    line = moment.lines.get(house.branch) if house else None
    rows = [promotion for promotion in moment.records.promotions if promotion.stage == spot.name]
    held = any(hold.stage == spot.name for hold in moment.records.holds)
    if line is None or not spot.auto or held or any(not row.ended for row in rows):
        return
    freights = [f for f in moment.records.freights if f.id.warehouse == spot.house]
    ready = [f for f in freights if line.place(f.id.sha) is not None and _ready(moment, spot, f)]
    newest = min(ready, key=lambda f: line.place(f.id.sha) or 0, default=None)
    if newest is None or any(row.freight == newest.id for row in rows) or _foreign(moment, spot):
        return
    if any(line.newer(row.freight.sha, newest.id.sha) for row in rows):
        return
    words = f"I17: nothing is missing for {newest.id.short} in {spot.name}, and it does not enter"
    yield f"stuck {spot.name} {newest.id}", words


def _foreign(moment: Moment, spot: Spot) -> bool:
    """rules A4, D5: people's content is there, which may have to be waited for."""
    landings = moment.rows(spot.name)
    tip = moment.tips.get(spot.branch)
    if not spot.writes or tip is None:
        return False
    if not landings or not landings[-1].landed:
        return True
    last = str(landings[-1].landed)
    return any(
        moment.at(last, o.path, o.key) != moment.at(tip, o.path, o.key) for o in spot.outputs
    )


def _ready(moment: Moment, spot: Spot, freight: Freight) -> bool:
    """Whichever way the rules are read, all of its upstreams have verified it, and it has soaked."""
    if moment.blocked(freight.id):
        return False
    since = [freight.minted_at] if not spot.upstreams else []
    for up in spot.upstreams:
        rows = [r for r in moment.records.promotions if (r.stage, r.freight) == (up, freight.id)]
        above = moment.plan.spots[up]
        sure = rows and (not above.writes or moment.answers(rows[-1]) == {"pass"})
        if rollbacks.turned_away(moment, up, freight.id) is not None:
            return False
        if sure and rows[-1].state == "verified" and rows[-1].verified_at:
            since.append(rows[-1].verified_at)
        else:
            return False
    landed = [row.landed_at for row in moment.rows(spot.name) if row.landed_at]
    if spot.approve:
        return False  # whose leave counts is judged where it enters
    if spot.every and landed and moment.now <= max(landed) + spot.every + SLACK:
        return False
    if not spot.always_open(moment.now - moment.apart - SLACK, moment.now):
        return False
    return moment.now > max(since) + spot.soak + SLACK


def _unminted(
    moment: Moment, house: House, changed: Callable[[str], Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """rules M1, M11: without checks the newest commit that fires is freight, but for our own."""
    line = moment.lines.get(house.branch)
    known = {f.id.sha for f in moment.records.freights if f.id.warehouse == house.name}
    ours = {promotion.landed for promotion in moment.records.promotions}
    for sha in line.commits if line else ():
        if sha in known:
            return
        if sha not in ours and fires(moment.plan, house, list(changed(sha))):
            yield f"unminted {sha}", f"M1: {sha[:7]} fires {house.name}, and is not minted"
            return

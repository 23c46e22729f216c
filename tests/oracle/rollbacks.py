"""Rollbacks: what they may write, what they turn away, and the hold that follows (rules K1 to K7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tests.oracle.moment import Moment
from tests.oracle.words import ASKING, of_stage

if TYPE_CHECKING:
    from app.core.model.names import FreightId
    from app.core.model.records import Promotion
    from tests.oracle.lines import Line
    from tests.oracle.pipeline import Output, Spot

BACK = ("rollback", "retry")
"""A rollback that ended is tried again by `/retry` (rule K10)."""


def goes_back(row: Promotion) -> bool:
    """It says that it is one. What wrote older freight and does not say so broke rule Q5."""
    return row.leaves is not None


def entering(moment: Moment, row: Promotion) -> list[str]:
    """*row*'s stage is written now: by a rollback, or by what none turned away."""
    if goes_back(row):
        return _coming_back(moment, row)
    back = turned_away(moment, row.stage, row.freight, but=row)
    if back is None or _named_since(moment, row, back):
        return []
    return [f"K4: {row.freight.short} enters {row.stage}, which a rollback turned away"]


def _coming_back(moment: Moment, row: Promotion) -> list[str]:
    """rules C22, C23, K7."""
    name = f"{row.freight.short} comes back in {row.stage}"
    wrong = []
    if not of_stage(moment.words, row.stage, *BACK):
        wrong.append(f"C22: {name}, and nobody who may asked for that")
    if moment.blocked(row.freight):
        wrong.append(f"C23: {name}, and it is blocked")
    if not _proofs(moment, row):
        wrong.append(f"K7: {name}, and never was there")
    here = next((r for r in reversed(moment.rows(row.stage)) if r.id != row.id), None)
    line = _line(moment, row.stage)
    if here is None or line is None or line.place(here.freight.sha) is None:
        return wrong
    if not line.newer(here.freight.sha, row.freight.sha) and _there(moment, here):
        wrong.append(f"K7: {name}, which is at {here.freight.short}: that is no newer")
    return wrong


def _proofs(moment: Moment, row: Promotion) -> list[Promotion]:
    """By which it may have been verified there before."""
    rows = moment.rows(row.stage, row.freight)
    return [r for r in rows if r.id != row.id and not r.adopted and moment.was_before(r.id, row.id)]


def recorded(moment: Moment, row: Promotion, spot: Spot) -> list[tuple[Output, list[object]]]:
    """rule K1: for each output what a rollback may write there: as it was, not computed anew."""
    landings = [str(proof.landed) for proof in _proofs(moment, row)]
    return [(out, [moment.at(sha, out.path, out.key) for sha in landings]) for out in spot.outputs]


def standing(moment: Moment, stage: str) -> list[Promotion]:
    """
    What *stage* is at may not be older than these: "An older freight never overwrites a newer one,
    except by rollback" (rule Q5). What landed before a rollback that is on the branch was left.
    """
    rows = moment.rows(stage)
    backs = [at for at, row in enumerate(rows) if goes_back(row) and _there(moment, row)]
    return rows[backs[-1] :] if backs else rows


def turned_away(
    moment: Moment, stage: str, freight: FreightId, but: Promotion | None = None
) -> Promotion | None:
    """
    rule K4: the rollback that surely turned *freight* away from *stage*, if it was not brought there
    again since (by another than *but*): it is newer than what came back, and no newer than what had
    landed there last. A rollback says so while what it wrote is on the branch: after a later one, too.
    """
    rows = [promotion for promotion in moment.records.promotions if promotion.stage == stage]
    for at in reversed(range(len(rows))):
        if any(r.freight == freight for r in rows[at + 1 :] if but is None or r.id != but.id):
            return None
        if but is not None and but in rows[:at]:
            continue
        if _speaks(moment, rows[at]) and _turns_away(moment, rows[: at + 1], freight):
            return rows[at]
    return None


def asked_for(moment: Moment, stage: str, freight: FreightId) -> bool:
    """
    rule K4: somebody's word to roll *stage* back, which has not begun yet, turns *freight* away: it is
    newer than what is to come back.
    """
    line = _line(moment, stage)
    words = (o for o in moment.records.orders if (o.stage, o.verb) == (stage, "rollback"))
    return line is not None and any(
        word.freight is not None and line.newer(freight.sha, word.freight.sha) for word in words
    )


def _turns_away(moment: Moment, rows: Sequence[Promotion], freight: FreightId) -> bool:
    """The last of *rows*, a rollback, turned *freight* away when it began."""
    line = _line(moment, rows[-1].stage)
    before = [row for row in rows[:-1] if row.landed]
    if line is None or not before or not _there(moment, before[-1]):
        return False
    left, sha = before[-1].freight, freight.sha
    newer = line.newer(sha, rows[-1].freight.sha)
    return newer and (freight == left or line.newer(left.sha, sha))


def _speaks(moment: Moment, row: Promotion) -> bool:
    """From its beginning, and while what it wrote is on the branch."""
    return goes_back(row) and (not row.ended or _there(moment, row))


def _there(moment: Moment, row: Promotion) -> bool:
    spots = moment.spots(row)
    return bool(spots) and all(moment.reachable(row, spot) for spot in spots)


def _line(moment: Moment, stage: str) -> Line | None:
    spot = moment.plan.spots.get(stage)
    house = moment.plan.houses.get(spot.house) if spot else None
    return moment.lines.get(house.branch) if house else None


def _named_since(moment: Moment, row: Promotion, back: Promotion) -> bool:
    """rule K5: a person may have named it after the rollback; what came late may have any place."""
    since = _asked(moment, back)
    asks = of_stage(moment.words, row.stage, *ASKING)
    asks = [word for word in asks if word.can_mean(row.freight)]
    return any(not word.told or since is None or word.at >= since for word in asks)


def _asked(moment: Moment, back: Promotion) -> datetime | None:
    """The newest word that can have begun *back*."""
    seen = moment.first.get(back.id, moment.now)
    words = of_stage(moment.words, back.stage, *BACK)
    return max((word.at for word in words if word.at <= seen), default=None)


def ended(moment: Moment, row: Promotion) -> list[str]:
    """rule K3: *row* says that a rollback ended it."""
    if of_stage(moment.words, row.stage, *BACK):
        return []
    return [f"K3: {row.freight.short} is rolled back in {row.stage}, and nobody asked for that"]


def owing(moment: Moment) -> Iterator[tuple[str, str]]:
    """rule K5: the stage is held since, until somebody says `/resume`, or holds it otherwise."""
    held = {hold.stage for hold in moment.records.holds}
    last = {
        promotion.stage: promotion
        for promotion in moment.records.promotions
        if goes_back(promotion)
    }
    for stage, row in last.items():
        since = _asked(moment, row)
        if stage in held or stage not in moment.plan.spots or since is None:
            continue
        others = of_stage(moment.words, stage, "resume", "hold")
        if not any(not word.told or word.at >= since for word in others):
            yield f"unheld {row.id}", f"K5: {stage} was rolled back, and nobody holds it"

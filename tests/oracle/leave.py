"""What people took back: freight that is blocked (rule C23), promotions that were cancelled (C35)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tests.oracle.moment import Moment, taken_back
from tests.oracle.pipeline import Spot
from tests.oracle.rollbacks import goes_back
from tests.oracle.words import ASKING, Word, about, of_stage

if TYPE_CHECKING:
    from app.core.model.lock_requests import LockRequest
    from app.core.model.names import FreightId
    from app.core.model.records import Promotion

SLACK = timedelta(minutes=5)


def entering(moment: Moment, row: Promotion) -> list[str]:
    """*row*'s stage is written, or its gates are said to be passed, now."""
    name = f"{row.freight.short} enters {row.stage}"
    wrong = []
    if moment.blocked(row.freight) and not _is_there(moment, row):
        wrong.append(f"C23: {name}, and it is blocked")
    if row.state == "cancelled" or _told_to_end(moment, row):
        wrong.append(f"C35: {name}, and was cancelled")
    if not row.started_by:
        wrong += [
            f"C35: {name} instead of {other.freight.short}, which was cancelled"
            for other in moment.records.promotions
            if other.stage == row.stage and taken_back(other) and _stands_for(moment, other, row)
        ]
    elif _word_is_over(moment, row):
        wrong.append(f"C35: {name}, and who asked for it cancelled that")
    return wrong


def _is_there(moment: Moment, row: Promotion) -> bool:
    """It enters no stage where it is not yet."""
    return any(
        other.stage == row.stage and other.freight == row.freight
        for other in moment.records.promotions
        if other.landed or other.state == "verified"
    )


def _told_to_end(moment: Moment, row: Promotion) -> bool:
    """The word is stored, and *row* was there before it."""
    return any(
        order.verb == "cancel"
        and order.stage == row.stage
        and order.freight in (None, row.freight)
        and moment.was_before(row.id, ("order", order.id))
        for order in moment.records.orders
    )


def _stands_for(moment: Moment, other: Promotion, row: Promotion) -> bool:
    """
    The freight itself comes again by a word alone; older freight, too, where *other* had begun.
    """
    if other.id == row.id or not moment.was_before(other.id, row.id):
        return False
    if other.freight == row.freight:
        return True
    spot = moment.plan.spots.get(row.stage)
    house = moment.plan.houses.get(spot.house) if spot else None
    line = moment.lines.get(house.branch) if house else None
    older = line is not None and line.newer(other.freight.sha, row.freight.sha)
    on = line is not None and line.place(row.freight.sha) is not None
    return older and on and other.id in moment.begun


def _word_is_over(moment: Moment, row: Promotion) -> bool:
    """`auto: false`: each word that can have asked for it was followed by a `/cancel` of it."""
    spots = moment.spots(row)
    if any(spot.auto for spot in spots):
        return False
    asks = of_stage(moment.words, row.stage, *ASKING)
    asks = [word for word in asks if word.can_mean(row.freight)]
    ends = of_stage(moment.words, row.stage, "cancel")
    sure = [word for word in ends if word.told and word.surely_means(row.freight)]
    return bool(asks) and any(
        all(ask.at < end.at and ask.told and ask.surely_means(row.freight) for ask in asks)
        for end in sure
    )


def ended(moment: Moment, row: Promotion, spent: dict[int, object]) -> list[str]:
    """
    *row* says that a person cancelled it. A word ends what was asked for before it, once: *spent*
    says which word ended what at which instant.
    """
    asks = of_stage(moment.words, row.stage, *ASKING)
    for word in of_stage(moment.words, row.stage, "cancel"):
        if not word.can_mean(row.freight) or spent.get(word.order, row.ended_at) != row.ended_at:
            continue
        before = not row.started_by or moment.seen_before(row.id, word.at)
        if before or any(ask.at <= word.at for ask in asks if ask.can_mean(row.freight)):
            spent[word.order] = row.ended_at
            return []
    return [f"C35: {row.freight.short} is cancelled in {row.stage}, and nobody asked for that"]


def gives_back(moment: Moment, row: Promotion, request: LockRequest) -> list[str]:
    """rule E1: *request*, of the cancelled *row*, has ended, and no person freed it."""
    if row.landed is None or row.in_sync or request.ended_by:
        return []
    spots = [spot for spot in moment.spots(row) if spot.verify]
    may_run = bool(spots) and all(_may_start(moment, row, spot) for spot in spots)
    words = f"E1: {row.stage} gives back its lock, and a check of {row.freight.short} may start"
    return [words] if may_run else []


def _may_start(moment: Moment, row: Promotion, spot: Spot) -> bool:
    """Some check never ran on what landed, and its time is not over."""
    if row.landed is None or row.landed_at is None:
        return False
    if moment.now > (row.rerun_at or row.landed_at) + spot.timeout - SLACK:
        return False
    runs = [run for place in moment.chain(spot, row.landed) for run in place.runs]
    return any(not any(fnmatchcase(run.name, name) for run in runs) for name in spot.verify)


def owing(moment: Moment) -> Iterator[tuple[str, str]]:
    """What a word must have done: (key, sentence) while it has not."""
    freights = [freight.id for freight in moment.records.freights]
    for freight in freights:
        yield from _as_said(moment, freight, about(moment.words, freight, freights))
    for promotion in moment.records.promotions:
        if not promotion.ended:
            yield from _goes_on(moment, promotion)
            yield from _may_be_merged(moment, promotion)
        elif (
            taken_back(promotion)
            and promotion.pull in moment.open_pulls
            and _nobodys(moment, promotion)
        ):
            words = f"C35: {promotion.freight.short} was cancelled in {promotion.stage}, and #{promotion.pull} is open"
            yield f"open {promotion.id}", words


def _nobodys(moment: Moment, row: Promotion) -> bool:
    others = moment.records.promotions
    return not any(o.pull == row.pull and not o.ended for o in others if o.id != row.id)


def _as_said(moment: Moment, freight: FreightId, said: list[Word]) -> Iterator[tuple[str, str]]:
    """rules C6, C23: the last word counts; those that came late may have any place."""
    blocked = moment.blocked(freight)
    if blocked and not any(word.verb == "block" for word in said):
        yield f"blocked {freight}", f"C23: {freight.short} is blocked, and nobody said so"
    if not said or not all(w.told and moment.seen_before(freight, w.at) for w in said):
        return
    if blocked != (said[-1].verb == "block"):
        words = f"C23: /{said[-1].verb} was said of {freight.short}, and it is not so"
        yield f"{said[-1].verb} {freight}", words


def _goes_on(moment: Moment, row: Promotion) -> Iterator[tuple[str, str]]:
    """
    It was under way when a person cancelled it, and nobody asked for it since. What a push in doubt
    has done is found out first (rule W4).
    """
    asks = of_stage(moment.words, row.stage, *ASKING)
    for word in of_stage(moment.words, row.stage, "cancel"):
        if not (word.told and word.surely_means(row.freight)) or row.stage not in moment.plan.spots:
            continue
        since = moment.now - moment.apart - word.at
        if any(ask.at >= word.at for ask in asks) or (row.state == "writing" and since < SLACK):
            continue
        if moment.begun_before(row, word.at):
            words = f"C35: {row.freight.short} goes on in {row.stage}, and was cancelled"
            yield f"goes on {row.id}", words


def _may_be_merged(moment: Moment, row: Promotion) -> Iterator[tuple[str, str]]:
    """rules R7, R10, C23: not while its freight is blocked, or its stage's window is closed."""
    spot = moment.plan.spots.get(row.stage)
    if row.pull is None or row.pull not in moment.open_pulls or spot is None:
        return
    if not moment.green(row.pull):
        return
    until = moment.now
    if moment.blocked(row.freight) and not _is_there(moment, row):
        yield f"green {row.id}", f"R7: #{row.pull} may be merged, and its freight is blocked"
    elif "windows" in row.skipped or goes_back(row):
        return  # rules C24 (each skipped gate is named), K2
    elif spot.shut(until - moment.apart - SLACK, until):
        yield f"green {row.id}", f"R10: #{row.pull} may be merged, and its window is closed"

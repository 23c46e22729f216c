"""What is wrong with what the App just did: a list of sentences, each beginning with a rule's id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.oracle import approvals, leave, rollbacks, started, weights
from tests.oracle.evidence import Place, Seen, judged, passed_at
from tests.oracle.moment import Moment
from tests.oracle.pipeline import Spot, fires

if TYPE_CHECKING:
    from app.core.model.lock_requests import LockRequest
    from app.core.model.names import GroupName
    from app.core.model.records import Freight, Promotion

HOLDING = ("held", "suspect", "releasing")
CLOCKS = timedelta(seconds=90)
"""So far apart the clocks may be by which two machines say when something was."""


def entering(moment: Moment, row: Promotion, landings: Sequence[datetime] = ()) -> list[str]:
    """
    *row*'s stage is written, or its pull request merged, now: is everything there that must be?

    *landings* are the earlier instants at which the stage was written.
    """
    spots = moment.spots(row)
    if not spots:
        return [f"F46: {row.stage} is written, which no file knows"]
    each = [_entering(moment, row, spot, landings) for spot in spots]
    return [
        *approvals.skipping(row, min(each, key=len)),
        *leave.entering(moment, row),
        *rollbacks.entering(moment, row),
    ]


def _entering(
    moment: Moment, row: Promotion, spot: Spot, landings: Sequence[datetime]
) -> list[str]:
    name = f"{row.freight.short} enters {row.stage}"
    back = rollbacks.goes_back(row)  # rules K2, F18: it passes by some gates
    wrong = approvals.entering(moment, row, spot)
    wrong += [] if back else _upstream(moment, row, spot, name)
    house = moment.plan.houses.get(spot.house)
    line = moment.lines.get(house.branch) if house else None
    if line is not None and line.place(row.freight.sha) is None:
        wrong.append(f"U1: {name}, and it is not on the line of {line.tips[0][:7]}")
    if line is not None and not back:
        wrong += [
            f"Q5: {name} over {there.freight.short}, which is newer"
            for there in rollbacks.standing(moment, row.stage)
            if there.id != row.id
            and not there.adopted
            and line.newer(there.freight.sha, row.freight.sha)
            and moment.reachable(there, spot)
        ]
    if spot.every and landings and not back and moment.now < max(landings) + spot.every:
        wrong.append(f"F17: {name} too soon after {max(landings):%H:%M:%S}")
    if spot.shut(moment.now - moment.apart, moment.now) and not back:
        wrong.append(f"F21: {name} at {moment.now:%H:%M:%S}, outside its windows")
    if not spot.auto and not row.started_by:
        wrong.append(f"F8: {name}, and nobody started it")
    mine = [r for r in moment.records.requests if r.promotion == row.id and r.state == "held"]
    if spot.locks and not any(set(spot.locks) <= set(r.groups) for r in mine):
        wrong.append(f"G3: {name} without its lock")
    return wrong


def _upstream(moment: Moment, row: Promotion, spot: Spot, name: str) -> list[str]:
    """rules F6, F7, G1: the evidence is there now, and soaked."""
    there = [
        up
        for up in spot.upstreams
        if moment.may_be_verified(up, row.freight) and not _turned_away(moment, up, row)
    ]
    if len(there) < len(spot.needs) or (spot.any_of and not there):
        missing = [up for up in spot.upstreams if up not in there]
        return [f"G1: {name}, and its evidence in {', '.join(missing)} is not there"]
    if not spot.soak or not there:
        return []
    times = [time for up in there if (time := _since(moment, up, row)) is not None]
    since = (max if spot.needs else min)(times, default=None)
    if since is not None and moment.now < since + spot.soak:
        return [f"F7: {name} at {moment.now:%H:%M:%S}, soaking since {since:%H:%M:%S}"]
    return []


def _turned_away(moment: Moment, stage: str, row: Promotion) -> bool:
    """rule K4: a rollback revoked what *stage* had verified, and was seen in an earlier step."""
    back = rollbacks.turned_away(moment, stage, row.freight)
    return back is not None and back.id in moment.first


def _since(moment: Moment, stage: str, row: Promotion) -> datetime | None:
    """The earliest instant since which *row*'s freight can be verified in *stage*."""
    found = []
    for other in moment.rows(stage, row.freight):
        for spot in moment.spots(other):
            # rule V21: content that had passed before passes at once, and passed then.
            times = [] if other.in_sync and spot.verifies else [other.landed_at]
            if spot.verify and other.landed:
                times.append(passed_at(moment.chain(spot, other.landed), spot.verify))
            if spot.workflow is not None and other.landed:
                times.append(started.passed_at(moment, other, spot))
            found.append(max((t for t in times if t), default=None))
    return min((time for time in found if time), default=None)


def verified(moment: Moment, row: Promotion) -> list[str]:
    """*row* says that it is verified, as of now."""
    plan = moment.plans(row.config)
    spot = plan.spots.get(row.stage) if plan else None
    if spot is not None and not spot.writes:
        return _passed(moment, row, spot)
    if row.landed is None or spot is None or "pass" in moment.answers(row):
        return []
    said = "/".join(sorted(moment.answers(row)))
    return [f"V1: {row.freight.short} is verified in {row.stage}, but its checks are {said}"]


def _passed(moment: Moment, row: Promotion, spot: Spot) -> list[str]:
    """rules Y3, F21, C23, C24: where nothing is written its gates are all that is asked."""
    name = f"{row.freight.short} passes {row.stage}"
    wrong = [f"C23: {name}, and it is blocked"] if moment.blocked(row.freight) else []
    shut = all(s.shut(moment.now - moment.apart, moment.now) for s in (spot, *moment.spots(row)))
    if shut and not rollbacks.goes_back(row):  # rule K2
        wrong.append(f"F21: {name} at {moment.now:%H:%M:%S}, outside its windows")
    return approvals.skipping(row, wrong)


def granted(moment: Moment, request: LockRequest, told: frozenset[int]) -> list[str]:
    """
    rules I1, L11: *request* was granted just now; *told* are the checks that the App can have seen
    running, with a grant or as visitors.
    """
    wrong = []
    for group in request.groups:
        busy = {
            row.stage: (running[0].name, _holds(moment, row, spot, group))
            for row, spot, running in moment.landed_jobs()
            if group in _taken(moment, *_carried(moment, row, spot))
            and row.stage != request.stage
            and any(run.id in told for run in running)
            and not _forced(moment, row)
        }
        permits = moment.plan.permits.get(group, 1)
        mine = weights.takes(moment.plan, request, group)
        if busy and sum(number for _, number in busy.values()) + mine > permits:
            names = ", ".join(f"{name} of {stage}" for stage, (name, _) in sorted(busy.items()))
            wrong.append(f"I1: {request.stage} is granted {group} while {names} runs under it")
    return wrong


def _holds(moment: Moment, row: Promotion, spot: Spot, group: GroupName) -> int:
    """How many permits *row*'s jobs take: those of its grant, else what a visitor takes."""
    for request in moment.records.requests:
        holds = request.state in ("held", "suspect") and group in request.groups
        if holds and request.promotion == row.id:
            return weights.takes(moment.plan, request, group)
    return weights.of_visitor(moment.plan, [spot], group)


def _carried(moment: Moment, row: Promotion, spot: Spot) -> tuple[Promotion, Spot]:
    """Whose jobs they are: of the attempt that runs what *row* landed again, under its own file."""
    for later in moment.rows(row.stage):
        again = later.landed == row.landed and later.attempt > row.attempt
        plan = moment.plans(later.config)
        known = plan.spots.get(later.stage) if plan else None
        if again and later.state == "verifying" and known is not None:
            return later, known
    return row, spot


def _taken(moment: Moment, row: Promotion, spot: Spot) -> set[str]:
    """
    The groups that *row* takes: with its grant also those that its stage names since (rule E6).

    A pull request's `lock` is that of its grant or merge, not of its opening (rule F45): what its
    grant is for, and without one what its stage takes by the file in force (rule L14).
    """
    requests = [r for r in moment.records.requests if r.promotion == row.id]
    holds = [r for r in requests if r.state in HOLDING]
    since = moment.plan.spots.get(row.stage) if holds or spot.merge else None
    began = [group for r in holds for group in r.groups] if spot.merge else spot.locks
    return {*began, *(since.locks if since else ())}


def _forced(moment: Moment, row: Promotion) -> bool:
    mine = [r for r in moment.records.requests if r.promotion == row.id]
    return any(answered_for(row, request) for request in mine)


def answered_for(row: Promotion, request: LockRequest) -> bool:
    """
    rules I1, P27: who forces a grant answers for what runs under it; not for what is merged later.
    Another machine than the one that saw it land may say when it was forced.
    """
    if not request.ended_by or row.landed_at is None or request.ended_at is None:
        return bool(request.ended_by)
    return request.ended_at + CLOCKS >= row.landed_at


def states(moment: Moment) -> list[str]:
    """rule T3: one promotion of a stage is in flight."""
    flying: dict[str, list[Promotion]] = {}
    for promotion in moment.records.promotions:
        if promotion.state in ("writing", "in-review", "verifying"):
            flying.setdefault(promotion.stage, []).append(promotion)
    return [
        f"T3: {', '.join(r.freight.short for r in rows)} are in flight in {stage}"
        for stage, rows in flying.items()
        if len(rows) > 1
    ]


def minted(moment: Moment, freight: Freight, changed: Sequence[str]) -> list[str]:
    """*freight* was minted just now; *changed* are the paths in which its commit differs."""
    house = moment.plan.houses.get(freight.id.warehouse)
    if house is None:
        return []
    line, sha = moment.lines[house.branch], freight.id.sha
    if line.place(sha) is None:
        return [f"M1: {freight.id.short} is minted, and is not on the line"]
    if not fires(moment.plan, house, list(changed)):
        return [f"X7: {freight.id.short} is minted, and changed only {list(changed)[:3]}"]
    if any(
        promotion.adopted and promotion.freight == freight.id
        for promotion in moment.records.promotions
    ):
        return []  # A2: what a stage holds already may be older than the newest freight
    older = [
        other.id.short
        for other in moment.records.freights
        if other.id.warehouse == house.name
        and other.minted_at < freight.minted_at
        and line.newer(other.id.sha, sha)
    ]
    if older:
        return [f"M1: {freight.id.short} is minted after {older[-1]}, which is newer"]
    return []


def merging(head: Sequence[Seen], reviews: Mapping[str, str], merge: str) -> list[str]:
    """We merge a pull request: the other checks on its *head*, each person's newest review."""
    if merge != "auto":
        return ["F10: we merge what people are to merge"]
    wrong = []
    names = sorted({run.name for run in head})
    if names and judged([Place(tuple(head))], names, lambda run: (run.id,)) != "pass":
        wrong.append(f"P18: we merge, and of {names} not all is green")
    wrong += [
        f"P19: we merge, and {who} requests changes"
        for who, state in reviews.items()
        if state == "CHANGES_REQUESTED"
    ]
    return wrong

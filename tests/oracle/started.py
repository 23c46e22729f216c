"""
Workflows that are started to verify: whose a run is, what it says, and when one may be asked for.

rules V25 to V29, and with them L11, V2, V7, V12 and V21, as far as they speak of runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

from app.core.model.names import PromotionId
from tests.oracle.organizations import plain

if TYPE_CHECKING:
    from app.core.model.lock_requests import LockRequest
    from app.core.model.records import Promotion
    from tests.oracle.evidence import Answer, Seen
    from tests.oracle.moment import Moment
    from tests.oracle.pipeline import Spot

HOLDING = ("held", "suspect", "releasing")
PASSES = ("success", "neutral", "skipped")
SILENT = ("cancelled", "stale", None)
BEFORE = timedelta(seconds=2)
"""Between what is stored first and the request no more than that passes."""


@dataclass(frozen=True)
class Began:
    """
    A run that we asked for, for the promotion *of*, and got; *jobs* are the attempts of its job,
    the oldest first. *over*: nothing of it goes on. *gone*: a person deleted it. *told_to_end*: we
    asked GitHub to cancel it.
    """

    id: int
    of: str
    file: str
    head: str
    jobs: tuple[Seen, ...]
    over: bool
    gone: bool = False
    told_to_end: bool = False

    @property
    def again(self) -> bool:
        """A person ran it again."""
        return len(self.jobs) > 1

    def answers(self) -> set[Answer]:
        """
        An attempt that goes on, or ended without saying anything, may leave what was said before
        (rule V12), or nothing.
        """
        found: set[Answer] = set() if self.over and not self.gone else {"open"}
        for job in reversed(self.jobs):
            if job.conclusion not in SILENT:
                return {*found, "pass" if job.conclusion in PASSES else "fail"}
            found.add("open")
        return found or {"open"}


@dataclass(frozen=True)
class Request:
    """We ask for a run of *file* on *branch*, with those inputs, of those that it *declares*."""

    file: str
    branch: str
    inputs: Mapping[str, str]
    declares: Sequence[str]


# --- what its runs say ---


def own(moment: Moment, row: Promotion, spot: Spot) -> list[Began]:
    """
    The runs that count for *row*, the oldest first: started for it, on its outputs (rule V28). Of
    content that was there already every run speaks that was started on it (rule V21).
    """
    if spot.workflow is None or row.landed is None:
        return []
    held = moment.outputs(spot, row.landed)
    return [
        run
        for run in moment.started
        if run.file == spot.workflow
        and (run.of == row.id or row.in_sync)
        and moment.outputs(spot, run.head) == held
    ]


def said(moment: Moment, row: Promotion, spot: Spot) -> set[Answer]:
    """What the runs of *row* may say now: the newest of its own, or any of equal content."""
    runs = own(moment, row, spot)
    counting = runs if row.in_sync else runs[-1:]
    found: set[Answer] = {answer for run in counting for answer in run.answers()}
    return found | {"open"} if row.in_sync or not found else found


def beside(checks: frozenset[Answer], runs: set[Answer]) -> set[Answer]:
    """rule V25: all must pass, and one failure is enough."""
    return {_both(pair) for pair in product(checks, runs)}


def _both(pair: tuple[Answer, Answer]) -> Answer:
    if "fail" in pair:
        return "fail"
    return "open" if "open" in pair else "pass"


def passed_at(moment: Moment, row: Promotion, spot: Spot) -> datetime | None:
    """The earliest instant at which a run of *row* may have passed; None: none has."""
    ends = [
        job.at
        for run in own(moment, row, spot)
        for job in run.jobs
        if job.conclusion in PASSES and job.at is not None
    ]
    return min(ends, default=None)


def going(moment: Moment, row: Promotion, spot: Spot) -> list[Began]:
    """Runs that were started for *row*, on whatever they are, and go on."""
    if spot.workflow is None:
        return []
    return [run for run in moment.started if run.of == row.id and not run.over]


# --- when one may be asked for ---


def asker(moment: Moment, request: Request) -> tuple[Promotion | None, list[str]]:
    """rule V27: whose run is asked for, by what was stored before; one is sought at a time."""
    name = f"{request.file} is started on {request.branch}"
    rows = [
        promotion
        for promotion in moment.records.promotions
        if not promotion.ended
        and promotion.started is not None
        and promotion.started.file == request.file
        and promotion.started.begun_at is not None
        and not promotion.started.run
        and any(spot.branch == request.branch for spot in moment.spots(promotion))
    ]
    if not rows:
        return None, [f"V27: {name}, and that this begins was not stored"]
    if len(rows) > 1:
        stages = ", ".join(row.stage for row in rows)
        return rows[-1], [f"V27: {name} while another run is sought, of {stages}"]
    return rows[0], []


def asked(moment: Moment, row: Promotion, request: Request) -> list[str]:
    """rules V26, V27: *row*'s workflow is asked to start, now."""
    name = f"{request.file} is started for {row.freight.short} in {row.stage}"
    if row.landed is None or row.state != "verifying":
        return [f"V26: {name}, which is {row.state}"]
    wrong = [
        f"V27: {name} again, while its run {run.id} goes on"
        for run in moment.started
        if run.of == row.id and not run.over and not run.again
    ]
    spots = moment.spots(row)
    if not any(spot.workflow == request.file for spot in spots):
        wrong.append(f"V25: {name}, and no file says so")
    requests = moment.records.requests
    mine = [r for r in requests if r.promotion == row.id and r.state in HOLDING]
    if not any(_under(spot, mine) for spot in spots):
        wrong.append(f"V26: {name} without its lock")
    return wrong + _told(row, request, mine, name)


def _under(spot: Spot, mine: Sequence[LockRequest]) -> bool:
    return not spot.locks or any(set(spot.locks) <= set(r.groups) for r in mine)


def _told(row: Promotion, request: Request, mine: Sequence[LockRequest], name: str) -> list[str]:
    """rule V26: the inputs that it declares, and no others, and what they say."""
    tokens = {group: token for r in mine for group, token in r.tokens.items()}
    fence = ",".join(f"{plain(group)}={token}" for group, token in sorted(tokens.items()))
    permits = [(group, n) for r in mine for group, names in r.permits.items() for n in names]
    right = {
        "stage": row.stage,
        "freight": f"{row.freight.warehouse}@{row.freight.sha}",
        "promotion": row.id,
        "fence": fence,
        "permit": ",".join(f"{plain(group)}={name}" for group, name in sorted(permits)),
    }
    wanted = {key: right[key] for key in request.declares}
    given = dict(request.inputs)
    return [] if given == wanted else [f"V26: {name} with {given}, not {wanted}"]


def beside_others(
    moment: Moment, run: Began, groups: Sequence[str], under: Mapping[int, Sequence[str]]
) -> list[str]:
    """
    rules I1, V28: *run*, asked for under *groups*, begins now: no run of another promotion goes on
    that was asked for under one of them (*under*, by run), and whose grant is gone.
    """
    rows = {promotion.id: promotion for promotion in moment.records.promotions}
    wrong = []
    for other in moment.started:
        shared = set(groups) & set(under.get(other.id, ()))
        if other.over or other.again or other.of == run.of or not shared:
            continue
        requests = [r for r in moment.records.requests if r.promotion == other.of]
        if any(r.state in HOLDING or r.ended_by for r in requests):
            continue
        names = ", ".join(sorted(shared))
        stages = [
            rows[PromotionId(one)].stage if one in rows else one for one in (run.of, other.of)
        ]
        wrong.append(
            f"I1: run {run.id} of {stages[0]} begins while {other.id} of {stages[1]} goes on, "
            f"which gave {names} back"
        )
    return wrong


# --- what must come of it ---


def owing(moment: Moment) -> Iterator[tuple[str, str]]:
    """rule V28: what must have been cancelled: (key, sentence) while it has not."""
    for promotion in moment.records.promotions:
        if promotion.started is None:
            continue
        late = promotion.state == "failed" and promotion.reason == "check-unfinished"
        for run in moment.started:
            if run.of != promotion.id or run.over or run.told_to_end or run.again:
                continue
            if late or run.id in promotion.started.strays:
                words = f"V28: run {run.id} of {promotion.stage} goes on, and is not cancelled"
                yield f"uncancelled {run.id}", words

"""Why a promotion may be cancelled, or its pull request closed by us: never for a mere push."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.oracle import rollbacks
from tests.oracle.moment import Moment
from tests.oracle.pipeline import Plan

if TYPE_CHECKING:
    from app.core.model.records import Promotion

FINE = ("success", "neutral", None)
DECIDED = ("cancelled", "errored", "rolled-back", "stage-removed", "upstream-revoked", "withdrawn")
"""Ends that are stored before the pull request is closed for them."""


@dataclass(frozen=True)
class Closed:
    """A pull request that is over: who closed it ("": its branch is gone), and where it went."""

    actor: str
    merged: bool
    base: str


@dataclass(frozen=True)
class Past:
    """
    What was so before this moment. *left* tells whether a commit ever left a branch; *files* are
    the versions of the file that were pushed since the promotion began, and the one it began under.
    """

    left: Callable[[str], bool]
    files: Sequence[Plan]

    def edited(self, row: Promotion) -> bool:
        """The stage, or one above it, is not the same in all of them."""
        ways = set()
        for plan in self.files:
            spot = plan.spots.get(row.stage)
            above = spot.upstreams if spot else ()
            ways.add((spot is None, above, tuple(plan.spots.get(up) for up in above)))
        return len(ways) > 1


def ended(moment: Moment, row: Promotion, past: Past, pull: Closed | None) -> list[str]:
    """rule U7: *row* says that it is cancelled, as of now; *pull* is its pull request, if over."""
    name = f"U7: {row.freight.short} is cancelled in {row.stage} ({row.reason})"
    match row.reason:
        case "withdrawn":
            gone = [sha for sha in (row.freight.sha, row.landed) if sha and past.left(sha)]
            return [] if gone else [f"{name}, and its commit never left the branch"]
        case "upstream-revoked":
            fine = not past.edited(row) and not _doubted(moment, row, past)
            return [f"{name}, and nothing upstream failed or left"] if fine else []
        case "stage-removed":
            there = all(row.stage in plan.spots for plan in past.files)
            return [f"{name}, and every file has it"] if there else []
        case "pull-closed":
            ours = pull is not None and pull.actor.endswith("[bot]")
            return [f"{name}, and no person closed it"] if pull is None or ours else []
        case "merged-elsewhere":
            bases = {spot.branch for spot in moment.spots(row)}
            away = pull is not None and pull.merged and pull.base not in bases
            return [] if away else [f"{name}, and it was merged where it belongs"]
        case "rolled-back":
            return rollbacks.ended(moment, row)
        case "cancelled" | "cancelled-early":
            return []  # by a person's word: rule C35 judges that
        case _:
            return [f"{name}, for a reason that no rule knows"]


def _doubted(moment: Moment, row: Promotion, past: Past) -> bool:
    """
    Some check of an upstream's content has not passed (rule V16), or not in its time (V18, V19), or
    that content left the branch.
    """
    for up in _above(moment, row):
        if rollbacks.turned_away(moment, up, row.freight) is not None:
            return True  # rule K4
        if rollbacks.asked_for(moment, up, row.freight):
            return True
        if _too_late(moment, moment.rows(up, row.freight)[-1:]):
            return True
        for there in moment.rows(up, row.freight):
            if there.landed is None:
                continue
            if past.left(there.landed):
                return True
            places = [moment.chain(above, there.landed) for above in moment.spots(there)]
            runs = [run for chain in places for place in chain for run in place.runs]
            if any(run.conclusion not in FINE for run in runs):
                return True
    return past.left(row.freight.sha)


def _above(moment: Moment, row: Promotion) -> list[str]:
    """
    The stages whose content is its evidence: above one that writes nothing it is that of the stages
    from which that one takes freight (rule Y3).
    """
    found: list[str] = []
    todo = [up for spot in moment.spots(row) for up in spot.upstreams]
    while todo:
        up = todo.pop()
        spot = moment.plan.spots.get(up)
        if up not in found:
            found.append(up)
            todo += spot.upstreams if spot is not None and not spot.writes else ()
    return found


def _too_late(moment: Moment, newest: Sequence[Promotion]) -> bool:
    """The newest attempt at it failed, its time being over; clocks may be apart."""
    for row in newest:
        since, spots = row.rerun_at or row.landed_at, moment.spots(row)
        if row.state != "failed" or since is None or not spots:
            continue
        late = moment.now + moment.apart >= since + min(spot.timeout for spot in spots)
        if late and moment.answers(row) != {"pass"}:
            return True
    return False


def closed(row: Promotion, number: int, newest: Promotion) -> list[str]:
    """
    rules U7, P12: we closed pull request *number*; *row* is the newest that it was of, and *newest*
    that of its stage: where this changes nothing, the pull request has nothing left to change.
    """
    if not row.ended and row.reason in DECIDED:
        return []  # the comment that follows met an error: the end comes with the next look
    if not row.ended:
        return [f"U7: #{number} is closed by us, and {row.freight.short} is {row.state}"]
    if row.state == "superseded" and row.reason == "superseded" and not newest.in_sync:
        return [f"U7: #{number} is closed by us, and newer freight could have taken it over"]
    return []

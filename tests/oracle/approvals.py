"""`approve` and `--skip-gates`: people's leave (rules F19, G2, C21, C24, C29, P32)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tests.oracle import rollbacks
from tests.oracle.moment import Moment
from tests.oracle.pipeline import Spot
from tests.oracle.words import Word, of_stage

if TYPE_CHECKING:
    from app.core.model.people import Approval
    from app.core.model.records import Promotion

WRITES = ("write", "maintain", "admin")
TAKES_A_SIDE = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
SKIPPED = {
    "G1": "needs", "F7": "soak", "G2": "approval", "C20": "hold", "F21": "windows",
    "F17": "at-most-every",
}  # fmt: skip
"""The gates that `--skip-gates` may pass, by the rules that they stand for."""


def entering(moment: Moment, row: Promotion, spot: Spot) -> list[str]:
    """rules G2, C29: so many who may, and are not its only author, have given leave."""
    if not spot.approve or rollbacks.goes_back(row):
        return []
    givers = sorted(who for who in _givers(moment, row) if _counts(moment, row, spot, who))
    if len(givers) >= spot.approve["count"]:
        return []
    return [f"G2: {row.freight.short} enters {row.stage}, approved by {givers or 'nobody'} alone"]


def _givers(moment: Moment, row: Promotion) -> set[str]:
    recorded = moment.records.approvals
    typed = {one.login for one in recorded if (one.stage, one.freight) == (row.stage, row.freight)}
    newest = {r.user: r.state for r in moment.reviews(row.pull) if r.state in TAKES_A_SIDE}
    return typed | {who for who, state in newest.items() if state == "APPROVED"}


def _counts(moment: Moment, row: Promotion, spot: Spot, who: str) -> bool:
    if not _may(spot, who, moment):
        return False
    alone = moment.authors(row.stage, row.freight) == {who}
    return not alone or bool(spot.approve.get("allow-author"))


def _may(spot: Spot, who: str, moment: Moment) -> bool:
    """rule F19: *who* is named, else may write; as GitHub said at most 5 minutes ago."""
    roles = moment.roles(who)
    users, teams = spot.approve.get("users", ()), spot.approve.get("teams", ())
    if users or teams:
        named = who in users or any(who in moment.teams.get(team, ()) for team in teams)
        return named and roles != {"none"}
    return any(role in WRITES for role in roles)


def recorded(moment: Moment, one: Approval) -> list[str]:
    """rule C21: *one* is new."""
    said = [w for w in _said(moment, one.stage, one.login, "approve") if w.can_mean(one.freight)]
    if said:
        return []
    return [f"C21: {one.login} approves {one.freight.short} in {one.stage}, and did not say so"]


def _said(moment: Moment, stage: str, who: str, *verbs: str) -> list[Word]:
    found = (word for word in moment.words if word.stage == stage and word.verb in verbs)
    return [word for word in found if word.who == who]


def owing(moment: Moment) -> Iterator[tuple[str, str]]:
    """rule C29: what was taken back is gone, where nothing of that freight was written."""
    used = {
        (promotion.stage, promotion.freight)
        for promotion in moment.records.promotions
        if promotion.landed or promotion.intent
    }
    for approval in moment.records.approvals:
        said = _said(moment, approval.stage, approval.login, "approve", "unapprove")
        back = bool(said) and said[-1].verb == "unapprove" and all(word.told for word in said)
        spot = moment.plan.spots.get(approval.stage)
        if spot is None or not back or (approval.stage, approval.freight) in used:
            continue
        if (
            approval.at < said[-1].at
            and _may_still(moment, spot, said[-1])
            and not _passed(moment, approval)
        ):
            yield (
                f"leave {approval}",
                f"C29: {approval.login} took back the leave for {approval.freight.short}",
            )


def _may_still(moment: Moment, spot: Spot, word: Word) -> bool:
    """Who may not any more takes nothing back by this word; it counts for nothing anyhow."""
    return bool(spot.approve) and word.may and _may(spot, word.who, moment)


def _passed(moment: Moment, one: Approval) -> bool:
    """Newer freight is there: the leave is used."""
    return any(
        promotion.stage == one.stage and promotion.landed and promotion.landed_at
        for promotion in moment.records.promotions
    )


def skipping(row: Promotion, wrong: Sequence[str]) -> list[str]:
    """rule C24: of what is *wrong* that remains which no word skips; each skipped gate is named."""
    if not row.skips:
        return list(wrong)
    return [
        f"C24: {words} (it skips {', '.join(row.skipped) or 'nothing'})"
        for words in wrong
        if SKIPPED.get(words.partition(":")[0]) not in row.skipped
    ]


def asked(moment: Moment, row: Promotion) -> list[str]:
    """rule C24: who may said so, and each word is of one promotion."""
    if not row.skips:
        return []
    words = [w for w in of_stage(moment.words, row.stage, "promote") if w.skips]
    rows = [r for r in moment.records.promotions if r.stage == row.stage and r.skips]
    if len(rows) <= len(words) and any(word.can_mean(row.freight) for word in words):
        return []
    return [f"C24: {row.freight.short} skips the gates of {row.stage}, and nobody who may said so"]

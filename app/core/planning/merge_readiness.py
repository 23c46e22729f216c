"""What keeps us from merging our own pull request by ourselves (`merge: auto`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.evidence.judge import Ask, judge
from app.core.model.facts import PullFact
from app.core.model.pipeline import CheckRule
from app.core.model.pull_questions import ReviewRuleQuestion
from app.core.model.records import Promotion
from app.core.model.subjects import Subject
from app.core.remarks.pulls import NotYet
from app.core.state.ledger import Ledger
from app.core.state.reviews import approvals, requesting_changes

REQUIRED = frozenset({NotYet.REVIEW_REQUIRED, NotYet.REVIEWS_REQUIRED})
BY_PEOPLE = REQUIRED | {NotYet.DRAFT, NotYet.CHANGES_REQUESTED, NotYet.CHECKS_FAILED}
"""What stays until a person does something."""
_EVERYTHING = (CheckRule("*"),)


@dataclass(frozen=True, slots=True)
class MergeObstacle:
    """Why it is not merged yet, and when that may change without an event."""

    why: NotYet
    names: tuple[str, ...] = ()
    wake_at: datetime | None = None
    about: tuple[Subject, ...] = ()
    """The checks that it speaks of."""


def merge_obstacle(ledger: Ledger, promotion: Promotion, pull: PullFact) -> MergeObstacle | None:
    """
    None: merge. Every other check on the head is green, no review requests changes, and none that a
    rule of the base requires is missing.

    Where no other check has appeared by the end of the quiet time, none is awaited.
    """
    return _own_obstacle(ledger, promotion, pull) or _review_required(ledger, pull)


def _review_required(ledger: Ledger, pull: PullFact) -> MergeObstacle | None:
    """
    A review that a rule requires is missing. GitHub tells Apps of rulesets alone, not of branch
    protections (https://docs.github.com/rest/branches/branch-protection, which need
    *administration: read*), nor whether an owner of the code has to review: that is learned from a
    refused merge. Not asked where GitHub says that nothing keeps the pull request from being
    merged.
    """
    reviews = ledger.reviews(pull.number)
    if pull.mergeable or reviews is None:
        return None
    wanted = ledger.snapshot.required_reviews.get(pull.base_ref)
    if wanted is None:
        ledger.want(ReviewRuleQuestion(pull.base_ref))
        return MergeObstacle(NotYet.ASKING)
    missing = wanted - approvals(reviews)
    if missing <= 0:
        return None
    if missing == 1:
        return MergeObstacle(NotYet.REVIEW_REQUIRED)
    return MergeObstacle(NotYet.REVIEWS_REQUIRED, (str(missing),))


def _own_obstacle(ledger: Ledger, promotion: Promotion, pull: PullFact) -> MergeObstacle | None:
    if pull.draft:
        return MergeObstacle(NotYet.DRAFT)
    checks = ledger.checks(pull.head_sha)
    reviews = ledger.reviews(pull.number)
    if checks is None or reviews is None:
        return MergeObstacle(NotYet.ASKING)
    refused = requesting_changes(reviews)
    if refused:
        return MergeObstacle(NotYet.CHANGES_REQUESTED, (refused[0],))
    snapshot = ledger.snapshot
    ask = Ask((checks,), snapshot.app_id, promotion.updated_at, snapshot.now, snapshot.quiet)
    evidence = judge(_EVERYTHING, ask)
    if evidence.outcome == "failed":
        return MergeObstacle(NotYet.CHECKS_FAILED, evidence.names, about=evidence.about)
    if evidence.outcome == "passed":
        return None
    if evidence.missing and not evidence.started:
        until = promotion.updated_at + snapshot.quiet
        if snapshot.now >= until:
            return None
        return MergeObstacle(NotYet.CHECKS_MAY_START, wake_at=until)
    going = tuple(Subject(run.name, run.url) for run in evidence.unfinished)
    return MergeObstacle(NotYet.CHECKS_UNFINISHED, wake_at=evidence.wake_at, about=going)

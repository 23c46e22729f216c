"""What the reviews of a pull request come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core.model.facts import ReviewFact

_SIDES = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})


def standing(reviews: Sequence[ReviewFact]) -> Mapping[int | str, ReviewFact]:
    """
    Each person's newest review that takes a side, in the order of those: comments change nothing.

    By the number of their account; by name where a server leaves that out.
    """
    return newest_sides([review for review in reviews if not review.is_bot])


def newest_sides(reviews: Sequence[ReviewFact]) -> Mapping[int | str, ReviewFact]:
    """As `standing`, of Apps, too: GitHub counts the approvals of those that may write."""
    newest: dict[int | str, ReviewFact] = {}
    for review in reviews:
        if review.state in _SIDES:
            newest.pop(review.user_id or review.user, None)
            newest[review.user_id or review.user] = review
    return newest


def approvals(reviews: Sequence[ReviewFact]) -> int:
    """How many approve, Apps among them."""
    return sum(review.state == "APPROVED" for review in newest_sides(reviews).values())


def approved(reviews: Sequence[ReviewFact]) -> bool:
    """Tell whether a person's newest review approves."""
    return any(review.state == "APPROVED" for review in standing(reviews).values())


def requesting_changes(reviews: Sequence[ReviewFact]) -> list[str]:
    """Whose newest review requests changes."""
    return [r.user for r in standing(reviews).values() if r.state == "CHANGES_REQUESTED"]

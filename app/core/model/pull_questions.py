"""What a plan asks about the rules for pull requests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReviewRuleQuestion:
    """How many approving reviews do the rules of this branch require of a pull request?"""

    branch: str

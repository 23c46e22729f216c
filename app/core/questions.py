"""
What a plan still wants to know: `core/plan` asks, `engine/survey` answers, until nothing is asked.

So only facts that a decision needs are ever read from git or GitHub, and `plan` stays pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.names import FreightId, PromotionId, Sha, StageName


@dataclass(frozen=True, slots=True)
class RenderQuestion:
    """What do the stage's steps make of *freight* on its branch's tip?"""

    stage: StageName
    freight: FreightId


@dataclass(frozen=True, slots=True)
class ChecksQuestion:
    """What was said about this commit?"""

    sha: Sha


@dataclass(frozen=True, slots=True)
class EqualQuestion:
    """Which later commits hold what this promotion wrote?"""

    promotion: PromotionId


@dataclass(frozen=True, slots=True)
class PullQuestion:
    """What became of our pull request?"""

    stage: StageName
    number: int


@dataclass(frozen=True, slots=True)
class ReviewsQuestion:
    """Who reviewed our pull request?"""

    number: int


@dataclass(frozen=True, slots=True)
class AdoptQuestion:
    """Which freight, if any, explains what the stage holds at first contact?"""

    stage: StageName


@dataclass(frozen=True, slots=True)
class ContentQuestion:
    """What do the stage's outputs hold at *sha*?"""

    stage: StageName
    sha: Sha


@dataclass(frozen=True, slots=True)
class DriftQuestion:
    """Which outputs did people change since *promotion* wrote them, and who?"""

    stage: StageName
    promotion: PromotionId


@dataclass(frozen=True, slots=True)
class MergeQuestion:
    """What do *freight* and people's edits since *promotion* give together, three-way?"""

    stage: StageName
    freight: FreightId
    promotion: PromotionId


@dataclass(frozen=True, slots=True)
class HeadQuestion:
    """Would merging our pull request's head bring the stage's outputs, and nothing else?"""

    stage: StageName


Question = (
    RenderQuestion
    | ChecksQuestion
    | EqualQuestion
    | PullQuestion
    | ReviewsQuestion
    | AdoptQuestion
    | ContentQuestion
    | DriftQuestion
    | MergeQuestion
    | HeadQuestion
)

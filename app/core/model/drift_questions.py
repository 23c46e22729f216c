"""What a plan asks about outputs that are not what we know that we wrote."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.model.names import PromotionId, StageName


@dataclass(frozen=True, slots=True)
class DriftQuestion:
    """Which outputs did people change since *promotion* wrote them, and who?"""

    stage: StageName
    promotion: PromotionId


@dataclass(frozen=True, slots=True)
class UnrecordedQuestion:
    """Which promotions of ours, that no record knows, landed in the stage after *promotion*?"""

    stage: StageName
    promotion: PromotionId


OfDrift = DriftQuestion | UnrecordedQuestion

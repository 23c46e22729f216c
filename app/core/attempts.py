"""The ids of promotions: made of facts alone, so that they can be checked against them."""

from __future__ import annotations

import hashlib
from base64 import b32encode

from app.core.names import FreightId, PromotionId, StageName

MOST = 200
"""How many attempts of one freight in one stage `attempt_of` knows."""


def promotion_id(repo_id: int, stage: StageName, freight: FreightId, attempt: int) -> PromotionId:
    """
    The id of one attempt: the same facts give the same id, so a crash never makes a second one.
    """
    text = f"{repo_id}\n{stage}\n{freight}\n{attempt}"
    digest = hashlib.sha256(text.encode()).digest()
    return PromotionId(b32encode(digest)[:13].decode().lower())


def attempt_of(repo_id: int, stage: StageName, freight: FreightId, promotion: str) -> int | None:
    """Which attempt of *freight* in *stage* has the id *promotion*; None: no such attempt has."""
    for attempt in range(1, MOST + 1):
        if promotion_id(repo_id, stage, freight, attempt) == promotion:
            return attempt
    return None

"""The ids of promotions: made of facts alone, so that they can be checked against them."""

from __future__ import annotations

import hashlib
from base64 import b32encode

from app.core.model.names import FreightId, PromotionId, StageName

UNNUMBERED = 200
"""Attempts up to this one are found by trying; the id of a later one ends with its number."""
_DIGITS = 9


def promotion_id(repo_id: int, stage: StageName, freight: FreightId, attempt: int) -> PromotionId:
    """
    The id of one attempt: the same facts give the same id, so a crash never makes a second one.
    """
    text = f"{repo_id}\n{stage}\n{freight}\n{attempt}"
    digest = hashlib.sha256(text.encode()).digest()
    short = b32encode(digest[:10])[:13].decode().lower()
    return PromotionId(short if attempt <= UNNUMBERED else f"{short}-{attempt}")


def attempt_of(repo_id: int, stage: StageName, freight: FreightId, promotion: str) -> int | None:
    """Which attempt of *freight* in *stage* has the id *promotion*; None: no attempt has."""
    number = promotion.partition("-")[2]
    numbered = number.isascii() and number.isdigit() and len(number) <= _DIGITS
    for attempt in (int(number),) if numbered else range(1, UNNUMBERED + 1):
        if promotion_id(repo_id, stage, freight, attempt) == promotion:
            return attempt
    return None

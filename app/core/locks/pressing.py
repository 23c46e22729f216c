"""The suspect grant of a stage, and its buttons: what each needs, and what they do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.core.model.facts import Role
from app.core.model.lock_requests import LockRequest

NEEDS: Final[Mapping[str, Role]] = {"release": "maintain", "keep": "maintain", "probe": "write"}
"""By the button's identifier. Who waits is held up by a Keep, and let in by a Release."""


def pressed(request: LockRequest | None, verb: str) -> LockRequest | None:
    """
    *request*, if the button *verb* means something on it now; None else. What a person has taken
    away already only waits for its end.
    """
    if request is None or verb not in NEEDS:
        return None
    return None if request.ended_by and verb != "release" else request


def suspected_of_stage(request: LockRequest, reason: str, at: datetime) -> LockRequest:
    """*request* turned suspect; refused presses and probes of before are cleared."""
    unsaid = replace(request, refused_by="", refused_role="", refused_verb="")
    unprobed = replace(unsaid, probed_at=None, probed_by="")
    return replace(unprobed, state="suspect", reason=reason, suspect_at=at)


def kept(request: LockRequest, at: datetime, by: str) -> LockRequest:
    """
    It is held again: its job was seen running, which makes the grant no younger, or the person *by*
    says so, and how long it is held counts from then.
    """
    again = replace(request, state="held", suspect_at=None, reason="")
    return replace(again, kept_at=at, kept_by=by) if by else again

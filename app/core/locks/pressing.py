"""A suspect grant, and its buttons: what each needs, and what they do to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from app.core.locks.protocol import Event, moved
from app.core.model.facts import Role
from app.core.model.lock_requests import AnyRequest, DirectRequest, ForeignRequest, LockRequest

Pressed = TypeVar("Pressed", bound=AnyRequest)
Own = TypeVar("Own", bound=LockRequest | DirectRequest)

NEEDS: Final[Mapping[str, Role]] = {"release": "maintain", "keep": "maintain", "probe": "write"}
"""By the button's identifier. Who waits is held up by a Keep, and let in by a Release."""


def pressed(request: Pressed | None, verb: str) -> Pressed | None:
    """*request*, if the button *verb* means something on it now; None else."""
    return request if request is not None and verb in offered(request) else None


def offered(request: AnyRequest) -> tuple[str, ...]:
    """
    The buttons of a suspect grant, on its own run or, of no stage's, on that of who waits for it:
    GitHub can be asked about a job alone, and of an unknown holder nobody says that it goes on.
    What another repository's job still does is known there: here it can only be freed.
    """
    match request:
        case DirectRequest(kind="unknown") | ForeignRequest():
            return ("release",)
        case DirectRequest(of_run=0):
            return ("release", "keep")
        case _:
            return tuple(NEEDS)


def has_run(holder: DirectRequest | ForeignRequest) -> bool:
    """
    Tell whether a suspect grant has a run of its own on which it can be freed: that of a stage,
    unless nobody looks at its repository.
    """
    alone = isinstance(holder, ForeignRequest) and holder.alone is not None
    return holder.holder_kind in ("stage", "visitor") and not alone


def doubted(request: LockRequest, reason: str, at: datetime) -> LockRequest:
    """*request* turned suspect, as nobody has pressed anything on it."""
    return unpressed(moved(request, Event.DOUBTED, at, reason))


def unpressed(request: Own) -> Own:
    """*request* without refused presses, and probes, of the time before it was held again."""
    unsaid = replace(request, refused_by="", refused_role="", refused_verb="")
    return replace(unsaid, probed_at=None, probed_by="")


def seen(request: LockRequest, at: datetime) -> LockRequest:
    """Its job was seen running, which makes the grant no younger: it is held again."""
    return moved(request, Event.SEEN, at)


def kept(request: LockRequest, at: datetime, by: str) -> LockRequest:
    """The person *by* says that its job runs: held again, how long is counted from then."""
    return replace(moved(request, Event.KEPT, at), kept_at=at, kept_by=by)

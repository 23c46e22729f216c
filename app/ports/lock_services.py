"""A lock service outside: what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from app.core.model.lock_services import LockAsked, ServiceAnswer, ServiceTerms


class LockService(Protocol):
    """
    One external lock service, as one profile of the server's settings has it.

    No call raises for what the other side does: what is not understood is `Ambiguous`, and then
    the lock is assumed to be held until `inspect` says otherwise. Every call may be repeated: its
    owner and token are the same each time. Each ends within the profile's timeout.
    """

    @property
    def terms(self) -> ServiceTerms:
        """Who may use it, and for what."""
        ...

    def acquire(self, asked: LockAsked) -> ServiceAnswer:
        """Take it: Granted (again, too, if it is the asker's already), Busy, or Ambiguous."""
        ...

    def renew(self, asked: LockAsked) -> ServiceAnswer:
        """It is still needed: Granted; Gone or Busy if it is the asker's no more; or Ambiguous."""
        ...

    def inspect(self, asked: LockAsked) -> ServiceAnswer:
        """Who holds it: Granted (the requester), Busy (somebody else), Gone (nobody), Ambiguous."""
        ...

    def release(self, asked: LockAsked) -> ServiceAnswer:
        """
        Give it back, or leave its queue: Gone, also where the asker had nothing (any more);
        somebody else's is left alone. Or Ambiguous.
        """
        ...


def _nobody() -> str:
    raise LookupError


@dataclass(frozen=True, slots=True)
class LockServices:
    """All services by the names of their profiles; *fresh* returns an unused owner name."""

    by_name: Mapping[str, LockService] = field(default_factory=dict)
    fresh: Callable[[], str] = _nobody

"""The five errors that cross a port; adapters raise them with the original as cause."""

from __future__ import annotations


class OutsideError(Exception):
    """
    Base of what an adapter may raise; never raised directly.

    *message* says what we were doing and what came back, safe to show to people: no secrets, no
    tracebacks, no raw responses.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Transient(OutsideError):
    """
    We could not find out; the same call may succeed later.

    *retry_after* is in seconds where the other side named a time, else None.
    *maybe_done* is True when the call may have taken effect although the answer was lost.
    *silent*: no answer came at all.
    *damaged*: our own copy of the repository is at fault; whoever opened it makes it anew.
    """

    damaged = False

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        maybe_done: bool = False,
        silent: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.maybe_done = maybe_done
        self.silent = silent


class Conflict(OutsideError):
    """The world moved under us (tip, head sha, lease): look again and plan again."""


class Rejected(OutsideError):
    """The other side understood and said no (a rule, a validation): repeating changes nothing."""


class Denied(OutsideError):
    """We lack a permission, or the installation is suspended; a person must change something."""


class Missing(OutsideError):
    """What we asked for is not there (deleted, renamed, never created, or hidden from us)."""

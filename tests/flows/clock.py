"""Real time, which a test lets pass or stand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time, plus what the test lets pass."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._stands: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stands or datetime.now(UTC)) + self.ahead  # noqa: TID251

    @contextmanager
    def still(self) -> Iterator[None]:
        """Real time stands: what is due in two seconds is not done because a machine is slow."""
        self._stands = datetime.now(UTC)  # noqa: TID251
        try:
            yield
        finally:
            self._stands = None

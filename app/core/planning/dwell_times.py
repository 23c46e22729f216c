"""How long freights stay where they are: by state, and by the gate that they wait for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from app.core.model.names import FreightId, StageName
from app.core.model.verdicts import Verdict

UNDER_WAY = frozenset({"waiting", "ready", "locking", "writing", "in-review", "verifying"})
"""The phases that something is expected after."""


QUESTION = "? "
"""
What the key of a question without an answer begins with; `core/planning/retry_pauses` keeps these.
"""


@dataclass(frozen=True, slots=True)
class Stay:
    """One freight in one stage."""

    phase: str
    reason: str
    """Stable, as `Reason` spells it."""
    since: datetime
    """Since when *phase* and *reason* are so."""

    def fields(self) -> tuple[str, str, str]:
        """Write it down as plain texts."""
        return self.phase, self.reason, self.since.isoformat()

    @classmethod
    def read(cls, fields: Sequence[str]) -> Self:
        """Read what `fields` wrote; ``ValueError`` on anything else."""
        phase, reason, since = fields
        return cls(phase, reason, datetime.fromisoformat(since))


@dataclass(frozen=True, slots=True)
class StayEnd:
    """A freight that is not any more where it was."""

    stay: Stay
    """Where it was."""
    at: datetime
    """When it left that."""
    verdict: Verdict | None
    """Where it is now; None: of no interest."""

    @property
    def verified(self) -> bool:
        """It was under way, and is verified now."""
        return self.verdict is not None and self.verdict.phase == "verified"


class Stays:
    """Where the freights of one repository are, from plan to plan. *written*: as it was kept."""

    def __init__(self, written: Mapping[str, Sequence[str]]) -> None:
        self._now = {
            key: Stay.read(fields)
            for key, fields in written.items()
            if not key.startswith(QUESTION)
        }

    def saw(self, verdicts: Iterable[Verdict], now: datetime) -> Iterator[StayEnd]:
        """Take in a plan's verdicts at *now*; what left its place since the plan before."""
        seen = {_key(v.stage, v.freight): v for v in verdicts}
        for key, stay in list(self._now.items()):
            verdict = seen.get(key)
            if verdict is None or (verdict.phase, verdict.reason) != (stay.phase, stay.reason):
                del self._now[key]
                yield StayEnd(stay, now, verdict)
        for key, verdict in seen.items():
            if verdict.phase in UNDER_WAY and key not in self._now:
                self._now[key] = Stay(verdict.phase, str(verdict.reason), now)

    def written(self) -> Mapping[str, Sequence[str]]:
        """To be kept until the next tick."""
        return {key: stay.fields() for key, stay in self._now.items()}


def _key(stage: StageName, freight: FreightId) -> str:
    return f"{stage} {freight}"

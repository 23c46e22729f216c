"""One check run as it should be, and what the writer needs to know beside its text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from app.core.model.facts import RunDraft
from app.core.model.names import Sha


class Weight(IntEnum):
    """What is written first when GitHub lets us write little."""

    HEAD = 0
    TROUBLE = 1
    GRANT = 2
    END = 3
    BEGINNING = 4


@dataclass(frozen=True, slots=True)
class RunTarget:
    """What one check run is to say."""

    draft: RunDraft
    """Without its external id, which the writer gives."""
    state: str
    """
    It changes exactly when a change of state is told, which is written at once; other changes of
    text may wait a while.
    """
    weight: Weight
    event: str
    """The id that its text ends with."""
    about: str = ""
    """The promotion that it speaks of; "": of none."""
    existing_only: bool = False
    """Bring the run up to date if there is one, never make it."""
    anew: bool = False
    """What a finished run said is taken back by a new one."""
    offers: bool = False
    """
    It names a command that starts something, or tries it again, so it is kept up to date for as
    long as it stands.
    """
    code: str = ""
    """What programs read of what it says, see `external_id`; it changes only with *state*."""

    @property
    def key(self) -> tuple[str, Sha]:
        """One run speaks for a name on a commit."""
        return self.draft.name, self.draft.sha

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
    """
    A *draft* without its external id, which the writer gives.

    *state* changes exactly when a change of state is told, which is written at once; other changes
    of text may wait a while. *about* is the promotion that it speaks of, or "". *existing_only*:
    bring the run up to date if there is one, never make it. *anew*: what a finished run said is
    taken back by a new one. *event* is the id that its text ends with. *offers*: it names a command
    that starts something, or tries it again, so it is kept up to date for as long as it stands.
    *code*: what programs read of what it says, see `external_id`; it changes only with *state*.
    """

    draft: RunDraft
    state: str
    weight: Weight
    event: str
    about: str = ""
    existing_only: bool = False
    anew: bool = False
    offers: bool = False
    code: str = ""

    @property
    def key(self) -> tuple[str, Sha]:
        """One run speaks for a name on a commit."""
        return self.draft.name, self.draft.sha

"""One check run as it should be, and what the writer needs to know beside its text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from app.core.facts import RunDraft
from app.core.names import Sha

PREFIX = "stagelock / "
PLAN = f"{PREFIX}plan"
CONFIG = f"{PREFIX}config"
LOCK = f"{PREFIX}lock / "


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
    """

    draft: RunDraft
    state: str
    weight: Weight
    event: str
    about: str = ""
    existing_only: bool = False
    anew: bool = False
    offers: bool = False

    @property
    def key(self) -> tuple[str, Sha]:
        """One run speaks for a name on a commit."""
        return self.draft.name, self.draft.sha


def external_id(name: str, about: str, serial: int) -> str:
    """
    The natural key of our run *name*: ``e2e:<promotion>:<serial>``.

    *about* is the promotion that it speaks of, or "": then ``e2e:<serial>``.
    """
    parts = (_key_of(name), about, str(serial)) if about else (_key_of(name), str(serial))
    return ":".join(parts)


def read_external_id(name: str, text: str) -> tuple[str, int] | None:
    """(promotion or "", serial) of what `external_id` made for *name*; None: of nothing else."""
    parts = text.split(":")
    if parts[0] != _key_of(name) or len(parts) not in (2, 3):
        return None
    serial = parts[-1]
    if not (serial.isascii() and serial.isdigit() and len(serial) < 10 and int(serial) > 0):
        return None
    return (parts[1] if len(parts) == 3 else ""), int(serial)


def _key_of(name: str) -> str:
    return name.removeprefix(PREFIX).replace(" / ", "/")


def stage_run(stage: str) -> str:
    """The name of a stage's run."""
    return f"{PREFIX}{stage}"


def lock_run(group: str) -> str:
    """The name of a lock group's run."""
    return f"{LOCK}{group}"

"""
What a command is: a line of `table.TABLE`, and what is read of it.

A command is its line there, its effect (a line of `engine/commands/effects.EFFECTS`), what it does
in words (`core/text/command_words`) and its tests; help, permission and parsing follow from these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from app.core.commands.until import Unread, When
from app.core.model.facts import Role

Scope = Literal["promote", "admin"]


@dataclass(frozen=True, slots=True)
class Spec:
    """One line of the table of commands."""

    verb: str
    usage: str
    """As it is typed, its arguments in capitals."""
    role: Role
    """What its sender needs in the repository."""
    read: Callable[[Spec, list[str], str], Command | CommandProblem]
    """Reads the words behind the verb; the last argument is the whole line."""
    scope: Scope | None = None
    """By which a token of ours says it; `admin`: by force alone. None: it is for people."""
    skipping: str = ""
    """As it is typed to skip gates, which needs `SKIPPING`; "": it never does."""

    @property
    def under_main(self) -> bool:
        """It is typed as `/stagelock VERB`."""
        return self.usage.startswith(f"/{MAIN} ")


MAIN = "stagelock"
SKIPPING: Role = "maintain"
"""What it takes to skip gates."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was typed."""

    verb: str
    text: str
    """Its line, at most 200 characters, for people."""
    role: Role
    """What the sender needs."""
    stage: str = ""
    """Lower-case; it may name nothing. "": the command takes none."""
    freight: str = ""
    """``[WAREHOUSE@]SHA`` of at least 7 digits; "": none was named."""
    reason: str = ""
    """Of `/hold`, `/block`, `/lock` and `--force`."""
    until: When | None = None
    """Of `/hold`; None: until somebody resumes it."""
    group: str = ""
    """A lock group, lower-case; it may name nothing."""
    length: timedelta | None = None
    """How long the lock is wanted; None: not said."""
    token: int | None = None
    """Which grant is meant; None: the only one."""
    force: bool = False
    """It is taken away from whoever has it."""
    skips: bool = False
    """It is to skip gates, for *reason*."""

    def of(self, name: str, freight: str = "") -> str:
        """What was typed, with the stage or group *name* instead, and *freight* behind it."""
        token = "" if self.token is None else f"#{self.token}"
        more = ([freight] if freight else []) + self.text.split()[2:]
        return " ".join((f"/{self.verb}", f"{name}{token}", *more))


class Misread(StrEnum):
    """Why a line is no command; what it is about is in brackets."""

    TOO_MANY = "too-many"
    NO_SUCH = "no-such"  # what was typed
    COMMAND_OF_ITS_OWN = "command-of-its-own"  # the command
    TAKES_NOTHING_MORE = "takes-nothing-more"  # the usage
    NEEDS_STAGE = "needs-stage"  # the command
    NEEDS_FREIGHT = "needs-freight"  # the command
    NEEDS_REASON = "needs-reason"  # the usage, or the option
    NO_FREIGHT = "no-freight"  # the word
    NO_SUCH_OPTION = "no-such-option"  # the word
    NEEDS_GROUP = "needs-group"  # the command
    NO_LENGTH = "no-length"  # what stands behind `for`
    TOO_LONG = "too-long"  # the length
    TOO_MUCH_TEXT = "too-much-text"  # nothing
    NO_TOKEN = "no-token"  # noqa: S105  what stands behind the `#`


@dataclass(frozen=True, slots=True)
class CommandProblem:
    """A line that was meant as a command of ours and is none."""

    text: str
    why: Misread | Unread
    about: str = ""
    suggestion: str | None = None
    """What to type."""

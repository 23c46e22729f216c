"""What each command does: EFFECTS is the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.core.commands import Command
from app.engine.commands.approve import approve, unapprove
from app.engine.commands.block import allow, block
from app.engine.commands.cancel import cancel
from app.engine.commands.given import Answer, Given
from app.engine.commands.hold import hold, resume
from app.engine.commands.lock import lock, unlock
from app.engine.commands.rollback import rollback
from app.engine.commands.show import show_help, show_status, show_why
from app.engine.commands.start import start

Effect = Callable[[Given, Command, int], Answer]
"""Carries out command number *int* of a comment, by somebody who may; a stage it names exists."""

EFFECTS: Mapping[str, Effect] = {
    "help": show_help,
    "status": show_status,
    "why": show_why,
    "promote": start,
    "retry": start,
    "approve": approve,
    "unapprove": unapprove,
    "cancel": cancel,
    "rollback": rollback,
    "hold": hold,
    "resume": resume,
    "block": block,
    "allow": allow,
    "lock": lock,
    "unlock": unlock,
}

"""What people type: comment text to commands, and which freight a command means."""

from app.core.commands.choosing import (
    Anywhere,
    Asked,
    Context,
    NoFreight,
    OnCommit,
    OnOurPull,
    OnPull,
    which_freight,
)
from app.core.commands.parser import MOST, TABLE, Command, CommandProblem, Spec, parse

__all__ = [
    "MOST",
    "TABLE",
    "Anywhere",
    "Asked",
    "Command",
    "CommandProblem",
    "Context",
    "NoFreight",
    "OnCommit",
    "OnOurPull",
    "OnPull",
    "Spec",
    "parse",
    "which_freight",
]

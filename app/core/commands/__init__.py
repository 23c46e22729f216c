"""What people type: comment text to commands, and which freight a command means."""

from app.core.commands.parser import MOST, TABLE, Command, CommandProblem, Spec, parse
from app.core.commands.target_freight import (
    Anywhere,
    Asked,
    Context,
    NoFreight,
    OnCommit,
    OnOurPull,
    OnPull,
    which_freight,
)

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

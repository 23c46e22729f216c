"""What people type: comment text to commands, and which freight a command means."""

from app.core.commands.any_freight import any_freight
from app.core.commands.commanders import commanders
from app.core.commands.no_freight import NoFreight, Why
from app.core.commands.parser import MOST, parse
from app.core.commands.spec import Command, CommandProblem, Misread, Spec
from app.core.commands.table import TABLE
from app.core.commands.target_freight import (
    Anywhere,
    Asked,
    Context,
    OnCommit,
    OnOurPull,
    OnPull,
    which_freight,
)
from app.core.commands.tokens import USAGES, scope_of, token_role

__all__ = [
    "MOST",
    "TABLE",
    "USAGES",
    "Anywhere",
    "Asked",
    "Command",
    "CommandProblem",
    "Context",
    "Misread",
    "NoFreight",
    "OnCommit",
    "OnOurPull",
    "OnPull",
    "Spec",
    "Why",
    "any_freight",
    "commanders",
    "parse",
    "scope_of",
    "token_role",
    "which_freight",
]

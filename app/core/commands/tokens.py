"""What a token of ours may say, and by which scope; the rest is for people."""

from __future__ import annotations

from app.core.commands.parser import parse
from app.core.commands.spec import Command, Scope
from app.core.commands.table import TABLE
from app.core.model.facts import Role

_SCOPES = {spec.verb: spec.scope for spec in TABLE}
USAGES = tuple(spec.usage for spec in TABLE if spec.scope is not None)


def scope_of(command: Command) -> Scope | None:
    """The scope by which a token says *command*; None: it is for people alone."""
    scope = _SCOPES[command.verb]
    return None if scope == "admin" and not command.force else scope


def token_role(body: str) -> Role:
    """
    As what a token counts that said *body*: it was let in by the scope of what it says, `admin`
    being for tokens what maintain is for people.
    """
    scopes = {scope_of(command) for command in parse(body) if isinstance(command, Command)}
    return "maintain" if scopes == {"admin"} else "write"

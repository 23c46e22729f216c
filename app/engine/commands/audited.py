"""The audit of what people ask for: who, what, of which stage or lock group, and the answer."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.commands import Command, parse
from app.core.model.check_names import about_run
from app.core.model.comments import TOKEN_ACTOR, CommandRecord, Followed
from app.engine.commands.said import Said


def entry(command: CommandRecord, said: Said) -> dict[str, object]:
    """Who asked for what where, and what was answered: refusals too."""
    asked = _clicked(command) if command.kind == "click" else _typed(command, said)
    facts = {
        "kind": command.kind if command.kind in {"click", "api"} else "command",
        "user": command.user.removeprefix(TOKEN_ACTOR),
        "command": command.verb or command.body[:500],
        "run": command.run_name or None,
        "pull": command.pull,
        "sha": command.sha,
        "effective": said.effective,
        "answer": "\n".join(said.parts)[:2000] or None,
        **asked,
    }
    return {key: value for key, value in facts.items() if value is not None}


def _clicked(command: CommandRecord) -> dict[str, object]:
    return {"verb": command.verb, **about_run(command.run_name)}


def _typed(command: CommandRecord, said: Said) -> dict[str, object]:
    """What all commands of a comment have in common: one that is alone says everything."""
    asked = [command for command in parse(command.body) if isinstance(command, Command)]
    begun = [str(followed.freight) for followed in said.followed if isinstance(followed, Followed)]
    return {
        "verb": _common(command.verb for command in asked),
        "stage": _common(command.stage for command in asked),
        "freight": _common(begun or [command.freight for command in asked]),
        "group": _common(command.group for command in asked),
        "reason": _common(command.reason for command in asked),
    }


def _common(values: Iterable[str]) -> str | None:
    different = set(values)
    return (different.pop()[:500] or None) if len(different) == 1 else None

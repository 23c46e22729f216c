"""What `/lock` and `/unlock` take: a lock group, how long, which grant, and a reason."""

from __future__ import annotations

import re
from datetime import timedelta

from app.core.commands.arguments import REASON, WHY, Read, shown
from app.core.commands.spec import Command, CommandProblem, Misread, Spec
from app.core.locks.direct import PERSON_MOST
from app.core.model.durations import span

FORCE = "--force"
_LENGTH = re.compile(r"([0-9]{1,9})([smhd])", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]")
_TOKEN = re.compile(r"[0-9]{1,18}")


def group_for_reason(spec: Spec, words: list[str], text: str) -> Read:
    """
    ``GROUP [for 30m] reason``: a reason is needed, for those who wait.

    A reason may begin with "for": only what begins with a digit, or a sign and one, is a length.
    """
    if not words:
        return CommandProblem(text, Misread.NEEDS_GROUP, f"/{spec.verb}", spec.usage)
    group, *rest = words
    length: timedelta | None = None
    if len(rest) > 1 and rest[0].lower() == "for" and _NUMBER.match(rest[1]):
        match = _LENGTH.fullmatch(rest[1])
        again = f"/{spec.verb} {group.lower()} for 30m {WHY}"
        if match is None:
            return CommandProblem(text, Misread.NO_LENGTH, shown(rest[1]), again)
        length = span(match[1], match[2].lower()) if len(match[1]) < 7 else 2 * PERSON_MOST
        if not timedelta() < length <= PERSON_MOST:
            return CommandProblem(text, Misread.TOO_LONG, shown(rest[1]), again)
        rest = rest[2:]
    if not rest:
        again = f"/{spec.verb} {shown(group.lower())} {WHY}"
        return CommandProblem(text, Misread.NEEDS_REASON, spec.usage, again)
    why = " ".join(rest)[:REASON]
    return Command(spec.verb, text, spec.role, group=group.lower(), reason=why, length=length)


def group_and_force(spec: Spec, words: list[str], text: str) -> Read:
    """``GROUP[#TOKEN] [--force reason]``: by force it is for maintainers, who say why."""
    if not words:
        return CommandProblem(text, Misread.NEEDS_GROUP, f"/{spec.verb}", spec.usage)
    named, *rest = words
    group, mark, number = named.lower().partition("#")
    if mark and not _TOKEN.fullmatch(number):
        return CommandProblem(text, Misread.NO_TOKEN, shown(number), f"/{spec.verb} {group}")
    token = int(number) if mark else None
    if not rest:
        return Command(spec.verb, text, spec.role, group=group, token=token)
    again = f"/{spec.verb} {shown(named.lower())} {FORCE} {WHY}"
    if rest[0].lower() != FORCE:
        return CommandProblem(text, Misread.TAKES_NOTHING_MORE, spec.usage, again)
    if len(rest) < 2:
        return CommandProblem(text, Misread.NEEDS_REASON, spec.usage, again)
    why = " ".join(rest[1:])[:REASON]
    return Command(spec.verb, text, "maintain", group=group, token=token, reason=why, force=True)

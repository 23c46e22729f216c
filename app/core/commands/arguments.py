"""What commands take: nothing, a stage, a freight of it, or an end and a reason."""

from __future__ import annotations

import re
from dataclasses import replace

from app.core.commands.near import closest
from app.core.commands.spec import SKIPPING, Command, CommandProblem, Misread, Spec
from app.core.commands.until import Unread, When, read_when

WHY = "maintenance"
"""A reason, for examples that may be typed as they are."""
SKIP_GATES = "--skip-gates"
_DASHES = "-\N{EN DASH}\N{EM DASH}"
REASON = 200
"""Characters of a reason that are kept."""
_FREIGHT = re.compile(r"\A(?:([a-z0-9][a-z0-9._-]{0,62})@)?([0-9a-f]{7,64})\Z")

Read = Command | CommandProblem


def parse_freight(text: str) -> tuple[str | None, str] | None:
    """``[WAREHOUSE@]SHA`` as (warehouse, digits), lower-case; None where it is neither."""
    match = _FREIGHT.match(text.lower())
    return (match[1], match[2]) if match else None


def shown(word: str) -> str:
    """A typed *word* as it may be repeated in an answer."""
    return "".join(c for c in word if c.isprintable() and c != "`")[:60]


def nothing(spec: Spec, words: list[str], text: str) -> Read:
    """It takes no arguments."""
    if words:
        return CommandProblem(text, Misread.TAKES_NOTHING_MORE, spec.usage, spec.usage)
    return Command(spec.verb, text, spec.role)


def stage(spec: Spec, words: list[str], text: str) -> Read:
    """``STAGE``."""
    if not words:
        return _no_stage(spec, text)
    if len(words) > 1:
        again = f"/{spec.verb} {words[0].lower()}"
        return CommandProblem(text, Misread.TAKES_NOTHING_MORE, spec.usage, again)
    return Command(spec.verb, text, spec.role, words[0].lower())


def stage_and_freight(spec: Spec, words: list[str], text: str) -> Read:
    """``STAGE [FREIGHT]``."""
    if len(words) < 2:
        return stage(spec, words, text)
    name, freight, *more = (word.lower() for word in words)
    if parse_freight(freight) is None:
        return CommandProblem(text, Misread.NO_FREIGHT, shown(words[1]), f"/{spec.verb} {name}")
    if more:
        again = f"/{spec.verb} {name} {freight}"
        return CommandProblem(text, Misread.TAKES_NOTHING_MORE, spec.usage, again)
    return Command(spec.verb, text, spec.role, name, freight)


def stage_to_freight(spec: Spec, words: list[str], text: str) -> Read:
    """``STAGE [to FREIGHT]``, with or without the `to`."""
    to = len(words) > 2 and words[1].lower() == "to"
    return stage_and_freight(spec, [words[0], *words[2:]] if to else words, text)


def freight(spec: Spec, words: list[str], text: str) -> Read:
    """``FREIGHT``."""
    if not words:
        return CommandProblem(text, Misread.NEEDS_FREIGHT, f"/{spec.verb}", spec.usage)
    named = words[0].lower()
    if parse_freight(named) is None:
        return CommandProblem(text, Misread.NO_FREIGHT, shown(words[0]), spec.usage)
    if len(words) > 1:
        again = f"/{spec.verb} {named}"
        return CommandProblem(text, Misread.TAKES_NOTHING_MORE, spec.usage, again)
    return Command(spec.verb, text, spec.role, freight=named)


def freight_and_reason(spec: Spec, words: list[str], text: str) -> Read:
    """``FREIGHT reason``: a reason is needed, for those who find it blocked."""
    read = freight(spec, words[:1], text)
    if isinstance(read, CommandProblem):
        return read
    if len(words) < 2:
        again = f"/{spec.verb} {read.freight} {WHY}"
        return CommandProblem(text, Misread.NEEDS_REASON, spec.usage, again)
    return replace(read, reason=" ".join(words[1:])[:REASON])


def gates_and_all(spec: Spec, words: list[str], text: str) -> Read:
    """``STAGE [FREIGHT] [--skip-gates reason]``: with it, maintain and a reason are needed."""
    at = next((n for n, word in enumerate(words) if word.lower() == SKIP_GATES), None)
    if at is None:
        read = stage_and_freight(spec, words, text)
        like = next((n for n, word in enumerate(words) if _is_like_skip_gates(word)), None)
        if like is None or not isinstance(read, CommandProblem):
            return read
        again = " ".join(("/promote", *words[:like], SKIP_GATES, *(words[like + 1 :] or [WHY])))
        return CommandProblem(text, Misread.NO_SUCH_OPTION, shown(words[like]), again[:200])
    read = stage_and_freight(spec, words[:at], text)
    if isinstance(read, CommandProblem):
        return read
    reason = " ".join(words[at + 1 :])[:REASON]
    if not reason:
        again = " ".join(("/promote", *words[:at], SKIP_GATES, WHY))
        return CommandProblem(text, Misread.NEEDS_REASON, SKIP_GATES, again)
    return replace(read, role=SKIPPING, reason=reason, skips=True)


def _is_like_skip_gates(word: str) -> bool:
    """It was meant: misspelt, or with the dash that phones make of two hyphens."""
    name = word.lstrip(_DASHES)
    return name != word and closest(name.lower(), (SKIP_GATES.lstrip(_DASHES),)) is not None


def stage_until_reason(spec: Spec, words: list[str], text: str) -> Read:
    """``STAGE [until WHEN] reason``: a reason is needed, for those who find it held."""
    if not words:
        return _no_stage(spec, text)
    name, rest = words[0].lower(), " ".join(words[1:])
    again = f"/{spec.verb} {name} until 2h {WHY}"
    when: When | None = None
    word, _, after = rest.partition(" ")
    if word.lower() == "until":
        end, rest = read_when(after)
        if isinstance(end, Unread):
            return CommandProblem(text, end, rest, again)
        when = end
    if not rest:
        return CommandProblem(text, Misread.NEEDS_REASON, spec.usage, again)
    return Command(spec.verb, text, spec.role, name, reason=rest[:REASON], until=when)


def _no_stage(spec: Spec, text: str) -> CommandProblem:
    return CommandProblem(text, Misread.NEEDS_STAGE, f"/{spec.verb}", spec.usage)

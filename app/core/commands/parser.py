"""
Comment text -> commands. Total: any text gives an answer, none an exception.

A command stands at the start of a line of a paragraph that readers see (`text`).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from app.core.commands.text import spoken_lines
from app.core.commands.until import When, read_when
from app.core.model.facts import Role

MOST = 10
"""Commands in one comment; the rest is refused together."""
WHY = "deploying the database"
"""A reason, for examples that may be typed as they are."""
REASON = 200
"""Characters of a reason that are kept."""

Verb = Literal[
    "help",
    "status",
    "why",
    "promote",
    "retry",
    "approve",
    "unapprove",
    "hold",
    "resume",
    "rollback",
    "cancel",
    "block",
    "allow",
    "lock",
    "unlock",
]


@dataclass(frozen=True, slots=True)
class Spec:
    """One row of the command table; *supported* False: known, and answered so."""

    verb: Verb
    usage: str
    role: Role
    what: str
    supported: bool = True


TABLE: tuple[Spec, ...] = (
    Spec("help", "/stagelock help", "read", "this list"),
    Spec("status", "/stagelock status", "read", "where every stage is"),
    Spec("why", "/why STAGE", "read", "every gate: pass, wait or fail, and the next look"),
    Spec("promote", "/promote STAGE [FREIGHT]", "write", "start one promotion"),
    Spec("retry", "/retry STAGE [FREIGHT]", "write", "try what failed there again"),
    Spec("approve", "/approve STAGE [FREIGHT]", "write", "approve a freight", supported=False),
    Spec("unapprove", "/unapprove STAGE", "write", "take an approval back", supported=False),
    Spec("hold", "/hold STAGE [until WHEN] reason", "write", "stop automatic promotion there"),
    Spec("resume", "/resume STAGE", "write", "end a hold"),
    Spec(
        "rollback",
        "/rollback STAGE [to FREIGHT]",
        "write",
        "bring earlier freight back",
        supported=False,
    ),
    Spec("cancel", "/cancel STAGE", "write", "end the promotion on its way", supported=False),
    Spec("block", "/block FREIGHT reason", "write", "keep a freight out", supported=False),
    Spec("allow", "/allow FREIGHT", "write", "let it in again", supported=False),
    Spec("lock", "/lock GROUP [for 30m] reason", "write", "take a lock yourself", supported=False),
    Spec("unlock", "/unlock GROUP", "write", "give it back", supported=False),
)
_SPECS = {spec.verb: spec for spec in TABLE}
_MAIN = "stagelock"
_UNDER_MAIN = ("help", "status")
_NAMES_FREIGHT = ("promote", "retry")
_WORD = re.compile(r"/([A-Za-z][A-Za-z-]{1,30})(?=[ \t]|$)")
_FREIGHT = re.compile(r"\A(?:([a-z0-9][a-z0-9._-]{0,62})@)?([0-9a-f]{7,64})\Z")


@dataclass(frozen=True, slots=True)
class Command:
    """
    One command as it was typed.

    *text* is its line, at most 200 characters, for people. *stage* is lower-case and may name
    nothing; *freight* is ``[WAREHOUSE@]SHA`` of at least 7 digits, or "". *role* is what the
    sender needs. *supported* False: known, and answered "not supported yet". *until* and *reason*
    are `/hold`'s.
    """

    verb: Verb
    text: str
    role: Role
    stage: str = ""
    freight: str = ""
    reason: str = ""
    supported: bool = True
    until: When | None = None


@dataclass(frozen=True, slots=True)
class CommandProblem:
    """A line that was meant as a command of ours and is none; *suggestion* is what to type."""

    text: str
    message: str
    suggestion: str | None = None


def parse(body: str) -> tuple[Command | CommandProblem, ...]:
    """
    The commands of a comment in their order, at most 10; [] for text that speaks to others.

    Words with a slash that are not ours are left alone; near misses of ours are asked about.
    """
    found: list[Command | CommandProblem] = []
    for line in spoken_lines(body, lambda said: _line(said) is not None):
        answer = _line(line)
        if answer is None:
            continue
        if len(found) == MOST:
            message = f"only the first {MOST} commands of a comment are read"
            found.append(CommandProblem(line[:200], message))
            break
        found.append(answer)
    return tuple(found)


def parse_freight(text: str) -> tuple[str | None, str] | None:
    """``[WAREHOUSE@]SHA`` as (warehouse, digits), lower-case; None where it is neither."""
    match = _FREIGHT.match(text.lower())
    return (match[1], match[2]) if match else None


def _line(line: str) -> Command | CommandProblem | None:
    match = _WORD.match(line)
    if match is None:
        return None
    verb, words, text = match[1].lower(), line[match.end() :].split(), line[:200]
    if verb == _MAIN:
        return _main(words, text)
    spec = next((s for s in TABLE if s.verb == verb and verb not in _UNDER_MAIN), None)
    if spec is None:
        return _near_miss(verb, words, text)
    return _command(spec, words, text)


def _main(words: list[str], text: str) -> Command | CommandProblem:
    """`/stagelock help` and `status`; alone it means help."""
    verb = words[0].lower() if words else "help"
    spec = next((s for s in TABLE if s.verb == verb), None)
    if spec is None:
        near = _closest(verb, [s.verb for s in TABLE])
        hint = _SPECS_USAGE[near].split(" STAGE")[0] if near else "/stagelock help"
        return CommandProblem(text, f"there is no `{_MAIN} {_shown(verb)}`", hint)
    if spec.verb not in _UNDER_MAIN:
        rest = " ".join((f"/{spec.verb}", *words[1:]))
        return CommandProblem(text, f"`{spec.verb}` is a command of its own", rest[:200])
    if len(words) > 1:
        return CommandProblem(text, f"`{spec.usage}` takes nothing more", spec.usage)
    return Command(spec.verb, text, spec.role)


_SPECS_USAGE: dict[str, str] = {spec.verb: spec.usage for spec in TABLE}


def _command(spec: Spec, words: list[str], text: str) -> Command | CommandProblem:
    if not spec.supported:
        return Command(spec.verb, text, spec.role, supported=False)
    if not words:
        return CommandProblem(text, f"`/{spec.verb}` needs a stage", spec.usage)
    stage, rest = words[0].lower(), words[1:]
    if spec.verb == "promote" and "--skip-gates" in (w.lower() for w in rest):
        return Command(spec.verb, text, "maintain", stage, supported=False)
    if spec.verb == "hold":
        return _hold(spec, stage, " ".join(rest), text)
    if not rest:
        return Command(spec.verb, text, spec.role, stage)
    if spec.verb not in _NAMES_FREIGHT:
        return CommandProblem(text, f"`{spec.usage}` takes nothing more", f"/{spec.verb} {stage}")
    if parse_freight(rest[0]) is None:
        message = (
            f"`{_shown(rest[0])}` is no freight: write `[WAREHOUSE@]SHA` with at least 7 digits"
        )
        return CommandProblem(text, message, f"/{spec.verb} {stage}")
    if len(rest) > 1:
        suggestion = f"/{spec.verb} {stage} {rest[0].lower()}"
        return CommandProblem(text, f"`{spec.usage}` takes nothing more", suggestion)
    return Command(spec.verb, text, spec.role, stage, rest[0].lower())


def _hold(spec: Spec, stage: str, rest: str, text: str) -> Command | CommandProblem:
    """`/hold STAGE [until WHEN] reason`: a reason is needed, for those who find it held."""
    when: When | None = None
    word, _, after = rest.partition(" ")
    if word.lower() == "until":
        found = read_when(after)
        if isinstance(found, str):
            return CommandProblem(text, found, f"/hold {stage} until 2h {WHY}")
        when, rest = found
    if not rest:
        example = f"/hold {stage} until 2h {WHY}"
        return CommandProblem(text, f"`{spec.usage}` needs a reason", example)
    return Command(spec.verb, text, spec.role, stage, reason=rest[:REASON], until=when)


def _near_miss(verb: str, words: list[str], text: str) -> CommandProblem | None:
    near = _closest(verb, [s.verb for s in TABLE if s.verb not in _UNDER_MAIN] + [_MAIN])
    if near is None:
        return None
    meant = " ".join((f"/{near}", *words))[:200]
    return CommandProblem(text, f"there is no command `/{_shown(verb)}`", meant)


@lru_cache(maxsize=1024)
def _closest_of(word: str, known: tuple[str, ...]) -> str | None:
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.8)
    return found[0] if found and len(word) > 3 else None


def _closest(word: str, known: list[str]) -> str | None:
    return _closest_of(word, tuple(known))


def _shown(word: str) -> str:
    return "".join(c for c in word if c.isprintable() and c != "`")[:60]

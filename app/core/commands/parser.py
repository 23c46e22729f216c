"""
Comment text -> commands. Total: any text gives an answer, none an exception.

A command stands at the start of a line of a paragraph that readers see (`text`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from app.core.commands.arguments import shown
from app.core.commands.near import closest
from app.core.commands.spec import MAIN, Command, CommandProblem, Misread
from app.core.commands.table import TABLE
from app.core.commands.text import spoken_lines

MOST = 10
"""Commands in one comment; the rest is refused together."""
SHORTEST = 3
"""Letters: so short a word is like too many others to be a misspelt one of ours."""
_SPECS = {spec.verb: spec for spec in TABLE}
_ALONE = tuple(spec.verb for spec in TABLE if not spec.under_main)
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that have no shape: the Hangul fillers, and Braille without a dot."""
_WORD = re.compile(r"/([A-Za-z][A-Za-z-]{1,30})(?=\s|$)")


# The same comment is read to receipt, to carry out, to answer and to note it.
@lru_cache(maxsize=64)
def parse(body: str) -> tuple[Command | CommandProblem, ...]:
    """
    The commands of a comment in their order, at most 10; [] for text that speaks to others.

    Words with a slash that are not ours are left alone; near misses of ours are asked about.
    """
    commands: list[Command | CommandProblem] = []
    for line in spoken_lines(body, lambda said: _line(said) is not None):
        answer = _line(line.text)
        if answer is None:
            continue
        if len(commands) == MOST:
            commands.append(CommandProblem(line.text[:200], Misread.TOO_MANY, str(MOST)))
            break
        if not line.readable:
            answer = CommandProblem(line.text[:200], Misread.TOO_MUCH_TEXT)
        commands.append(answer)
    return tuple(commands)


def _line(line: str) -> Command | CommandProblem | None:
    match = _WORD.match(line)
    if match is None:
        return None
    verb, text = match[1].lower(), line[:200]
    words = [word for word in line[match.end() :].split() if any(map(_is_seen, word))]
    if verb == MAIN:
        return _main(words, text)
    if verb not in _ALONE:
        return _near_miss(verb, words, text)
    spec = _SPECS[verb]
    return spec.read(spec, words, text)


def _is_seen(character: str) -> bool:
    """Something of it is to be seen: a reason that nobody sees is none."""
    return unicodedata.category(character)[0] not in "CMZ" and character not in _BLANKS


def _main(words: list[str], text: str) -> Command | CommandProblem:
    """`/stagelock help` and `status`; alone it means help."""
    verb = words[0].lower() if words else "help"
    spec = _SPECS.get(verb)
    if spec is None:
        near = _closest(verb, tuple(_SPECS))
        hint = _SPECS[near].usage.split(" STAGE")[0] if near else _SPECS["help"].usage
        return CommandProblem(text, Misread.NO_SUCH, f"/{MAIN} {shown(verb)}", hint)
    if not spec.under_main:
        rest = " ".join((f"/{spec.verb}", *words[1:]))
        return CommandProblem(text, Misread.COMMAND_OF_ITS_OWN, f"/{spec.verb}", rest[:200])
    return spec.read(spec, words[1:], text)


def _near_miss(verb: str, words: list[str], text: str) -> CommandProblem | None:
    near = _closest(verb, (*_ALONE, MAIN))
    if near is None:
        return None
    meant = " ".join((f"/{near}", *words))[:200]
    return CommandProblem(text, Misread.NO_SUCH, f"/{shown(verb)}", meant)


def _closest(word: str, known: tuple[str, ...]) -> str | None:
    return closest(word, known) if len(word) > SHORTEST else None

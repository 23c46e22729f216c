"""
One path entry (`apps/web/`, `**/*.md`, `regex:^docs/.*[.]txt$`) as RE2 expressions.

RE2 (https://github.com/google/re2/wiki/Syntax) never backtracks: time is linear in the path,
whatever the pattern.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.core.paths.canonical import path_error

REGEX = "regex:"
MAX_ENTRY = 500
# Memory that one expression may take when compiled, in bytes; `(a{100}){10}` is refused by it.
MAX_PROGRAM = 1 << 18
MOST_NOTED = 50
"""How many entries are held against how many watched ones for a note, which is only a courtesy."""
_ANY_FOLDERS = "(?:(?s:.+)/)?"
_WILD = re.compile(r"[*?\[]")
# What users of other tools bring.
_PREFIX = re.compile(r"(glob|regexp|re|regexes|exact|prefix|path):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def is_plain(entry: str) -> bool:
    """Tell whether *entry* is a file or folder, without wildcards."""
    return not entry.startswith(REGEX) and _WILD.search(entry) is None


def fixed_folder(entry: str) -> str:
    """Name the folder (or plain path) that everything *entry* can match is within; "": the root."""
    if entry.startswith(REGEX):
        return ""
    if is_plain(entry):
        return entry.removesuffix("/")
    segments = entry.split("/")
    wild = next(at for at, segment in enumerate(segments) if _WILD.search(segment))
    return "/".join(segments[:wild])


def better(entry: str) -> str:
    """*entry* as it was probably meant by somebody who knows it from another tool."""
    if match := _PREFIX.match(entry):
        rest = entry[match.end() :]
        return REGEX + rest if match[1].startswith("re") else better(rest)
    return entry.lstrip("/").removeprefix("./")


def idle(entry: str, watched: Sequence[str]) -> tuple[str, str] | None:
    """
    Why *entry* of `paths-ignore` does nothing, or less than it seems, and what was probably meant.

    *watched* is `paths` (none: everything). None where it works, and where more than `MOST_NOTED`
    are watched: who asks for each of many entries would pay for each pair of them.
    """
    if entry.startswith(REGEX):
        return None
    name = entry.removesuffix("/").rpartition("/")[2]
    if not is_plain(entry) and is_plain(name) and "." not in name and entry.startswith("**/"):
        return "matches only files of that name", f"**/{name}/**"
    if not 0 < len(watched) <= MOST_NOTED or any(_meets(entry, path) for path in watched):
        return None
    meant = f"**/{name}/**" if is_plain(entry) else f"**/{entry}"
    return "matches nothing below the watched paths", meant


def _meets(entry: str, watched: str) -> bool:
    """Something may match both: never wrongly False."""
    here, there = fixed_folder(entry), fixed_folder(watched)
    if not is_plain(entry) and "/" not in entry and entry != "**" and there:
        # Only files in the root: a watched one may be such a file.
        return "/" not in there and _is_named(there, entry)
    inside = f"{here}/".startswith(f"{there}/") or f"{there}/".startswith(f"{here}/")
    return not here or not there or inside


def _is_named(name: str, segment: str) -> bool:
    import re2  # noqa: PLC0415  (6 ms, and few files have both)

    return re2.match(f"{_segment(segment)}\\z", name) is not None


def entry_error(entry: str, *, compiles: bool = True) -> str | None:
    """Tell why *entry* is not a path entry; None where it is one. *compiles*: try expressions."""
    if len(entry) > MAX_ENTRY:
        return f"a path entry is at most {MAX_ENTRY} characters long"
    if entry.startswith(REGEX):
        return _regex_error(entry.removeprefix(REGEX)) if compiles else None
    if match := _PREFIX.match(entry):
        return f"`{match[1]}:` has no meaning here: write `{better(entry)}`"
    if entry.startswith("!"):
        return "a leading `!` is not an exclusion here: use `paths-ignore`"
    if "{" in entry or "}" in entry:
        return "braces are not expanded: write one entry for each"
    if is_plain(entry) or "\\" in entry:
        return path_error(entry)
    return _glob_error(entry)


@dataclass(frozen=True, slots=True)
class Parts:
    """An entry as RE2 expressions, to be matched at the start of the text."""

    whole: str | None
    """It matches a whole path (`regex:` entries only); None: *pairs* do."""
    pairs: tuple[tuple[str, str | None], ...] = ()
    """
    Of a folder, with its slash at the end or "" for the root, and of a name in it (None: any); one
    of them has to match.
    """


def parts(entry: str) -> Parts:
    """Take *entry*, which must have passed `entry_error`, apart."""
    if entry.startswith(REGEX):
        # The group keeps alternatives and flags such as (?i) to themselves; names hold newlines.
        return Parts(f"(?s:.*)(?s:{entry.removeprefix(REGEX)})")
    if is_plain(entry):
        plain = entry.removesuffix("/")
        above, slash, name = plain.rpartition("/")
        file = (f"{re.escape(above + slash)}\\z", f"{re.escape(name)}\\z")
        return Parts(None, ((f"{re.escape(plain)}/", None), file))
    *folders, last = entry.split("/")
    folder = "".join(_ANY_FOLDERS if f == "**" else f"{_segment(f)}/" for f in folders)
    if last == "**":
        return Parts(None, ((folder, None),))
    return Parts(None, ((f"{folder}\\z", f"{_segment(last)}\\z"),))


def _glob_error(entry: str) -> str | None:
    if _CONTROL.search(entry):
        return "paths hold no control characters"
    segments = entry.split("/")
    if segments[-1] == "":
        return "a glob matches a whole file's path: write `/**` at the end, not `/`"
    if any("**" in segment and segment != "**" for segment in segments):
        return "`**` stands alone between slashes: `**/*.md`, `docs/**`"
    try:
        classes = tuple(_classes(entry))
    except ValueError:
        return "a `[` has no `]`"
    without_classes = entry
    for bracket in reversed(classes):
        without_classes = without_classes[: bracket.start] + "x" + without_classes[bracket.end :]
    return _class_error(classes) or path_error(re.sub(r"[*?]", "x", without_classes))


@dataclass(frozen=True, slots=True)
class _Class:
    """A ``[...]`` of an entry, from *start* to *end*: what is *inside*, and whether it negates."""

    start: int
    end: int
    inside: str
    negated: bool

    @property
    def written(self) -> str:
        return f"[{'!' * self.negated}{self.inside}]"


def _class_at(entry: str, start: int) -> _Class:
    """Read the class that opens at *start*; a ``]`` right after the opening belongs to it."""
    inside = start + 1 + entry.startswith("!", start + 1)
    end = entry.index("]", inside + entry.startswith("]", inside))
    return _Class(start, end + 1, entry[inside:end], inside > start + 1)


def _classes(entry: str) -> Iterator[_Class]:
    """All classes in order; ``ValueError`` where one is not closed."""
    at = entry.find("[")
    while at >= 0:
        bracket = _class_at(entry, at)
        yield bracket
        at = entry.find("[", bracket.end)


def _class_error(classes: Iterable[_Class]) -> str | None:
    for bracket in classes:
        inside = bracket.inside
        if not inside:
            return "a `[` has no `]`"
        if "[:" in inside or inside.startswith("^"):
            return "`[...]` holds characters and ranges; `[!a]` negates"
        for low, high in _ranges(inside):
            if low > high:
                return f"the range in `{bracket.written}` runs backwards"
            if low <= "/" <= high:
                return "`[...]` never matches a `/`"
    return None


def _ranges(inside: str) -> list[tuple[str, str]]:
    """Read what stands between the brackets of a class: ranges, single characters as `a` to `a`."""
    ranges, at = [], 0
    while at < len(inside):
        wide = inside[at + 1 : at + 2] == "-" and at + 2 < len(inside)
        ranges.append((inside[at], inside[at + 2] if wide else inside[at]))
        at += 3 if wide else 1
    return ranges


def _segment(segment: str) -> str:
    written, at = "", 0
    while at < len(segment):
        if segment[at] == "*":
            written += "[^/]*"
        elif segment[at] == "?":
            written += "[^/]"
        elif segment[at] == "[":
            bracket = _class_at(segment, at)
            written += _character_class(bracket.inside, negated=bracket.negated)
            at = bracket.end - 1
        else:
            written += re.escape(segment[at])
        at += 1
    return written


def _character_class(inside: str, *, negated: bool) -> str:
    written = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in _ranges(inside))
    return f"[^/{written}]" if negated else f"[{written}]"


def _regex_error(pattern: str) -> str | None:
    if not pattern:
        return "the expression is empty"
    if re.search(r"\\C", pattern):
        return "`\\C` is not allowed: it takes characters apart"
    return _compile_error(pattern)


@functools.lru_cache(maxsize=1000)
def _compile_error(pattern: str) -> str | None:
    import re2  # noqa: PLC0415  (6 ms, and most files have no expression)

    options = re2.Options()
    options.max_mem = MAX_PROGRAM
    options.log_errors = False
    try:
        re2.compile(pattern.encode(), options)
    except re2.error as error:
        reason = error.args[0] if error.args else "not understood"
        return f"not an RE2 expression: {_as_text(reason)}"
    return None


def _as_text(reason: object) -> str:
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)

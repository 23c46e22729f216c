"""
The guards of the newest `stagelock.yaml`, written down beside the repository.

Lines of fields with tabs between them, and no JSON, whose import takes longer than a push may. A
field's backslashes, tabs, ends of lines and what is not ASCII are escaped as in a Python string:

    key     ID-OF-THE-FILE  DEFAULT-BRANCH  PARSER
    stage   NAME    REF     tree|paths      GROUP...
    path    PATH    EXCEPT...                           (an output of the stage above)
    value   PATH    KEY     EXCEPT...                   (the same: one value in a file)
    end
"""

from __future__ import annotations

import os

from app.core.protection import Guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Output = tuple[str, str | None, tuple[str, ...]]

FILE, FORCE, NEWEST = (os.path.join("stagelock", name) for name in ("guards", "force", "newest"))
"""Below the repository's folder."""
_UNKNOWN = "unknown"
_END = ["end"]


def remembered(git_dir: str, entry: str, branch: str) -> tuple[Guard, ...] | None:
    """What was written down for the file *entry*, of the default *branch*; None: nothing was."""
    try:
        with open(os.path.join(git_dir, FILE), "rb") as file:
            rows = [_fields(line) for line in file.read().split(b"\n")[:-1]]
        version = _version()
        if version == _UNKNOWN or rows[0] != ["key", entry, branch, version] or rows[-1] != _END:
            return None
        return tuple(_guards(rows[1:-1]))
    except (OSError, ValueError, IndexError):  # not there, or not ours
        return None


def remember(git_dir: str, entry: str, branch: str, guards: Iterable[Guard]) -> None:
    """Write *guards* down; a folder that is not ours to write costs time, nothing else."""
    rows = [["key", entry, branch, _version()]]
    for guard in guards:
        kind = "tree" if guard.whole_tree else "paths"
        ref = guard.ref.decode("utf-8", "surrogateescape")
        rows.append(["stage", guard.stage, ref, kind, *guard.groups])
        for path, key, excepts in guard.outputs:
            row = ["path", path] if key is None else ["value", path, key]
            rows.append([*row, *excepts])
    _write(os.path.join(git_dir, FILE), rows)


def _write(path: str, rows: list[list[str]]) -> None:
    made = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(made, "wb") as file:
            file.writelines(_line(row) for row in [*rows, _END])
        os.replace(made, path)
    except OSError:
        return


def recalled(git_dir: str, branch: str) -> tuple[str, tuple[int, str]] | None:
    """A former tip of *branch* with an invalid file, and the entry that was in force there."""
    try:
        with open(os.path.join(git_dir, FORCE), "rb") as file:
            row, end = (_fields(line) for line in file.read().split(b"\n")[:-1])
        known, version, tip, mode, entry = row
        if end != _END or (known, version) != (branch, _version()) or version == _UNKNOWN:
            return None
        return tip, (int(mode, 8), entry)
    except (OSError, ValueError):
        return None


def recall(git_dir: str, branch: str, tip: str, entry: tuple[int, str]) -> None:
    """Write down that *entry* is in force at *tip*: the way to it is not walked again."""
    _write(os.path.join(git_dir, FORCE), [[branch, _version(), tip, f"{entry[0]:o}", entry[1]]])


def newest(git_dir: str) -> dict[str, int]:
    """By stage, when the newest proposal that was ever let in was made, in seconds."""
    try:
        with open(os.path.join(git_dir, NEWEST), "rb") as file:
            rows = [_fields(line) for line in file.read().split(b"\n")[:-1]]
        return {stage: int(seconds) for stage, seconds in rows[:-1]}
    except (OSError, ValueError):
        return {}


def keep_newest(git_dir: str, stage: str, seconds: int) -> None:
    """Write that down, unless it is older than what is written."""
    known = newest(git_dir)
    if known.get(stage, -1) < seconds:
        rows = sorted((known | {stage: seconds}).items())
        _write(os.path.join(git_dir, NEWEST), [[name, str(when)] for name, when in rows])


def _guards(rows: list[list[str]]) -> Iterator[Guard]:
    """Each stage's guard, out of its line and the lines of outputs below it."""
    stages: list[tuple[list[str], list[Output]]] = []
    for kind, *fields in rows:
        if kind == "stage":
            stages.append((fields, []))
        else:
            stages[-1][1].append(_output(kind, fields))
    for (stage, ref, tree, *groups), outputs in stages:
        name = ref.encode("utf-8", "surrogateescape")
        yield Guard(stage, name, tree == "tree", tuple(outputs), tuple(groups))


def _output(kind: str, fields: list[str]) -> Output:
    if kind == "path":
        return fields[0], None, tuple(fields[1:])
    if kind == "value":
        return fields[0], fields[1], tuple(fields[2:])
    raise ValueError(f"a line {kind!r} is not ours")


def _line(row: list[str]) -> bytes:
    return b"\t".join(field.encode("unicode_escape") for field in row) + b"\n"


def _fields(line: bytes) -> list[str]:
    return [field.decode("unicode_escape") for field in line.split(b"\t")]


def _version() -> str:
    """What changes with every installation: an answer of another parser is not believed."""
    here = os.path.dirname(os.path.abspath(__file__))
    config = os.path.join(os.path.dirname(here), "core", "config")
    packed = os.environ.get("STAGELOCK_HOOK_FILE", "")
    try:
        stat = os.stat(config if os.path.isdir(config) else packed)
    except OSError:
        return _UNKNOWN
    return f"2-{stat.st_mtime_ns}"
